/** Leaves the hosts as they were. Asks for the cluster's name, since all its data goes. */
import { resetCluster } from '../blueprint/reset/reset-cluster.js';
import { forgetEtcd } from '../engine/vault/identity.js';
import type { Host } from '../model/cluster.js';
import { type Drafted, draftFor } from './build/draft.js';
import { type Ended, execute } from './build/execute.js';
import { keepCopy } from './build/keep-copy.js';
import { leftHere } from './build/left-here.js';
import type { ClusterFile } from './cluster-file.js';
import type { Ports } from './ports.js';
import { artifactsOf, begin, open } from './story.js';

export interface ResetOptions {
  /** The cluster's name, typed: agrees to the loss of its data. */
  readonly phrase?: string | undefined;
  /** No snapshot of etcd is made before. */
  readonly withoutBackup?: boolean | undefined;
  /** `kw-2=3f9c0d2a41bb`: hosts of another cluster that are reset all the same. */
  readonly takeOver?: readonly string[] | undefined;
  /** The cluster's keys on the control machine go too, once no host can trust them any more. */
  readonly removeKeys?: boolean | undefined;
}

export async function reset(file: ClusterFile, ports: Ports, options: ResetOptions = {}): Promise<Ended> {
  const story = begin(ports, file.warnings);
  const artifacts = artifactsOf(story, file.spec);
  const session = await open(story, file, { purpose: 'change', takeOver: options.takeOver, keys: 'fetch' });
  try {
    const { kinds } = story.craft;
    const drafted = await draftFor(story, session, artifacts, {
      absence: input => resetCluster(input, (kind, key, wanted) => kinds[kind]?.undo?.(key, wanted)),
    });
    if (drafted.plan.steps.length > 0) story.emit({ type: 'note', says: stays(drafted) });
    const ended = await execute(story, session, drafted, drafted.plan, {
      command: 'kw reset',
      risk: 'data',
      phrase: options.phrase,
      beforeFirstStep: options.withoutBackup ? undefined : () => keepCopy(story, session, drafted, 'reset'),
    });
    if (ended.ended === 'ran' && ended.outcome.ok) await forgetEtcd(file.dir, seenBy(drafted, session.spec.hosts));
    const left = await leftHere(file, ended, options.removeKeys ?? false);
    if (left !== undefined) story.emit({ type: 'note', says: left });
    return ended;
  } finally {
    session.close();
  }
}

const seenBy = ({ input }: Drafted, hosts: readonly Host[]): readonly Host[] =>
  hosts.filter(({ name }) => input.facts.has(name));

/** What a reset does not take back, said before anybody agrees to it. */
const stays = ({ artifacts: { packages } }: Drafted): string =>
  'packages stay, since others may use them by now, with the units that came with them stopped and disabled: ' +
  `${[...new Set([...packages.node, ...packages.loadBalancer])].join(', ')}`;
