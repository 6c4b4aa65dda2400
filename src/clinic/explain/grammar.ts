/** From the words of a log to records of who failed, with whom, and how. */
import { readings } from '../examine/normalise.js';
import { type Account, type Component, components, type How, outcomes, type Target, targets } from './account.js';
import { uncoated } from './coats.js';

/** The first that fits: what is narrower stands above. */
const hows: readonly (readonly [How, RegExp])[] = [
  [
    'not-yet-valid',
    /is not yet valid(?!: current time \S+ is after)|is before \d{4}-|not valid yet|used before issued|NotBefore|notBefore/,
  ],
  [
    'expired',
    /certificate[^.]{0,40}\bexpired|expired certificate|token[^.]{0,30}expired|has expired|\bis after \d{4}-|CERTIFICATE_EXPIRED/i,
  ],
  [
    'name-missing',
    /certificate is valid for .{1,400}, not |contain any IP SANs|not valid for any names|hostname mismatch|no alternative certificate subject name|legacy Common Name|does not match (?:target host|certificate)/i,
  ],
  [
    'not-trusted',
    /unknown (?:certificate )?authority|UNKNOWN_CA|unknown ca\b|self.signed certificate|certificate verify failed|local issuer certificate|bad certificate|x509: certificate/i,
  ],
  [
    'name-unknown',
    /no such host|server misbehaving|Temporary failure in name resolution|Name or service not known|NXDOMAIN|could not resolve host/i,
  ],
  ['refused', /connection refused|ECONNREFUSED|was refused|port unreachable|\berrno[ =:]*111\b/i],
  ['no-route', /no route to host|EHOSTUNREACH|network is unreachable|ENETUNREACH|host unreachable|\berrno[ =:]*113\b/i],
  ['dropped', /\b(?:DROP|REJECT|BLOCK)(?:ED)?\b.{0,80}\bSRC=|martian source/],
  ['in-use', /address already in use|EADDRINUSE/i],
  ['not-here', /cannot assign requested address|EADDRNOTAVAIL/i],
  ['reset', /connection reset|broken pipe|ECONNRESET|unexpected EOF|connection was forcibly closed|GOAWAY/i],
  [
    'timed-out',
    /i\/o timeout|timed? ?out|deadline exceeded|ETIMEDOUT|handshake timeout|DEADLINE_EXCEEDED|\berrno[ =:]*110\b/i,
  ],
  [
    'unauthorized',
    /\bUnauthorized\b|\b401\b|Unauthenticated|invalid bearer token|must be logged in|provide credentials/i,
  ],
  [
    'forbidden',
    /\bforbidden\b|\b403\b|PermissionDenied\b|RBAC DENY|cannot "?(?:get|list|watch|create|update|patch|delete)"? /i,
  ],
  [
    'limit',
    /too many open files|EMFILE|table full|rate limit|too many requests|\b429\b|resource temporarily unavailable|pids? limit/i,
  ],
  ['full', /no space left|ENOSPC|space exceeded|disk full|No IP addresses available/i],
  ['not-executable', /exec[^\n]{0,80}permission denied|exec format error/i],
  ['not-readable', /permission denied|EACCES|operation not permitted/i],
  ['not-found', /no such file or directory|ENOENT|not found|does not exist|\b404\b/i],
  ['unavailable', /Service ?Unavailable|\b50[234]\b|Bad Gateway|unable to handle the request|code = Unavailable/i],
  [
    'bad-format',
    /failed to (?:parse|find any PEM)|cannot unmarshal|invalid character|illegal base64|could not be parsed/i,
  ],
];

