/**
 * What a host knows of its own member of etcd, outside of the data: a disk that is not mounted at boot must not look
 * like a member that never ran, and a host that was built anew joins the living ones in place of its old self.
 */
import type { Host } from '../../model/cluster.js';
import { etcdClientPort, etcdPeerPort } from '../../model/components.js';
import type { Resource } from '../../model/resource.js';
import { quote, type Script, sh } from '../../shell/sh.js';
import { etcdHosts } from '../access/certificates.js';
import type { HostContext } from '../input.js';
import { bin, etcdMemberMark, library, pki } from '../render/paths.js';
import { unit } from '../render/unit.js';
import { file, want } from '../wanted.js';

export const etcdMemberScript = `${library}/etcd-member`;
const because = 'a blank disk must not pass for a new member';
const joining = '/run/kubewizard/etcd-joins';
const dropIn = '/run/systemd/system/etcd.service.d/kw-join.conf';

/** Folders without which a member has lost its data. */
export const etcdFolders = ({ spec }: Pick<HostContext, 'spec'>): readonly string[] => [
  '/var/lib/etcd',
  ...(walFolder(spec) === undefined ? [] : [walFolder(spec) ?? '']),
];

const walFolder = (spec: HostContext['spec']): string | undefined => {
  const folder = spec.components.etcd.extraArgs['wal-dir'];
  return folder === undefined ? undefined : String(folder);
};

export const memberScript = (site: HostContext): Resource =>
  file(site, etcdMemberScript, scriptText(site), { stage: 'etcd', because, mode: 0o755 });

/** Once it has answered by way of the quorum: who it is, and where its data are mounted. */
export const memberRecorded = ({ host }: HostContext): Resource =>
  want(
    'command',
    host.name,
    'etcd-member',
    {
      unless: sh`if [ -x ${etcdMemberScript} ]; then ${etcdMemberScript} state; \
else echo 'its member is not recorded yet'; fi`,
      run: sh`${etcdMemberScript} record`,
      risk: 'none',
    },
    { stage: 'etcd', because, after: [`${host.name}/service/etcd.service`, `${host.name}/file/${etcdMemberScript}`] },
  );

/** Refused on the host itself, whoever starts it. */
export const notWithoutData: Script = sh`[ ! -x ${etcdMemberScript} ] || ${etcdMemberScript} check || exit 1`;

/**
 * `check`: exit code 1 and a sentence where this host is a member, and its data are not there. `hold`: the same for the
 * unit, which systemd tries again: a disk that is mounted later needs nobody. `state` prints what is to be recorded.
 */
const scriptText = ({ host, spec }: HostContext): string => `#!/bin/sh
# Kubewizard: is etcd of this host the member that it was? Written by kw, do not edit.
set -u
mark=${etcdMemberMark} data=/var/lib/etcd wal=${quote(walFolder(spec) ?? '/var/lib/etcd/member/wal')}
ctl() { ETCDCTL_API=3 ${bin}/etcdctl --endpoints=https://${host.address}:${etcdClientPort} --cacert=${pki}/etcd/ca.crt --cert=${pki}/etcd/healthcheck-client.crt --key=${pki}/etcd/healthcheck-client.key --command-timeout=3s "$@" 2>/dev/null; }
there() { [ -e "$data/member/snap/db" ] && for log in "$wal"/*.wal; do [ -e "$log" ] && return 0; done; return 1; }
now() {
  set -- $(ctl endpoint status -w json | sed -n 's/.*"cluster_id":\\([0-9]*\\),"member_id":\\([0-9]*\\).*/\\1 \\2/p')
  [ $# = 2 ] || return 1
  printf 'cluster=%016x\\nmember=%016x\\n' "$1" "$2"
  df -P "$data" 2>/dev/null | awk 'NR == 2 && $6 != "/" { print "mount=" $6 }'
}
check() {
  [ -e "$mark" ] && ! there || return 0
  mount=$(sed -n 's/^mount=//p' "$mark" | head -n 1)
  if [ -n "$mount" ] && ! mountpoint -q "$mount"; then
    echo "etcd is not started: its disk is not mounted. This host is a member of etcd whose data lie on $mount, and nothing is mounted there: mount it" >&2
  else
    echo "etcd is not started: its data are gone. This host is a member of etcd, and $data is blank: bring the data back, or kw heal etcd-cluster-id makes it a member again" >&2
  fi
  return 1
}
case \${1:-} in
check) check ;;
hold) check || { sleep 9; exit 1; } ;;
state)
  [ ! -e ${dropIn} ] && [ ! -e ${joining} ] || echo 'it has just joined'
  if [ ! -e "$mark" ]; then echo 'its member is not recorded yet'
  elif n=$(now); then [ "$n" = "$(cat "$mark")" ] || echo 'another member, or another disk, is recorded'; fi ;;
record)
  ctl get h >/dev/null || { echo 'etcd does not answer by way of a quorum' >&2; exit 1; }
  n=$(now) || { echo 'etcd does not say which member it is' >&2; exit 1; }
  printf '%s\\n' "$n" >"$mark.part" && mv "$mark.part" "$mark" || exit 1
  rm -f ${joining}
  [ ! -e ${dropIn} ] || { rm -f ${dropIn}; systemctl daemon-reload; } ;;
*) echo "usage: $0 check|hold|state|record" >&2; exit 64 ;;
esac
`;

