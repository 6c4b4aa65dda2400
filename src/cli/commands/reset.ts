import { uncluster } from '../../blueprint/reset/uncluster.js';
import { withRole } from '../../model/cluster.js';
import type { AnyKind } from '../../resources/index.js';
import { artifactsOf, type Drafted, draftFor } from '../cluster/draft.js';
import { execute } from '../cluster/execute.js';
import { clock, kinds, openWatched } from '../cluster/open.js';
import { readClusterFile } from '../cluster/read.js';
import { saveEtcd } from '../cluster/save-etcd.js';
import type { Session } from '../../engine/session.js';

export interface ResetOptions {
  readonly file: string;
  readonly yesIMean?: string;
  readonly json?: boolean;
  readonly withoutBackup?: boolean;
}

/** `kw reset`: leaves the hosts as they were. Asks for the cluster's name, since all its data goes. */
export async function run({ file, yesIMean, json, withoutBackup }: ResetOptions): Promise<number> {
  const cluster = await readClusterFile(file);
  const artifacts = artifactsOf(cluster.spec, says => {
    process.stderr.write(`${says}\n`);
  });
  artifacts.catch(() => undefined);
  const session = await openWatched(cluster, { json });
  try {
    const drafted = await draftFor(session, artifacts, input => uncluster(input, undo));
    const say = (says: string): void => {
      process.stderr.write(`${says}\n`);
    };
    if (drafted.plan.steps.length > 0) say(stays(drafted));
    return await execute(session, drafted, drafted.plan, {
      command: 'kw reset',
      json,
      risk: 'data',
      phrase: yesIMean,
      beforehand: withoutBackup ? undefined : () => save(session, drafted, say),
    });
  } finally {
    session.close();
  }
}

/** Nothing to save where no host of etcd has data: a reset after a build that was cut off. */
async function save(session: Session, { input }: Drafted, say: (says: string) => void): Promise<void> {
  const hosts = withRole(session.spec, 'etcd')
    .map(host => host.name)
    .filter(name => input.facts.get(name)?.etcdDataExists);
  if (hosts.length === 0) return;
  say('saving a snapshot of etcd first');
  const path = await saveEtcd({
    hosts,
    dir: session.dir,
    at: clock(),
    run: async (host, script, timeoutMs = 60_000) => (await session.connections(host)).run(script, { timeoutMs }),
  });
  say(`the cluster's data is saved here: ${path} (it holds all its secrets)`);
}

/** What a reset does not take back, said before anybody agrees to it. */
const stays = ({ artifacts: { packages } }: Drafted): string =>
  `packages stay, since others may use them by now, with the units that came with them stopped and disabled: ${[...new Set([...packages.node, ...packages.loadBalancer])].join(', ')}`;

const undo = (kind: string, key: string, wanted: unknown): unknown =>
  (kinds as unknown as Readonly<Record<string, AnyKind>>)[kind]?.undo?.(key, wanted);
