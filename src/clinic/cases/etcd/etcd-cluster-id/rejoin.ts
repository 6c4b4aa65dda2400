/** One member made anew from the others: its data put aside, its old entry removed, a new one added, started as existing. */
import type { Resource } from '../../../../model/resource.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { addressIn, clientUrl, type EtcdHost, peerUrl } from '../../../read/etcd-members.js';
import { flagsOf } from '../../../read/flags.js';
import { askEtcd, quorumBehind } from '../../../therapies/etcd.js';

/** All in one script: between its steps nobody else may start etcd with old flags over empty data. */
export const rejoined = (host: HostChart, witness: EtcdHost): readonly Resource[] => {
  const { source, inForce } = flagsOf(host, 'etcd');
  if (!source || !inForce) return [];
  const own = clientUrl(host);
  const other = clientUrl(witness.host);
  const peer = peerUrl(host);
  const members = witness.etcd.members.filter(
    one => one.name !== '' && !one.peerUrls.some(url => addressIn(url) === addressIn(peer)),
  );
  const list = [
    ...members.map(one => `${one.name}=${one.peerUrls[0]}`),
    `${inForce.get('name') ?? host.name}=${peer}`,
  ].join(',');
  const layout = source.endsWith('.yaml') ? asPod(source) : asUnit(source);
  return [
    {
      kind: 'residue',
      host: host.name,
      key: 'etcd data of another cluster',
      stage: 'etcd',
      after: [],
      because: `etcd on ${host.name} shall be a member again`,
      want: {
        risk: 'data',
        undo: { cannot: 'the member joined anew; its old data lie in /var/lib/kubewizard/removed' },
        look: `${askEtcd}${same(own, other)}`,
        remove: `set -u
${askEtcd}${quorumBehind(other)}
${layout.stop}
n=0; while pidof etcd >/dev/null; do n=$((n+1)); [ $n -lt 90 ] || { echo 'etcd does not end' >&2; exit 1; }; sleep 1; done
data=${inForce.get('data-dir') ?? '/var/lib/etcd'}; mkdir -p /var/lib/kubewizard/removed
[ ! -d "$data/member" ] || mv "$data/member" "/var/lib/kubewizard/removed/etcd-member.$(date +%s)" || exit 1
id=$(ask ${other} cluster/member/list '{}' | tr '{' '\\n' | grep -F '"${peer}"' | sed -n 's/.*"ID":"\\([0-9]*\\)".*/\\1/p' | head -n 1)
[ -z "$id" ] || ask ${other} cluster/member/remove "{\\"ID\\":\\"$id\\"}" | grep -q '"members"' || { echo 'the old entry was not removed' >&2; exit 1; }
said=$(ask ${other} cluster/member/add '{"peerURLs":["${peer}"]}')
case $said in *'"member"'*) ;; *) echo "not added: $said" >&2; exit 1;; esac
edit() { sed -e '/^ *- --initial-cluster-state=/d' -e 's#--initial-cluster-state=[a-z]*#--initial-cluster-state=existing#' -e 's#--initial-cluster=[^ "\\\\]*#--initial-cluster=${list}#' "$@"; }
${layout.start}
n=0; while [ -n "$(${same(own, other).replaceAll('\n', '; ')})" ]; do n=$((n+1)); [ $n -lt 120 ] || { echo 'it did not become a member within two minutes' >&2; exit 1; }; sleep 1; done
${layout.after}`,
      },
    },
  ];
};

/** A member that has lost data says the right cluster, between two of its panics: only a read by way of the quorum proves it. */
const same = (
  own: string,
  other: string,
): string => `a=$(ask ${own} maintenance/status '{}' 3 | sed -n 's/.*"cluster_id":"\\([0-9]*\\)".*/\\1/p')
b=$(ask ${other} maintenance/status '{}' 3 | sed -n 's/.*"cluster_id":"\\([0-9]*\\)".*/\\1/p')
c=$(ask ${own} kv/range '{"key":"aA=="}' 3 | grep -o '"header"')
[ -n "$a" ] && [ "$a" = "$b" ] && [ -n "$c" ] || echo "cluster \${a:-none} here\${c:+ (it reads)}, \${b:-none} there"`;

interface Layout {
  readonly stop: string;
  readonly start: string;
  readonly after: string;
}

/** `initial-cluster-state` only counts with empty data: a drop-in of this boot holds it, and goes again. */
const asUnit = (unit: string): Layout => {
  const folder = '/run/systemd/system/etcd.service.d';
  return {
    stop: 'systemctl stop etcd.service',
    start: `mkdir -p ${folder}; trap 'rm -rf ${folder}; systemctl daemon-reload' EXIT
{ printf '[Service]\\nExecStart=\\n'; awk '/^ExecStart=/ { on = 1 } on { print; if ($0 !~ /\\\\$/) exit }' ${unit} | edit; } > ${folder}/rejoin.conf
systemctl daemon-reload; systemctl start --no-block etcd.service`,
    after: ':',
  };
};

/** While the manifest lies elsewhere the kubelet starts nothing; a cut-off therapy finds it there. */
const asPod = (manifest: string): Layout => {
  const aside = '/var/lib/kubewizard/etcd.rejoin.yaml';
  return {
    stop: `mkdir -p /var/lib/kubewizard; [ ! -f ${manifest} ] || mv ${manifest} ${aside}; [ -f ${aside} ] || exit 1`,
    start: `edit ${aside} | sed 's#^\\( *\\)- etcd$#&\\n\\1- --initial-cluster-state=existing#' > ${aside}.new && chmod 600 ${aside}.new && mv ${aside}.new ${manifest}`,
    after: `rm -f ${aside}`,
  };
};
