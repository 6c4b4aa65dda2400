/**
 * One member made anew from the others: its data put aside, its old entry removed, a new one added, started as
 * existing.
 */
import type { Resource } from '../../../../model/resource.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { absolutePath } from '../../../../model/path.js';
import { raw, type Script, scripts, sh } from '../../../../shell/sh.js';
import { addressIn, clientUrl, type EtcdHost, etcdUrl, isMemberName, peerUrl } from '../../../read/etcd-members.js';
import { flagsOf } from '../../../read/flags.js';
import { etcdMemberScript } from '../../../../blueprint/components/etcd-member.js';
import { askEtcd, quorumBehind } from '../../../therapies/etcd.js';

/** What the script is told; each stands in it once, as one quoted word. */
interface Rejoin {
  readonly own: string;
  readonly other: string;
  readonly peer: string;
  /** `--initial-cluster` of the members that stay, and the one that joins. */
  readonly list: string;
  readonly data: string;
  /** The unit or the manifest that starts it. */
  readonly source: string;
}

/** undefined where something of it was not seen, or is none. */
const rejoinOf = (host: HostChart, witness: EtcdHost): Rejoin | undefined => {
  const { source, inForce } = flagsOf(host, 'etcd');
  const [own, other, peer] = [clientUrl(host), clientUrl(witness.host), peerUrl(host)];
  const data = absolutePath(inForce?.get('data-dir') ?? '/var/lib/etcd');
  const path = source === undefined ? undefined : absolutePath(source);
  if (!inForce || !own || !other || !peer || data === undefined || path === undefined) return undefined;
  const members = [
    ...witness.etcd.members
      .filter(one => one.name !== '' && !one.peerUrls.some(url => addressIn(url) === addressIn(peer)))
      .map(one => ({ name: one.name, url: etcdUrl(one.peerUrls[0] ?? '') })),
    { name: inForce.get('name') ?? host.name, url: peer },
  ];
  if (!members.every(({ name, url }) => isMemberName(name) && url !== undefined)) return undefined;
  const list = members.map(({ name, url }) => `${name}=${url}`).join(',');
  return { own, other, peer, list, data, source: path };
};

/** All in one script: between its steps nobody else may start etcd with old flags over empty data. */
export const rejoined = (host: HostChart, witness: EtcdHost): readonly Resource[] => {
  const rejoin = rejoinOf(host, witness);
  if (!rejoin) return [];
  const { other } = rejoin;
  const layout = rejoin.source.endsWith('.yaml') ? asPod : asUnit;
  return [
    {
      kind: 'command',
      host: host.name,
      key: 'etcd data of another cluster',
      stage: 'etcd',
      after: [],
      because: `etcd on ${host.name} shall be a member again`,
      want: {
        risk: 'data',
        undo: { cannot: 'the member joined anew; its old data lie in /var/lib/kubewizard/removed' },
        unless: scripts([askEtcd, named(rejoin), same]),
        run: scripts([sh`set -u`, askEtcd, named(rejoin), quorumBehind(other), joinAnew(layout)]),
      },
    },
  ];
};

const named = ({ own, other, peer, list, data, source }: Rejoin): Script =>
  sh`own=${own} other=${other} peer=${peer} list=${list} data=${data} source=${source}`;

const joinAnew = (layout: Layout): Script => sh`${raw(layout.stop)}
n=0; while pidof etcd >/dev/null; do n=$((n+1)); [ $n -lt 90 ] || { echo 'etcd does not end' >&2; \
exit 1; }; sleep 1; done
mkdir -p /var/lib/kubewizard/removed
[ ! -d "$data/member" ] || mv "$data/member" "/var/lib/kubewizard/removed/etcd-member.$(date +%s)" || exit 1
id=$(ask "$other" cluster/member/list '{}' | tr '{' '\\n' | grep -F "\\"$peer\\"" | \
sed -n 's/.*"ID":"\\([0-9]*\\)".*/\\1/p' | head -n 1)
[ -z "$id" ] || ask "$other" cluster/member/remove "{\\"ID\\":\\"$id\\"}" | grep -q '"members"' || \
{ echo 'the old entry was not removed' >&2; exit 1; }
said=$(ask "$other" cluster/member/add "{\\"peerURLs\\":[\\"$peer\\"]}")
case $said in *'"member"'*) ;; *) echo "not added: $said" >&2; exit 1;; esac
edit() { sed -e '/^ *- --initial-cluster-state=/d' \
-e 's#--initial-cluster-state=[a-z]*#--initial-cluster-state=existing#' \
-e 's#--initial-cluster=[^ "\\\\]*#--initial-cluster='"$list"'#' "$@"; }
${raw(layout.start)}
state() { ${raw(same)}
}
n=0; while [ -n "$(state)" ]; do n=$((n+1)); [ $n -lt 120 ] || \
{ echo 'it did not become a member within two minutes' >&2; exit 1; }; sleep 1; done
${raw(layout.after)}`;

/**
 * A member that has lost data says the right cluster, between two of its panics: only a read by way of the quorum
 * proves it.
 */
const same: Script = sh`a=$(ask "$own" maintenance/status '{}' 3 | sed -n 's/.*"cluster_id":"\\([0-9]*\\)".*/\\1/p')
b=$(ask "$other" maintenance/status '{}' 3 | sed -n 's/.*"cluster_id":"\\([0-9]*\\)".*/\\1/p')
c=$(ask "$own" kv/range '{"key":"aA=="}' 3 | grep -o '"header"')
[ -n "$a" ] && [ "$a" = "$b" ] && [ -n "$c" ] || echo "cluster \${a:-none} here\${c:+ (it reads)}, \${b:-none} there"`;

interface Layout {
  readonly stop: Script;
  readonly start: Script;
  readonly after: Script;
}

/**
 * `initial-cluster-state` only counts with empty data: a drop-in of this boot holds it, and goes again. It also takes
 * away what holds a member without data back; until the new one is recorded the old mark stays.
 */
const asUnit: Layout = {
  stop: sh`systemctl stop etcd.service`,
  start: sh`folder=/run/systemd/system/etcd.service.d
mkdir -p "$folder"; trap 'rm -rf "$folder"; systemctl daemon-reload' EXIT
{ printf '[Service]\\nExecStartPre=\\nExecStart=\\n'; \
awk '/^ExecStart=/ { on = 1 } on { print; if ($0 !~ /\\\\$/) exit }' "$source" | edit; } > "$folder/rejoin.conf"
systemctl daemon-reload; systemctl start --no-block etcd.service`,
  after: sh`[ ! -x ${etcdMemberScript} ] || ${etcdMemberScript} record`,
};

/** While the manifest lies elsewhere the kubelet starts nothing; a cut-off therapy finds it there. */
const asPod: Layout = {
  stop: sh`aside=/var/lib/kubewizard/etcd.rejoin.yaml
mkdir -p /var/lib/kubewizard; [ ! -f "$source" ] || mv "$source" "$aside"; [ -f "$aside" ] || exit 1`,
  start: sh`edit "$aside" | sed 's#^\\( *\\)- etcd$#&\\n\\1- --initial-cluster-state=existing#' > "$aside.new" && \
chmod 600 "$aside.new" && mv "$aside.new" "$source"`,
  after: sh`rm -f "$aside"`,
};
