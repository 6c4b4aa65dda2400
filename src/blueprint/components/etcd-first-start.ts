import type { Host } from '../../model/cluster.js';
import { raw, type Script, scripts, sh } from '../../shell/sh.js';
import { etcdPeerPort } from '../../model/components.js';

/**
 * `etcdctl member list` as the member itself knows it, also without a quorum. Older ones answer so by themselves, and
 * do not know the flag.
 */
export const memberList = (etcdctl: Script): Script =>
  sh`{ ${raw(etcdctl)} member list --consistency=s 2>/dev/null || ${raw(etcdctl)} member list 2>/dev/null; }`;

/**
 * A member without data founds a cluster. That is right only where no living one is without it, or remembers it:
 * else it would form a second quorum beside the first (every new member is told `initial-cluster-state=new`).
 * Members that do not answer say nothing: a first build starts all of them at once. One of them that is late is in the
 * others' list from the beginning, and called started; only one that ever ran has told them its clients' URLs (the
 * fifth field), by which etcd itself tells the two apart (isMemberBootstrapped).
 */
export const mayFound = (host: Host, others: readonly Script[]): Script => {
  const peer = `https://${host.address}:${etcdPeerPort}`;
  return sh`[ ! -d /var/lib/etcd/member ] || exit 0
judge() {
  case $1 in *${peer}*) ;; *) echo strange; return;; esac
  printf '%s\\n' "$1" | grep -F ${peer} | grep -Eq ', started, [^,]*, [^ ]+, [^, ]+' && echo lost
}
said=$(
${raw(scripts(others.map(etcdctl => sh`( list=$(${raw(memberList(etcdctl))}) && judge "$list" ) &`)))}
wait )
case $said in
*strange*) echo ${strange(host)}; exit 1;;
*lost*) echo ${lost(host)}; exit 1;;
esac`;
};

const strange = ({ name }: Host): string =>
  `the etcd that runs does not know ${name} as a member, and a second etcd must not be founded beside it: take ` +
  `the role etcd from ${name}`;

const lost = ({ name }: Host): string =>
  `the other etcd members know ${name} as one that ran, and its data are gone: kw heal etcd-cluster-id makes it ` +
  'a member again';
