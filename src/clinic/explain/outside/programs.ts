/** Programs in containers that fail by themselves, or by the servers that they were told to use. */
import { pattern } from '../../../model/pattern.js';
import type { How } from '../account.js';
import type { Known } from './known.js';

/** Their panics and traces are illnesses of the cluster. */
const ours = pattern(
  /inotify|native thread|pthread_create|etcd|raft|tocommit|freepages|bbolt|walpb|\bWAL\b|fileutil: /i,
  /|kube-?(?:apiserver|proxy|let|scheduler|controller)|k8s\.io\/kubernetes|coredns/,
);
/** A server that is there and refuses; one that does not answer may be lost on the way. */
const refuses: readonly How[] = ['refused', 'unauthorized', 'forbidden', 'name-unknown', 'not-trusted', 'expired'];
const foreign: readonly How[] = ['not-trusted', 'expired', 'name-missing', 'unauthorized', 'forbidden', 'limit'];

/** Where the cluster's own programs listen. */
const componentPort = /^$|(?:^|:)(?:53|179|2379|2380|2381|6443|8080|8443|9345|9153|10\d{3}|16443)$/;

export const programs: readonly Known[] = [
  {
    kind: 'not-ours',
    id: 'volume-rights',
    but: /avc: |SELinux|setenforce|apparmor=/i,
    text: pattern(
      /^(?:\S{1,60} ){0,8}(?:mkdir|chown|chmod|touch|cp|mv|ln|rm|tee|sed|groupmod|install): /im,
      /(?!.{0,200}\/(?:etc\/(?:kubernetes|cni)|opt\/cni|proc|sys|run|var\/lib\/(?:kubelet|etcd|containerd))\b)/im,
      /.{0,200}(?:Permission denied|Read-only file system|Operation not permitted)/im,
    ),
    why: 'the program in the container may not write there as the user who it runs as',
    todo: 'securityContext.fsGroup or runAsUser of the pod, an emptyDir for what it writes, or another image',
  },
  {
    kind: 'not-ours',
    id: 'program-settings',
    text: pattern(
      /\benv(?:ironment)?[ _]?var(?:iable)?s?\b.{0,80}/im,
      /\b(?:required|missing|not (?:set|defined|found)|must be set|empty)/,
      /|\b(?:invalid|missing|required|undefined|unset)\b.{0,40}\benv(?:ironment)?[ _]?var(?:iable)?s?\b/im,
      /|["'`][A-Z][A-Z0-9]*_[A-Z0-9_]+["'`] (?:is|was) (?:required|missing|not|un)/im,
      /|Config(?:uration)? validation error/im,
      /|\bopen (?!\/)[\w./-]{1,200}\.(?:ya?ml|json|toml|conf|ini|env|properties): no such file/im,
      /|\[Entrypoint\]: .{0,120}\bnot specified|\byou (?:need to|must|have to) (?:specify|set|provide|give) /im,
      /(?:one of |at least one of )?[A-Z][A-Z0-9]*_[A-Z0-9_]+/,
      /|\bconfig(?:uration)? ?file (?:is )?(?:not found|missing|does not exist)/im,
      /(?!.{0,80}\/(?:etc\/(?:kubernetes|cni|containerd)|var\/lib\/kubelet|run)\b)/,
      /|\bvar(?:iable)? [A-Z][A-Z0-9]*_[A-Z0-9_]+ (?:is )?(?:required|missing|not set)/im,
    ),
    why: 'the program was not given a setting that it needs, or a wrong one',
    todo: 'look at env and envFrom of the pod, and at what the program’s manual asks for',
  },
  {
    kind: 'not-ours',
    id: 'program-flag',
    // Who prints its usage with it says whose flag it is.
    beside: /^\s*usage(?: of |:\s+)(?!\S{0,80}(?:etcd|kube|flannel|coredns|containerd|haproxy))\S/im,
    text: /(?:flag provided but not defined|unknown (?:shorthand )?flag): |unrecognized (?:option|arguments?)/im,
    why: 'the program in the container was started with a flag that it does not have',
    todo: 'look at command and args of the pod against the help of that version of the program',
  },
  {
    kind: 'not-ours',
    id: 'own-probe',
    but: pattern(
      /kube-system|coredns|calico|\betcd\b|kube-(?!probe)\w|flannel|cilium|metrics-server|konnectivity|BIRD|felix/i,
      /|\/(?:livez|readyz)\b/,
    ),
    text: pattern(
      /\b(?:[Ll]iveness|[Rr]eadiness|[Ss]tartup) probe failed: /m,
      // A code of its own, or the words of the program that an exec probe runs.
      /(?:HTTP probe failed with statuscode: 5\d\d|(?!Get\b|Post\b|HTTP|dial|rpc|OCI|strconv|error)[\w./-]{1,60}: \S)/,
    ),
    why: 'the program answers its own probe, and says that it is not well',
    todo: 'read its log (kubectl logs) and what its health page says: a data base that is not there, a setting',
  },
  {
    kind: 'not-ours',
    id: 'data-service',
    text: pattern(
      /no pg_hba\.conf entry|pg_hba\.conf rejects|pg_hba\.conf-Eintrag|password authentication failed for user/im,
      /|Access denied for user '|(?:database|role) "[^"]{1,80}" does not exist|Unknown database '|SQLSTATE\[/im,
      /|(?:column|relation|table) "?[\w.]+"? (?:does not exist|already exists)|\bliquibase\b.{0,200}\bERROR/im,
      /|ERROR \[liquibase/im,
      /|Could not connect to Redis|NOAUTH Authentication required|WRONGPASS|Mongo(?:Server|Network)\w*Error/im,
      /|Broker may not be available|LEADER_NOT_AVAILABLE|Communications link failure|\bACCESS_REFUSED\b/im,
      /|\b[Aa]uthentication failed (?:against|for|on|at) (?:the )?(?:database|db|user)/im,
      /|\bError \d{4} \(\w{5}\): |\bTable '[\w.]{1,120}' doesn't exist/im,
      /|^(?:\(error\) )?(?:WRONGTYPE|MISCONF|READONLY|CROSSSLOT|NOSCRIPT|BUSYGROUP|NOGROUP) [A-Z]/im,
      /|lookup [\w-]{0,40}(?:postgres|pg|mysql|mariadb|redis|mongo|rabbit|kafka|elastic|db)/im,
      /[\w-]{0,40} on \S+: no such host/im,
      /|Is the server running on host .{1,120} and accepting TCP/im,
      /|server selection timeout|ORA-\d{5}|the database system is starting up/im,
      /|too many (?:clients already|connections for role)/im,
    ),
    says: ({ whom, how }) => whom === 'data-service' && refuses.includes(how),
    why: 'the program’s own data base, queue or cache refuses it, or is not up',
    todo: 'look at that service’s own log, pods and endpoints, and at the address and credential that the program has',
  },
  {
    kind: 'not-ours',
    id: 'outside-service',
    // A component that calls out is a matter of the cluster.
    says: ({ who, whom, how }) => who === undefined && whom === 'outside-host' && foreign.includes(how),
    why: 'a server outside of the cluster refuses, or the program does not trust it',
    todo: 'CA certificates in the image (ca-certificates), the credential for that server, and its limits',
  },
  {
    kind: 'not-ours',
    id: 'foreign-tls-client',
    but: /haproxy|nginx|keepalived|:6443|:10250|:2379|kubernetes\.default/i,
    text: pattern(
      /error:[0-9A-F]{8}:(PEM|x509|SSL) routines|CERTIFICATE_VERIFY_FAILED|PKIX path building failed/im,
      /|\bSSL certificate problem: /im,
    ),
    why:
      'OpenSSL or Java say this, and no component of Kubernetes uses them: a program’s own client read a file ' +
      'wrongly',
    todo: 'look at what that program was given: CA data in a kubeconfig is base64, and libraries want it decoded',
  },
  {
    kind: 'not-ours',
    id: 'web-server',
    but: /:6443|apiserver/,
    text: pattern(
      /while (?:connecting to|reading response header from) upstream|client intended to send too large body/im,
      /|host not found in upstream|upstream sent too big header|no live upstreams|nginx: \[emerg\]/im,
      /|^\s*no healthy upstream\s*$|\bdefault backend - 404\b|\bupstream prematurely closed/im,
      /|\b413 Request Entity Too Large/im,
    ),
    why: 'a web server tells that the program behind it refused, or that its own configuration does not fit',
    todo: 'look at the program behind it: its port against the Service’s targetPort, its log, its answers',
  },
  {
    kind: 'not-ours',
    id: 'application-rights',
    text: pattern(
      /permission denied: \w+, \w+, .{1,120}\bsub: |Errors: ?\* permission denied|\/v1\/auth\/\S+.{0,200}\b403\b/im,
      /|\b403\b.{0,200}\/v1\/auth\//im,
    ),
    why: 'the program has users and rights of its own, and refuses by those',
    todo: 'look at the policies and roles of that program, not at the cluster’s RBAC',
  },
  {
    kind: 'not-ours',
    id: 'application',
    but: ours,
    // Whoever listens there is none of the components.
    says: ({ who, whom, at, how }) =>
      who === undefined &&
      how === 'in-use' &&
      (whom === undefined || (whom === 'own-port' && !componentPort.test(at ?? ''))),
    text: pattern(
      /^\s*(?:Traceback \(most recent call last\)|panic: .*|goroutine \d+ \[|\s*at [\w.$]+\([\w]+\.java:\d+\))/im,
      /|^\s*(?:Caused by: [\w.]+|Exception in thread "|npm ERR!|Error: Cannot find module|PHP Fatal error)/im,
      /|^\s*thread '[^']{1,80}' panicked|Unhandled exception\. System\.|JavaScript heap out of memory/im,
      /|\.[A-Z]\w{1,60}(?:Exception|Error): /im,
      /|^\s*(?:cp|mv|cat|ls|find|sh|bash|source|python3?|node|java|ruby|php): /im,
      /(?!.{0,40}\b(?:ip6?tables|ipset|conntrack|iscsiadm|nft|modprobe|ethtool|socat|mount\.\w+)\b)/im,
      /(?!.{0,200}\/(?:etc\/(?:kubernetes|cni)|opt\/cni|proc|sys|run|var\/lib\/(?:kubelet|etcd|containerd))\b)/im,
      /.{1,200}(?:No such file|not found)|failed (?:pre|post)-(?:install|upgrade)|job failed: BackoffLimitExceeded/im,
      /|\w\.rb:\d+:in `|\bhs_err_pid\d|^# +(?:JRE version|SIG(?:SEGV|BUS|ILL) \(0x)/im,
      /|^\s*(?:Type|Reference|Syntax|Range|Value|Key|Attribute|Import|Name|Runtime)Error: |UnhandledPromiseRejection/im,
      /|failed to solve: |\bERR_[A-Z]+_[A-Z]|npm error|error Command failed with exit code/im,
      /|bundler: failed to load command|Could not find or load main class|Unable to access jarfile/im,
      /|Error creating bean with name|APPLICATION FAILED TO START|Web server failed to start/im,
      /|\bHaltServer\b|FailedP(?:ostStart|reStop)Hook/im,
      /|ModuleNotFoundError|NullPointerException|bootstrap checks failed|vm\.max_map_count \[\d+\] is too low/im,
    ),
    why: 'the program in the container failed by itself',
    todo: 'read the lines around it with whoever wrote the program',
  },
  {
    kind: 'not-ours',
    id: 'exception',
    but: ours,
    // A class with its package; the packages of the errors that components print are short ones of Go.
    text: pattern(
      /\b(?!(?:errors|status|x509|net|tls|url|os|fs|v1|metav1|runtime|http)\.)(?:[a-z]\w{0,40}\.){1,8}/m,
      /[A-Z]\w{1,60}(?:Exception|Error)\b/,
      /|\b(?:[A-Z]\w{1,40}(?:\.|::)){1,6}[A-Z]\w{1,60}(?:Exception|Error|NotFound)\b/,
      /|^\s*(?!(?:ConfigMap|Comparison|Create|Run|Kill|Start|Image\w*|Registry\w*)\w*Error)/,
      /[A-Z]\w{2,40}(?:Error|Exception): \S/,
      // Go has no exceptions: whoever names one is another program, or a service of a cloud.
      /|(?:^|[\s"':])[A-Z]\w{2,60}Exception: \S/,
      /|\b(?:[a-z_]\w{0,40}\.){1,6}exceptions?\.[A-Z]\w+|^\s*(?:[A-Z]\w{1,40}::){1,5}[A-Z]\w{1,60}: /,
      /|\bFile "[^"]{1,300}\.py", line \d+|\bat (?:\S{1,200} \()?\S{1,300}\.(?:js|ts|java|kt|cs|php):(?:line )?\d+/,
    ),
    why: 'the program in the container failed by itself',
    todo: 'read the lines around it with whoever wrote the program',
  },
];
