/** Who has a part in a restore: every host of etcd and every control plane, unless a person says that it is gone. */
import type { Restore } from '../../blueprint/restore/paths.js';
import type { Session } from '../../engine/session.js';
import { type Host, withRole } from '../../model/cluster.js';
import { WorldFailed } from '../../model/event.js';

export type Hosts = Pick<Restore, 'members' | 'controlPlanes' | 'nodes'>;

/** Whoever has a part in it and is not seen must be named as gone: it would wake with the old data, and serve them. */
export function partaking({ spec, lost }: Pick<Session, 'spec' | 'lost'>, without: readonly string[]): Hosts {
  const here = ({ name }: Host): boolean => !lost.has(name);
  const central = spec.hosts.filter(({ roles }) => roles.includes('etcd') || roles.includes('controlPlane'));
  const unnamed = central.filter(host => !here(host) && !without.includes(host.name)).map(({ name }) => name);
  if (unnamed.length > 0)
    throw new WorldFailed({
      class: 'refused',
      hosts: unnamed,
      message: `${unnamed.join(', ')} cannot be seen: nobody can stop what runs there. Nothing was touched`,
      help: `bring ${unnamed.join(', ')} back; or, where it is off for good: --without ${unnamed.join(',')}`,
    });
  const alive = central.filter(host => here(host) && without.includes(host.name)).map(({ name }) => name);
  if (alive.length > 0)
    throw new WorldFailed({
      class: 'refused',
      hosts: alive,
      message: `${alive.join(', ')} answer, and cannot be left out: what runs there would go on with the old data`,
      help: `leave --without ${alive.join(',')} out, or switch ${alive.join(', ')} off`,
    });
  const members = withRole(spec, 'etcd').filter(here);
  const controlPlanes = withRole(spec, 'controlPlane').filter(here);
  if (members.length === 0 || controlPlanes.length === 0)
    throw new WorldFailed({
      class: 'refused',
      message: 'no host of etcd, or no control plane, can be seen. Nothing was touched',
      help: 'kw status says why; a cluster of which nothing is left: kw up builds it, then kw restore',
    });
  const nodes = spec.hosts.filter(
    host => here(host) && host.roles.some(one => one === 'worker' || one === 'controlPlane'),
  );
  return { members, controlPlanes, nodes };
}
