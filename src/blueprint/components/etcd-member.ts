/**
 * What a host knows of its own member of etcd, outside of the data: a disk that is not mounted at boot must not look
 * like a member that never ran, and a host that was built anew joins the living ones in place of its old self.
 */
import { etcdClientPort, etcdPeerPort } from '../../model/components.js';
import type { Host } from '../../model/cluster.js';
import type { Resource, ResourceId } from '../../model/resource.js';
import { quote, type Script, sh } from '../../shell/sh.js';
import { etcdHosts } from '../access/certificates.js';
import { memberMoves } from '../access/former-addresses.js';
import type { HostContext } from '../input.js';
import { withRemoved } from '../removed.js';
import { bin, etcdJoinDropIn, etcdMemberMark, library, pki } from '../render/paths.js';
import { file, want } from '../wanted.js';
import { membersGone } from './gone.js';
import { entryOf, leavers } from './etcd-members.js';

export const etcdMemberScript = `${library}/etcd-member`;
const because = 'a blank disk must not pass for a new member';
export const joining = '/run/kubewizard/etcd-joins';

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

const peerUrl = ({ address }: Host): string => `https://${address}:${etcdPeerPort}`;

/** Whether this host's member has joined for good: it votes, and has its mark. */
const isMember = ({ facts }: Pick<HostContext, 'facts'>, name: string): boolean =>
  facts.get(name)?.lived?.includes('member') === true;

/** Hosts that are about to join an etcd that has lived, or were when a run was cut off; in the file's order. */
export const joiners = (site: Pick<HostContext, 'spec' | 'facts' | 'etcdLived'>): readonly Host[] =>
  site.etcdLived ? etcdHosts(site.spec).filter(({ name }) => site.facts.has(name) && !isMember(site, name)) : [];

/** Done once a host has joined for good. */
export const recorded = (name: string): ResourceId => `${name}/command/etcd-member`;

/**
 * Once it has answered by way of the quorum, which a learner does only when it is promoted: who it is, and where its
 * data are mounted.
 */
const memberRecorded = ({ host }: HostContext): Resource =>
  want(
    'command',
    host.name,
    'etcd-member',
    {
      // The script that is there may be one of before, and know its former address.
      unless: sh`if [ -x ${etcdMemberScript} ]; then ${etcdMemberScript} state; \
else echo 'its member is not recorded yet'; fi
all=$(sed -n 's/^members=//p' ${etcdMemberMark} 2>/dev/null)
case \${all:+$all,} in ''|*${`=${peerUrl(host)},`}*) ;; *) echo 'etcd knows it at another address' ;; esac`,
      run: sh`${etcdMemberScript} record`,
      risk: 'none',
    },
    { stage: 'etcd', because, after: [`${host.name}/service/etcd.service`, `${host.name}/file/${etcdMemberScript}`] },
  );

/** Who the members are, once all that the file wants have joined, and nobody else is left. */
const membersRecorded = (site: HostContext): Resource => {
  const { host, spec } = site;
  const whole = withRemoved(site);
  const leave = leavers(whole.spec, whole.facts).map(({ name }) => `${name}/command/etcd-leave`);
  // Who will be members when this run is through; else etcd itself is asked who they are.
  const changes = [...membersGone(site), ...leave];
  const seen = etcdHosts(spec).filter(({ name }) => site.facts.has(name));
  const moves = seen.some(one => memberMoves(site.facts, one));
  const others = joiners(site).length + changes.length > 0 || moves;
  const all = others ? [etcdHosts(spec).map(entryOf).toSorted().join(',')] : [];
  return want(
    'command',
    host.name,
    'etcd-members',
    {
      unless: sh`if [ -x ${etcdMemberScript} ]; then ${etcdMemberScript} others ${all}; \
else echo 'the members of etcd are not recorded yet'; fi`,
      run: sh`${etcdMemberScript} record`,
      risk: 'none',
    },
    {
      stage: 'etcd',
      because: 'the next run compares them with the file',
      after: [...seen.map(({ name }) => recorded(name)), ...changes],
    },
  );
};

export const membership = (site: HostContext): readonly Resource[] => [memberRecorded(site), membersRecorded(site)];

/** Refused on the host itself, whoever starts it. */
export const notWithoutData: Script = sh`[ ! -x ${etcdMemberScript} ] || ${etcdMemberScript} check || exit 1`;

/**
 * `check`: exit code 1 and a sentence where this host is a member, and its data are not there. `hold`: the same for the
 * unit, which systemd tries again: a disk that is mounted later needs nobody. `state` and
 * `others` print what is to be recorded of it, and of all members.
 */
const scriptText = (site: HostContext): string => `#!/bin/sh
# Kubewizard: is etcd of this host the member that it was? Written by kw, do not edit.
set -u
${looksAround(site)}${joins(site)}${check}${words}`;

