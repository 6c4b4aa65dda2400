/**
 * How a host joins an etcd that lives: as a learner, which counts for no quorum until it has caught up and is promoted
 * (etcd-member.ts does that, and records it); one host after another.
 */
import type { Host } from '../../model/cluster.js';
import { etcdClientPort, etcdPeerPort } from '../../model/components.js';
import type { Resource } from '../../model/resource.js';
import { type Script, sh } from '../../shell/sh.js';
import { etcdHosts } from '../access/certificates.js';
import type { HostContext } from '../input.js';
import { bin, etcdJoinDropIn, etcdMemberMark, pki } from '../render/paths.js';
import { unit } from '../render/unit.js';
import { want } from '../wanted.js';
import { membersGone } from './gone.js';
import { joiners, joining, recorded } from './etcd-member.js';

/** This host has no data of an etcd that has lived: it joins. One that has the mark of a member is not touched. */
const isBlank = (site: HostContext, { name }: Host): boolean =>
  site.facts.get(name)?.etcdDataExists === false &&
  site.facts.get(name)?.lived?.includes('member') !== true &&
  etcdHosts(site.spec).some(other => site.facts.get(other.name)?.etcdDataExists === true);

/**
 * Where data are given up by a typed phrase, the mark of a member goes with them (else nothing is founded); of hosts
 * that join, each once the one before votes: etcd has one learner at a time.
 * @param execStart Of the unit, as one that joins is started.
 */
export function beforeFirstStart(site: HostContext, execStart: string, after: readonly string[]): readonly Resource[] {
  const { host, spec, facts } = site;
  const members = etcdHosts(spec);
  if (facts.get(host.name)?.lived?.includes('member') && members.every(one => !facts.get(one.name)?.etcdDataExists))
    return [markRemoved(host)];
  if (!site.etcdLived || !isBlank(site, host)) return [];
  const all = joiners(site);
  const before = all[all.findIndex(({ name }) => name === host.name) - 1];
  return [
    want(
      'command',
      host.name,
      'etcd-join',
      {
        unless: sh`[ -d /var/lib/etcd/member ] || [ -e ${joining} ] || \
echo 'the cluster has an etcd, and this host has no data of it: it joins'`,
        run: joins(site, execStart),
        risk: 'downtime',
      },
      {
        stage: 'etcd',
        because: 'etcd takes this host in, as a learner first',
        after: [...after, ...membersGone(site), ...(before ? [recorded(before.name)] : [])],
      },
    ),
  ];
}

const markRemoved = ({ name }: Host): Resource =>
  want(
    'command',
    name,
    'etcd-mark',
    {
      unless: sh`[ ! -e ${etcdMemberMark} ] || [ -d /var/lib/etcd/member ] || \
echo 'the mark of a member whose data are given up'`,
      run: sh`rm -f ${etcdMemberMark}`,
      risk: 'none',
    },
    { stage: 'etcd', because: 'an empty etcd begins here' },
  );

/**
 * Entries of hosts that were members and begin anew go first: etcd takes nobody in while one of its members is away, so
 * those that stay must answer. An entry that never started is ours of a run that was cut off, and is taken up. The list
 * of members that the first start compares with etcd's own is read from it, and must be whole.
 */
function joins(site: HostContext, execStart: string): Script {
  const { host, spec } = site;
  const members = etcdHosts(spec);
  const peerOf = ({ address }: Host): string => `https://${address}:${etcdPeerPort}`;
  // Those before it will have joined by then.
  const anew = joiners(site).slice(joiners(site).indexOf(host));
  const gone = anew.filter(one => isBlank(site, one));
  const stay = members.filter(one => !gone.includes(one)).map(({ address }) => `https://${address}:${etcdClientPort}`);
  return sh`set -u
via() { at=$1; shift; ETCDCTL_API=3 ${bin}/etcdctl --endpoints="$at" --cacert=${pki}/etcd/ca.crt \
--cert=${pki}/etcd/healthcheck-client.crt --key=${pki}/etcd/healthcheck-client.key --command-timeout=5s "$@"; }
own=${peerOf(host)} first=
n=0; for url in ${stay}; do
  first=\${first:-$url}
  until via "$url" get h >/dev/null 2>&1; do n=$((n+1)); [ $n -lt 60 ] || \
{ echo "etcd at $url does not answer: a new member joins only while all others do" >&2; exit 1; }; sleep 1; done
done
list=$(via "$first" member list) || exit 1
mkdir -p /run/kubewizard /etc/systemd/system/etcd.service.d || exit 1
for peer in ${gone.map(peerOf)}; do
  for id in $(printf '%s\n' "$list" | grep -F ", $peer, " | sed -n 's/^\\([0-9a-f]*\\), started, .*/\\1/p'); do
    via "$first" member remove "$id" >/dev/null || exit 1
  done
done
n=0; until via "$first" member list | grep -F ", $own, " | grep -q ', unstarted, '; do
  said=$(via "$first" member add ${host.name} --learner "--peer-urls=$own" 2>&1) && continue
  n=$((n+1)); [ $n -lt 60 ] || { echo "not added: $said" >&2; exit 1; }; sleep 1
done
list=$(via "$first" member list) || exit 1
members=$(printf '%s\n' "$list" | \
sed -n 's#^[0-9a-f]*, started, \\([A-Za-z0-9._-]\\{1,\\}\\), \\(https\\{0,1\\}://[A-Za-z0-9.:-]*\\), .*#\\1=\\2,#p' | \
tr -d '\n')
[ "$(printf '%s\n' "$list" | grep -c .)" = "$(($(printf %s "$members" | tr -cd , | wc -c) + 1))" ] || \
{ echo "the members of etcd are not as kw makes them, or one has not started yet: $list" >&2; exit 1; }
printf '%s' ${unit({ Service: { ExecStart: ['', execStart] } })} | \
sed "s#--initial-cluster=[^ \\"]*#--initial-cluster=$members"${host.name}"=$own#" >${etcdJoinDropIn} && \
systemctl daemon-reload || exit 1
: >${joining}`;
}
