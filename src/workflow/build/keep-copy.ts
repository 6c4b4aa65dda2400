/** The cluster's data, saved before a run that they may not survive, and told of. */
import type { Session } from '../../engine/session.js';
import { withRole } from '../../model/cluster.js';
import type { Story } from '../story.js';
import type { Drafted } from './draft.js';
import { type Saving, saveEtcd } from './save-etcd.js';

/** Nothing to save where no host of etcd has data: a reset after a build that was cut off. */
export async function keepCopy(
  { emit, ports }: Story,
  session: Session,
  { input }: Drafted,
  before: Saving['before'],
): Promise<void> {
  const hosts = withRole(session.spec, 'etcd')
    .map(host => host.name)
    .filter(name => input.facts.get(name)?.etcdDataExists);
  if (hosts.length === 0) return;
  emit({ type: 'note', says: 'saving a snapshot of etcd first' });
  const path = await saveEtcd({
    before,
    hosts,
    dir: session.dir,
    at: ports.clock(),
    run: async (host, script, timeoutMs = 60_000) => (await session.connections(host)).run(script, { timeoutMs }),
  });
  emit({ type: 'note', says: `the cluster's data is saved here: ${path} (it holds all its secrets)` });
}