/** Where its data are, which member it is, and how etcd is asked. */
const looksAround = ({
  host,
  spec,
}: HostContext): string => `mark=${etcdMemberMark} own=${peerUrl(host)} data=/var/lib/etcd
wal=${quote(walFolder(spec) ?? '/var/lib/etcd/member/wal')}
via() {
  at=$1; shift
  ETCDCTL_API=3 ${bin}/etcdctl "--endpoints=https://$at:${etcdClientPort}" --cacert=${pki}/etcd/ca.crt \\
    --cert=${pki}/etcd/healthcheck-client.crt --key=${pki}/etcd/healthcheck-client.key --command-timeout=3s "$@"
}
ctl() { via ${host.address} "$@" 2>/dev/null; }
there() { [ -e "$data/member/snap/db" ] && for log in "$wal"/*.wal; do [ -e "$log" ] && return 0; done; return 1; }
now() {
  set -- $(ctl endpoint status -w json | sed -n 's/.*"cluster_id":\\([0-9]*\\),"member_id":\\([0-9]*\\).*/\\1 \\2/p')
  [ $# = 2 ] || return 1
  printf 'cluster=%016x\\nmember=%016x\\n' "$1" "$2"
  df -P "$data" 2>/dev/null | awk 'NR == 2 && $6 != "/" { print "mount=" $6 }'
}
learner() { ctl endpoint status -w json | grep -q '"isLearner":true'; }
`;

/** How a member that is new, or has moved, becomes one that votes and that the others find; and who all are then. */
const joins = ({ host, spec }: HostContext): string => {
  const others = etcdHosts(spec)
    .filter(({ name }) => name !== host.name)
    .map(({ address }) => address)
    .join(' ');
  return `# Only a member that votes may ask for it, and only what has caught up is promoted.
promote() {
  n=0 said='no other member of the file answers'
  while learner; do
    set -- $(now)
    for other in ${others}; do said=$(via "$other" member promote "\${2#member=}" 2>&1) && continue 2; done
    n=$((n+1))
    [ $n -lt 120 ] || { echo "etcd on this host is a learner: it does not vote before it has caught up with the \
others, and has not within two minutes (kw up goes on waiting): $said" >&2; return 1; }
    sleep 1
  done
}
# By what was recorded: while nobody has recorded who the members are, it is where it was.
known() {
  all=$(sed -n 's/^members=//p' "$mark" 2>/dev/null)
  case \${all:+"$all,"} in ''|*"=$own,"*) ;; *) return 1 ;; esac
}
# It runs at its new address already, and has reached the others from there; they look for it at the former one.
moves() {
  tries=0
  until ctl member list | grep -qF ", $own, "; do
    set -- $(now)
    said=$(via ${host.address} member update "\${2#member=}" "--peer-urls=$own" 2>&1) && continue
    tries=$((tries+1))
    [ $tries -lt 60 ] || { echo "etcd does not take $own for this member: $said" >&2; return 1; }
    sleep 1
  done
}
members() {
  ctl member list |
    sed -n 's/^[0-9a-f]*, started, \\([A-Za-z0-9._-]*\\), \\(https:[^, ]*\\), .*, false$/\\1=\\2/p' |
    LC_ALL=C sort | paste -s -d , -
}
`;
};

/** A blank folder in place of a member's data starts nothing. */
const check = `check() {
  [ -e "$mark" ] && ! there || return 0
  mount=$(sed -n 's/^mount=//p' "$mark" | head -n 1)
  if [ -n "$mount" ] && ! mountpoint -q "$mount"; then
    echo "etcd is not started: its disk is not mounted. This host is a member of etcd whose data lie on $mount, and \
nothing is mounted there: mount it" >&2
  else
    echo "etcd is not started: its data are gone. This host is a member of etcd, and $data is blank: bring the data \
back, or kw heal etcd-cluster-id makes it a member again" >&2
  fi
  return 1
}
`;

/** What the script is asked for, by its first argument. */
const words = `case \${1:-} in
check) check ;;
hold) check || { sleep 9; exit 1; } ;;
state)
  [ ! -e ${etcdJoinDropIn} ] && [ ! -e ${joining} ] || echo 'it has just joined'
  if [ ! -e "$mark" ]; then echo 'its member is not recorded yet'
  elif n=$(now); then [ "$n" = "$(grep -v ^members= "$mark")" ] || echo 'another member, or another disk, is recorded'
  fi ;;
others)
  # Without a quorum nobody says who they are.
  all=\${2:-$(members)}
  [ -z "$all" ] || [ "$(sed -n 's/^members=//p' "$mark" 2>/dev/null)" = "$all" ] || \
    echo 'other members of etcd are recorded' ;;
record)
  promote || exit 1
  ctl get h >/dev/null || { echo 'etcd does not answer by way of a quorum' >&2; exit 1; }
  n=$(now) || { echo 'etcd does not say which member it is' >&2; exit 1; }
  known || moves || exit 1
  all=$(members)
  printf '%s\\n' "$n" \${all:+"members=$all"} >"$mark.part" && mv "$mark.part" "$mark" || exit 1
  rm -f ${joining}
  if [ -e ${etcdJoinDropIn} ]; then
    rm -f ${etcdJoinDropIn}
    rmdir ${etcdJoinDropIn.replace(/[^/]*$/, '')} 2>/dev/null
    systemctl daemon-reload
  fi ;;
*) echo "usage: $0 check|hold|state|others|record" >&2; exit 64 ;;
esac
`;
