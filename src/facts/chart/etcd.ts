import { etcdClientPort } from '../../model/components.js';
import { NotSeen } from '../../model/fact.js';
import { chartFact } from './chart-fact.js';
import type { EtcdSeen } from './host-chart.js';
import { sh } from '../../shell/sh.js';

/**
 * etcdctl of the host, or the one inside the running container; with the credentials that lie there for health checks.
 */
const script = sh`pid=; for p in /proc/[0-9]*; do IFS= read -r c 2>/dev/null <"$p/comm" || continue; \
[ "$c" = etcd ] && pid=\${p#/proc/}; done
pki=/etc/kubernetes/pki/etcd
[ -n "$pid" ] || [ -d "$pki" ] || { echo '#absent'; exit 0; }
[ -f "$pki/healthcheck-client.crt" ] || [ -f "$pki/server.crt" ] || { echo '#absent'; exit 0; }
c=healthcheck-client; [ -f "$pki/$c.crt" ] || c=server
ctl=$(command -v etcdctl || ls /usr/local/bin/etcdctl \
/proc/"\${pid:-self}"/root/usr/local/bin/etcdctl 2>/dev/null | head -n 1)
export ETCDCTL_API=3
url=https://127.0.0.1:${etcdClientPort}
[ -z "$pid" ] || { u=$(tr '\\000' '\\n' <"/proc/$pid/cmdline" | \
sed -n 's/^--advertise-client-urls=\\([^,]*\\).*/\\1/p' | head -n 1); [ -z "$u" ] || url=$u; }
[ -z "$pid" ] || { m=$(tr '\\000' '\\n' <"/proc/$pid/cmdline" | sed -n 's/^--quota-backend-bytes=//p'); \
echo "#quota \${m:-2147483648}"; }
if [ -n "$ctl" ]; then
  ask() { "$ctl" --endpoints="$url" --cacert="$pki/ca.crt" --cert="$pki/$c.crt" --key="$pki/$c.key" --dial-timeout=1s \
--command-timeout=2s "$@" -w json 2>&1; }
  echo "#endpoint $url"; echo '#members'; ask member list; echo '#status'; ask endpoint status --cluster; \
echo '#alarms'; ask alarm list
elif command -v curl >/dev/null; then
  ask() { curl -sS -m 2 --cacert "$pki/ca.crt" --cert "$pki/$c.crt" --key "$pki/$c.key" -X POST -d "$2" \
"$url/v3/$1" 2>&1; echo; }
  echo "#endpoint $url"; echo '#members'; ask cluster/member/list '{}'; echo '#status'; ask maintenance/status '{}'; \
echo '#alarms'; ask maintenance/alarm '{"action":"GET"}'
else echo '#noclient'; fi
m=; [ -z "$pid" ] || m=$(tr '\\000' '\\n' <"/proc/$pid/cmdline" | sed -n 's/^--listen-metrics-urls=\\([^,]*\\).*/\\1/p')
[ -z "$pid" ] || ! command -v curl >/dev/null || \
curl -sS -m 2 --cacert "$pki/ca.crt" --cert "$pki/$c.crt" --key "$pki/$c.key" "\${m:-$url}/metrics" 2>/dev/null | \
grep '^etcd_disk_wal_fsync_duration_seconds_bucket'
echo '#end'`;

