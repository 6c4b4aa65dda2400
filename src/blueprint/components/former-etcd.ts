/**
 * A member of etcd on a host that the file gives the role no more: it leaves by way of the others, once no API server
 * asks it; then what was its own goes, and its data are put aside.
 */
import type { Host } from '../../model/cluster.js';
import { withRole } from '../../model/cluster.js';
import { etcdClientPort, etcdPeerPort } from '../../model/components.js';
import { idOf, type Resource, type ResourceId } from '../../model/resource.js';
import type { ArtifactWant, CertificateWant } from '../../resources/wants.js';
import { type Script, sh } from '../../shell/sh.js';
import { etcdHosts } from '../access/certificates.js';
import type { HostContext } from '../input.js';
import { bin, etcdJoinDropIn, etcdMemberMark, pki } from '../render/paths.js';
import { want } from '../wanted.js';
import { etcd } from './etcd.js';
import { membersGone } from './gone.js';
import { joiners, recorded } from './etcd-member.js';
import { leavers } from './etcd-members.js';

const stage = 'nodes';
const because = 'by the file, etcd lives on this host no more';
/** Its member has been removed: what it needs to ask the others goes after that. */
const left = '/var/lib/kubewizard/etcd-left';

/** Done once a host is no member any more. */
export const hasLeft = (name: string): ResourceId => `${name}/command/etcd-leave`;

export function formerEtcd(site: HostContext): readonly Resource[] {
  const { host, spec, facts } = site;
  const all = leavers(spec, facts);
  const place = all.findIndex(({ name }) => name === host.name);
  if (place < 0) return [];
  const before = all[place - 1];
  const leave = want(
    'command',
    host.name,
    'etcd-leave',
    {
      unless: sh`[ -e ${left} ] || echo 'its member leaves etcd'`,
      run: leaves(site, all),
      risk: 'downtime',
    },
    {
      stage,
      because,
      after: [
        ...membersGone(site),
        ...joiners(site).map(({ name }) => recorded(name)),
        ...withRole(spec, 'controlPlane').map(({ name }) => `${name}/service/kube-apiserver.service`),
        ...(before ? [hasLeft(before.name)] : []),
      ],
    },
  );
  const was = etcd(site);
  const stopped = was
    .filter(({ kind }) => kind === 'service')
    .map(({ key }) =>
      want(
        'service',
        host.name,
        key,
        { running: false, atBoot: false, reads: [] },
        { stage, because, after: [idOf(leave)] },
      ),
    );
  const gone = was.flatMap(one => absent(site, one, stopped.map(idOf)));
  return [leave, ...stopped, ...gone, aside(host, gone.map(idOf))];
}

/** An API server beside it goes on trusting etcd's CA. */
function absent(
  site: HostContext,
  { kind, key, want: was }: Resource,
  after: readonly ResourceId[],
): readonly Resource[] {
  const { name, roles } = site.host;
  const reason = { stage, because, after } as const;
  if (kind === 'certificate')
    return [want('certificate', name, key, { ...(was as CertificateWant), absent: true }, reason)];
  if (kind === 'artifact') return [want('artifact', name, key, { ...(was as ArtifactWant), absent: true }, reason)];
  if (kind !== 'file' || (key === `${pki}/etcd/ca.crt` && roles.includes('controlPlane'))) return [];
  const nothing = { content: [], sha256: site.sha256(''), mode: 0o644, absent: true, ours: true } as const;
  return [want('file', name, key, nothing, reason)];
}

/** At last: by the data and the mark the next run knows that something is left to do. */
const aside = ({ name }: Host, after: readonly ResourceId[]): Resource =>
  want(
    'command',
    name,
    'etcd-aside',
    {
      unless: sh`[ ! -e /var/lib/etcd/member ] && [ ! -e ${etcdMemberMark} ] && [ ! -e ${etcdJoinDropIn} ] || \
echo 'the data of a member that left'`,
      run: sh`if [ -e /var/lib/etcd/member ]; then
  rm -rf /var/lib/etcd/member.before && mv /var/lib/etcd/member /var/lib/etcd/member.before || exit 1
fi
rm -f ${etcdMemberMark} ${etcdJoinDropIn} ${left}; rmdir /etc/systemd/system/etcd.service.d 2>/dev/null; true`,
      risk: 'none',
    },
    { stage, because, after },
  );

/**
 * All that stay must answer, and most of those that vote once this one is gone. Whoever leads hands that over first:
 * an election would hold up all writes for a second or more.
 */
function leaves({ host, spec }: HostContext, all: readonly Host[]): Script {
  const client = ({ address }: Host): string => `https://${address}:${etcdClientPort}`;
  const peer = ({ address }: Host): string => `https://${address}:${etcdPeerPort}`;
  const stay = etcdHosts(spec);
  const others = all.filter(({ name }) => name !== host.name).map(client);
  return sh`set -u
via() { at=$1; shift; ETCDCTL_API=3 ${bin}/etcdctl --endpoints="$at" --cacert=${pki}/etcd/ca.crt \
--cert=${pki}/etcd/healthcheck-client.crt --key=${pki}/etcd/healthcheck-client.key --command-timeout=5s "$@"; }
own=${peer(host)} first= alive=0
n=0; for url in ${stay.map(client)}; do
  first=\${first:-$url}
  until via "$url" get h >/dev/null 2>&1; do n=$((n+1)); [ $n -lt 60 ] || \
{ echo "etcd at $url does not answer: a member leaves only while all that stay do" >&2; exit 1; }; sleep 1; done
  alive=$((alive+1))
done
for url in ${others}; do ! via "$url" get h >/dev/null 2>&1 || alive=$((alive+1)); done
list=$(via "$first" member list) || exit 1
idof() { printf '%s\n' "$list" | grep -F ", $1, " | sed -n 's/^\\([0-9a-f]\\{1,\\}\\), .*/\\1/p'; }
id=$(idof "$own")
if [ -n "$id" ]; then
  needed=$(($(printf '%s\n' "$list" | grep -vF ", $own, " | grep -c ', false$') / 2 + 1))
  [ "$alive" -ge "$needed" ] || \
{ echo "without this member $alive others of etcd would answer, and $needed must" >&2; exit 1; }
  set -- $(via ${client(host)} endpoint status -w json 2>/dev/null | \
sed -n 's/.*"member_id":\\([0-9]*\\).*"leader":\\([0-9]*\\).*/\\1 \\2/p')
  if [ $# = 2 ] && [ "$1" = "$2" ]; then
    for to in ${stay.map(peer)}; do via ${client(host)} move-leader "$(idof "$to")" >/dev/null 2>&1 && break; done
  fi
  via "$first" member remove "$id" >/dev/null || exit 1
  n=0; until via "$first" get h >/dev/null 2>&1; do n=$((n+1)); [ $n -lt 60 ] || \
{ echo 'etcd does not answer since this member has left' >&2; exit 1; }; sleep 1; done
fi
mkdir -p /var/lib/kubewizard && : >${left}`;
}
