/** The cluster's data, saved before a run that they may not survive, and told of. */
import type { Session } from '../../engine/session.js';
import { withRole } from '../../model/cluster.js';
import { WorldFailed } from '../../model/event.js';
import type { Story } from '../story.js';
import type { Drafted } from './draft.js';
import { type Saving, saveEtcd } from './save-etcd.js';

/**
 * Of a reset: nothing to save where no host of etcd has data, as after a build that was cut off. A version of a cluster
 * whose data nobody sees is not changed.
 */
export async function keepCopy(
  { emit, ports }: Story,
  session: Session,
  { input }: Drafted,
  before: Saving['before'],
): Promise<void> {
  const members = withRole(session.spec, 'etcd').map(host => host.name);
  const hosts = members.filter(name => input.facts.get(name)?.etcdDataExists);
  if (hosts.length === 0 && before === 'reset') return;
  if (hosts.length === 0) throw noData(members);
  emit({ type: 'note', says: 'saving a snapshot of etcd first' });
  const { host, path, sha256, bytes } = await saveEtcd({
    before,
    hosts,
    dir: session.dir,
    at: ports.clock(),
    run: async (name, script, timeoutMs = 60_000) => (await session.connections(name)).run(script, { timeoutMs }),
    ...(before === 'upgrade' ? { to: session.spec.kubernetes } : {}),
  });
  emit({ type: 'etcd-saved', before, ...(host === undefined ? {} : { host }), path, sha256, bytes });
}

const noData = (members: readonly string[]): WorldFailed =>
  new WorldFailed({
    class: 'refused',
    message: `a version would change, and no data of etcd were seen on ${members.join(', ')}: no backup can be made`,
    help: 'look what became of etcd (kw doctor); a version is not changed without a backup',
  });
