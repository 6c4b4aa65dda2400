/** Leaves the hosts as they were. Asks for the cluster's name, since all its data goes. */
import { uncluster } from '../blueprint/reset/uncluster.js';
import type { Session } from '../engine/session.js';
import { withRole } from '../model/cluster.js';
import { type Drafted, draftFor } from './build/draft.js';
import { type Ended, execute } from './build/execute.js';
import { saveEtcd } from './build/save-etcd.js';
import type { ClusterFile } from './cluster-file.js';
import type { Ports } from './ports.js';
import { artifactsOf, begin, open, type Story } from './story.js';

export interface ResetOptions {
  /** The cluster's name, typed: agrees to the loss of its data. */
  readonly phrase?: string | undefined;
  /** No snapshot of etcd is made before. */
  readonly withoutBackup?: boolean | undefined;
}

export async function reset(file: ClusterFile, ports: Ports, options: ResetOptions = {}): Promise<Ended> {
  const story = begin(ports, file.warnings);
  const artifacts = artifactsOf(story, file.spec);
  const session = await open(story, file);
  try {
    const { kinds } = story.craft;
    const drafted = await draftFor(story, session, artifacts, input =>
      uncluster(input, (kind, key, wanted) => kinds[kind]?.undo?.(key, wanted)),
    );
    if (drafted.plan.steps.length > 0) story.emit({ type: 'note', says: stays(drafted) });
    return await execute(story, session, drafted, drafted.plan, {
      command: 'kw reset',
      risk: 'data',
      phrase: options.phrase,
      beforehand: options.withoutBackup ? undefined : () => save(story, session, drafted),
    });
  } finally {
    session.close();
  }
}

/** Nothing to save where no host of etcd has data: a reset after a build that was cut off. */
async function save({ emit, ports }: Story, session: Session, { input }: Drafted): Promise<void> {
  const hosts = withRole(session.spec, 'etcd')
    .map(host => host.name)
    .filter(name => input.facts.get(name)?.etcdDataExists);
  if (hosts.length === 0) return;
  emit({ type: 'note', says: 'saving a snapshot of etcd first' });
  const path = await saveEtcd({
    hosts,
    dir: session.dir,
    at: ports.clock(),
    run: async (host, script, timeoutMs = 60_000) => (await session.connections(host)).run(script, { timeoutMs }),
  });
  emit({ type: 'note', says: `the cluster's data is saved here: ${path} (it holds all its secrets)` });
}

/** What a reset does not take back, said before anybody agrees to it. */
const stays = ({ artifacts: { packages } }: Drafted): string =>
  'packages stay, since others may use them by now, with the units that came with them stopped and disabled: ' +
  `${[...new Set([...packages.node, ...packages.loadBalancer])].join(', ')}`;