const whos: readonly (readonly [Component, RegExp])[] = [
  ['kernel', /\bkernel: ?|^\[ *\d+\.\d{4,}\]|audit: type=/],
  ['keepalived', /keepalived/i],
  ['load-balancer', /haproxy|Layer[467] (?:check|timeout|connection|invalid|wrong)/i],
  ['kubeadm', /kubeadm|\[preflight\]|\[kubelet-check\]|\[check-etcd\]|\[ERROR [A-Z]/],
  ['controller-manager', /(?:kube-)?controller-manager/],
  ['scheduler', /kube-scheduler/],
  ['kube-proxy', /kube-?proxy|proxier\.go/],
  ['api-server', /(?:kube-?)?apiserver\b|cacher \(|storage_(?:decorator|factory)/],
  ['dns', /coredns|plugin\/(?:errors|loop|kubernetes)/],
  ['cni', /\bcalico|\bflannel|\bcilium|plugin type=/i],
  ['kubelet', /\bkubelet\b|kuberuntime_manager|pod_workers/],
  ['runtime', /containerd|\brunc\b|\bcrio?\b|dockerd/],
  ['etcd', /\betcd(?:\[|:| \|)|rafthttp|raft\.node|"logger":"raft|embed\b/],
  ['kubectl', /kubectl|Unable to connect to the server|Error from server|connection to the server/],
];

const ports: Readonly<Record<string, Target>> = {
  2379: 'etcd',
  2380: 'etcd-peer',
  6443: 'api-server',
  8443: 'api-server',
  16443: 'api-server',
  9345: 'api-server',
  10250: 'kubelet',
  53: 'dns',
  8472: 'overlay',
  4789: 'overlay',
  51820: 'overlay',
  179: 'bgp',
};

const places: readonly (readonly [Target, RegExp])[] = [
  ['webhook', /failed calling (?:admission )?webhook "?([\w.-]+)/],
  ['kubernetes-service', /\b(10\.96\.0\.1:443|10\.43\.0\.1:443|\d+\.\d+\.\d+\.1:443)\b/],
  ['aggregated-api', /\b(v\d\w*\.[\w-]+(?:\.[\w-]+)*\.k8s\.io)\b|FailedDiscoveryCheck|metrics\.k8s\.io/],
  ['runtime', /(?:unix:\/\/)?(\/\S*(?:containerd|crio|cri-dockerd|docker)\.sock)/],
  ['registry', /https?:\/\/((?:[\w-]+\.)+[a-z]{2,}(?::\d+)?)\/v2\//],
  ['bgp', /BGP (?:not established with|session) ?(\S*)/],
];

const portNear = /((?:\[[0-9a-f:]+\]|[\w.-]+))?:(2379|2380|6443|8443|16443|9345|10250|53|8472|4789|51820|179)\b/gi;
const kernelPort = /\bDST=(\S+).{0,120}\bDPT=(\d+)/;
const anywhere = /\b(?:dial (?:tcp|udp) |to )((?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:]+\]):\d+)/;
const file =
  /(?:open|stat|exec|read|loading|load|path):? "?(\/[\w./@-]+)|(\/(?:etc|var|opt|run|usr|proc|sys|dev)\/[\w./@-]+)/;

/** One for each thing that is told, the last first: the end is nearest to the illness. */
export const accountsIn = (text: string): readonly Account[] => {
  const plain = uncoated(text);
  const told = plain
    .split('\n')
    .filter(line => line.trim() !== '')
    .slice(-400)
    .flatMap(accountIn);
  const all = told.length > 0 ? told : readings(plain).flatMap(accountIn);
  const unique = new Map(all.reverse().map(one => [JSON.stringify(one), one]));
  return [...unique.values()].slice(0, 8);
};

const accountIn = (raw: string): readonly Account[] => {
  const line = readings(raw.slice(0, 8192))[0];
  const how = hows.find(([, pattern]) => pattern.test(line))?.[0];
  if (how === undefined) return [];
  const who = whos.find(([, pattern]) => pattern.test(line))?.[0];
  return [{ ...(who && { who }), ...place(line), how }];
};

const place = (line: string): Partial<Account> => {
  for (const [whom, pattern] of places) {
    const hit = pattern.exec(line);
    if (hit) return { whom, ...(hit[1] && { at: hit[1] }) };
  }
  const dropped = kernelPort.exec(line);
  if (dropped) return { whom: ports[dropped[2] ?? ''] ?? 'address', at: `${dropped[1]}:${dropped[2]}` };
  const [last] = [...line.matchAll(portNear)].slice(-1);
  const whom = ports[last?.[2] ?? ''];
  if (last && whom) return { whom, at: last[0] };
  const [, at] = anywhere.exec(line) ?? [];
  if (at !== undefined) return { whom: 'address', at };
  const path = file.exec(line);
  return path ? { whom: 'file', at: path[1] ?? path[2] ?? '' } : {};
};

/** `the API server could not reach etcd at 10.0.0.11:2379: connection refused`. */
export const accountText = ({ who, whom, at, how }: Account): string => {
  const subject = who ? components[who] : 'whoever wrote this line';
  if (whom === undefined) return `${subject} met this: ${outcomes[how]}`;
  const object = `${targets[whom]}${at === undefined ? '' : ` (${at})`}`;
  return `${subject} ${whom === 'file' ? 'could not use' : 'could not get through to'} ${object}: ${outcomes[how]}`;
};

const nextBy: Partial<Readonly<Record<How, string>>> = {
  refused: 'look on that host whether the process runs and on which address it listens: ss -ltnp',
  'timed-out': 'look at the way there: ping, then the port (nc -vz), then firewalls of both hosts and the MTU',
  'no-route': 'look at the way there: ip route get ADDRESS, and REJECT rules of the host’s firewall',
  dropped: 'look at the rule that logs with this prefix: nft list ruleset, iptables-save',
  'not-trusted':
    'hold the CA that the client has against the issuer that the server shows: openssl s_client -showcerts',
  'name-missing': 'look at the names in the certificate: openssl s_client | openssl x509 -noout -ext subjectAltName',
  expired: 'look at the dates of the certificate and at the clock of both hosts: openssl x509 -noout -dates; date -u',
  'not-yet-valid': 'look at the clock of both hosts: date -u, chronyc tracking',
  forbidden: 'ask the server: kubectl auth can-i VERB RESOURCE --as=USER',
  unauthorized: 'look at the credential that was sent: its issuer, its dates, the key that signed it',
  full: 'look at the room there: df -h, df -i, etcdctl endpoint status',
  limit: 'look at the limit and at who uses it up: ulimit -n, sysctl fs.inotify, /proc/PID/limits',
  'not-found': 'look on the host, and in the mounts of the container, whether it is there: ls -l',
  'not-readable': 'look at owner, mode and label, also of the folders above: namei -l, ls -Z',
  'not-executable': 'look at mode and kind of the file: ls -l, file, and the options of its mount (noexec)',
  'name-unknown': 'ask the server that the line names: dig NAME @SERVER, and /etc/resolv.conf of who asks',
};

export const nextOf = ({ how }: Account): string =>
  nextBy[how] ?? 'look at the lines just before it in the same log, and at the other end of the connection';
