/** Hosts that are taken over from another cluster: what they say of themselves is of that one. */
import type { Session } from '../../engine/session.js';
import { WorldFailed } from '../../model/event.js';
import type { HostFacts } from '../../model/host-facts.js';
import { raw, sh } from '../../shell/sh.js';

type Facts = ReadonlyMap<string, HostFacts>;

/** Their networks, names and roles bind this cluster to nothing. */
export const withoutTaken = (facts: Facts, taken: ReadonlySet<string>): Facts =>
  new Map(
    [...facts].map(([name, fact]) => {
      if (!taken.has(name)) return [name, fact];
      const { built, lived, etcdInitial, etcdOurs, ...rest } = fact;
      return [name, { ...rest, podCidr: '', etcdMembers: '' }];
    }),
  );

/** Throws WorldFailed (refused): an etcd that starts on another cluster's data would serve them as this cluster's. */
export function noForeignData({ spec, taken }: Pick<Session, 'spec' | 'taken'>, facts: Facts): void {
  const holders = spec.hosts
    .filter(({ name, roles }) => taken().has(name) && roles.includes('etcd') && facts.get(name)?.etcdDataExists)
    .map(({ name }) => name);
  if (holders.length === 0) return;
  const [first = ''] = holders;
  throw new WorldFailed({
    class: 'refused',
    host: first,
    message:
      `${holders.join(', ')} would hold etcd, and /var/lib/etcd there holds another cluster's data, which would be ` +
      "served as this cluster's",
    help: 'kw reset with the file of that cluster; or save /var/lib/etcd, and move it away',
  });
}

/** A kubelet that finds its old credential goes on showing it to the new cluster. */
export async function asideCredentials({ taken, connections }: Pick<Session, 'taken' | 'connections'>): Promise<void> {
  await Promise.all(
    [...taken()].map(async host => {
      const { code, stderr } = await (await connections(host)).run(aside, { timeoutMs: 60_000 });
      if (code !== 0)
        throw new WorldFailed({
          class: 'exit',
          host,
          message: `the old cluster's kubelet could not be stopped: ${stderr.trim()}`,
        });
    }),
  );
}

/** How files begin that only a kubelet writes: what the plan is about stays, or the run would find it changed. */
export const kubeletsOwn = sh`/var/lib/kubelet/pki/kubelet-client-`;

const aside = sh`set -- ${raw(kubeletsOwn)}*
[ -e "$1" ] || [ -L "$1" ] || exit 0
! systemctl is-active -q kubelet.service || systemctl stop kubelet.service || exit 1
rm -rf /var/lib/kubelet/pki.before && mkdir -m 700 /var/lib/kubelet/pki.before && \
mv -- "$@" /var/lib/kubelet/pki.before/`;