/** This host has no data of an etcd that has lived: it joins. One that has the mark of a member is not touched. */
const isBlank = ({ spec, facts }: HostContext, { name }: Host): boolean =>
  facts.get(name)?.etcdDataExists === false &&
  facts.get(name)?.lived?.includes('member') !== true &&
  etcdHosts(spec).some(other => facts.get(other.name)?.etcdDataExists === true);

/**
 * Where data are given up by a typed phrase, the mark of a member goes with them (else nothing is founded); of hosts
 * that join, each after the one before: etcd takes one at a time.
 * @param execStart Of the unit, as one that joins is started.
 */
export function beforeFirstStart(site: HostContext, execStart: string, after: readonly string[]): readonly Resource[] {
  const { host, spec, facts } = site;
  const members = etcdHosts(spec);
  if (facts.get(host.name)?.lived?.includes('member') && members.every(one => !facts.get(one.name)?.etcdDataExists))
    return [markRemoved(host)];
  if (!site.etcdLived || !isBlank(site, host)) return [];
  const before = members.slice(0, members.indexOf(host)).findLast(one => isBlank(site, one));
  return [
    want(
      'command',
      host.name,
      'etcd-join',
      {
        unless: sh`[ -d /var/lib/etcd/member ] || [ -e ${joining} ] || \
echo 'the cluster has an etcd, and this host has no data of it: it joins anew'`,
        run: joins(site, execStart),
        risk: 'downtime',
      },
      {
        stage: 'etcd',
        because: 'etcd takes this host in as a new member in place of its old self',
        after: [...after, ...(before ? [`${before.name}/service/etcd.service`] : [])],
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
 * Entries of all hosts that begin anew go first: etcd takes nobody in while one of its members is away, so those that
 * stay must answer. One that was added by hand already has no name yet.
 */
function joins(site: HostContext, execStart: string): Script {
  const { host, spec } = site;
  const members = etcdHosts(spec);
  const stay = members.filter(one => !isBlank(site, one)).map(({ address }) => `https://${address}:${etcdClientPort}`);
  const peerOf = ({ address }: Host): string => `https://${address}:${etcdPeerPort}`;
  const gone = members.filter(one => isBlank(site, one)).map(peerOf);
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
mkdir -p /run/kubewizard /run/systemd/system/etcd.service.d || exit 1
for peer in ${gone}; do
  for id in $(printf '%s\\n' "$list" | grep -F ", $peer, " | sed -n 's/^\\([0-9a-f]*\\), started, .*/\\1/p'); do
    via "$first" member remove "$id" >/dev/null || exit 1
  done
done
n=0; until via "$first" member list | grep -F ", $own, " | grep -q ', unstarted, '; do
  said=$(via "$first" member add ${host.name} "--peer-urls=$own" 2>&1) && continue
  n=$((n+1)); [ $n -lt 30 ] || { echo "not added: $said" >&2; exit 1; }; sleep 1
done
printf '%s' ${unit({ Service: { ExecStart: ['', execStart] } })} >${dropIn} && systemctl daemon-reload || exit 1
: >${joining}`;
}