export const etcd = chartFact({
  id: 'etcd',
  question: { ask: 'host', seconds: 8, bytes: 512 * 1024, script },
  parse: output => {
    if (/^#absent$/m.test(output)) throw new NotSeen('no etcd runs here');
    if (/^#noclient$/m.test(output)) throw new NotSeen('neither etcdctl nor curl is there to ask etcd with');
    const part = (from: string, to: string): string =>
      new RegExp(`^#${from}$\\n([\\s\\S]*?)^#${to}$`, 'm').exec(output)?.[1] ?? '';
    const [members, status, alarms] = [part('members', 'status'), part('status', 'alarms'), part('alarms', 'end')];
    const endpoint = /^#endpoint (.*)$/m.exec(output)?.[1] ?? '';
    const fsyncP99 = percentile99(output);
    const quota = Number(/^#quota (\d+)$/m.exec(output)?.[1]);
    const list = treeIn(members) as { members?: readonly Member[] } | undefined;
    if (!list?.members) throw new NotSeen(`etcd does not answer: ${lastLineOf(members)}`);
    return {
      members: list.members.map(member),
      status: statusOf(status, endpoint),
      alarms: alarmsOf(treeIn(alarms)),
      ...(Number.isFinite(quota) && { quota }),
      ...(fsyncP99 !== undefined && { fsyncP99 }),
    };
  },
});

/** Of a histogram of Prometheus, between the two bounds where it lies; above the last bound it is that bound. */
const percentile99 = (output: string): number | undefined => {
  const buckets = [...output.matchAll(/^etcd_disk_wal_fsync_duration_seconds_bucket\{le="([^"]+)"\} (\S+)$/gm)].map(
    ([, bound = '', count = '']) => ({ bound: bound === '+Inf' ? Infinity : Number(bound), count: Number(count) }),
  );
  const wanted = (buckets.at(-1)?.count ?? 0) * 0.99;
  const index = buckets.findIndex(one => one.count >= wanted);
  const [below, here] = [buckets[index - 1] ?? { bound: 0, count: 0 }, buckets[index]];
  if (!here || wanted === 0) return undefined;
  if (here.bound === Infinity) return below.bound;
  return below.bound + (here.bound - below.bound) * ((wanted - below.count) / Math.max(1, here.count - below.count));
};

interface Member {
  readonly ID: number | string;
  readonly name?: string;
  readonly peerURLs?: readonly string[];
  readonly clientURLs?: readonly string[];
  readonly isLearner?: boolean;
}
interface Status {
  readonly header?: { readonly cluster_id?: unknown; readonly member_id?: unknown };
  readonly leader?: unknown;
  readonly dbSize?: unknown;
  readonly version?: string;
  readonly errors?: readonly string[];
}

/** Ids have 64 bits: JSON.parse would round them, so numbers of 16 digits and more become strings first. */
const treeIn = (text: string): unknown => {
  // etcdctl logs in JSON too, before its answer: that another member does not answer is not an answer of this one.
  for (const line of text.split('\n').filter(each => /^[[{]/.test(each) && !/^\{"level":/.test(each))) {
    try {
      return JSON.parse(line.replace(/([:[,]\s*)(\d{15,})/g, '$1"$2"'));
    } catch {
      /* the next line may be whole */
    }
  }
  return undefined;
};

const hex = (id: unknown): string => {
  try {
    return BigInt(String(id)).toString(16);
  } catch {
    return String(id);
  }
};

const member = (one: Member): EtcdSeen['members'][number] => ({
  id: hex(one.ID),
  name: one.name ?? '',
  peerUrls: one.peerURLs ?? [],
  clientUrls: one.clientURLs ?? [],
  learner: one.isLearner === true,
});

const statusOf = (text: string, endpoint: string): EtcdSeen['status'] => {
  const tree = treeIn(text);
  const rows = Array.isArray(tree)
    ? (tree as { Endpoint: string; Status: Status }[])
    : tree
      ? [{ Endpoint: endpoint, Status: tree as Status }]
      : [];
  const failed = [
    ...text.matchAll(/(?:endpoint[": ]+|Failed to get the status of endpoint )(https?:\/\/[^\s"(]+)[^\n]*/g),
  ].map(([line, url = '']) => ({ endpoint: url, error: line.slice(0, 500) }));
  return [
    ...failed.filter(one => !rows.some(row => row.Endpoint === one.endpoint)),
    ...rows.map(({ Endpoint, Status: status }) => ({
      endpoint: Endpoint,
      memberId: hex(status.header?.member_id),
      clusterId: hex(status.header?.cluster_id),
      leader: hex(status.leader),
      dbSize: Number(status.dbSize),
      ...(status.version && { version: status.version }),
      ...(status.errors && { errors: status.errors }),
    })),
  ];
};

/** etcd's AlarmType, which its gateway gives as a name, or as a number. */
const alarmNames: Readonly<Record<string, string>> = { '1': 'NOSPACE', '2': 'CORRUPT' };

const alarmsOf = (tree: unknown): readonly string[] =>
  ((tree as { alarms?: readonly { alarm?: number | string; memberID?: unknown }[] } | undefined)?.alarms ?? []).map(
    ({ alarm, memberID }) => `${alarmNames[String(alarm)] ?? alarm} ${hex(memberID)}`,
  );

const lastLineOf = (text: string): string => text.trim().split('\n').at(-1)?.slice(0, 400) || 'no answer';
