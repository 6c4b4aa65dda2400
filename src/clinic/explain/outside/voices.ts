/**
 * Whose voice a line is: forms of logs that no component of a cluster writes, names of programs that are none, and
 * controllers that somebody added. What such a speaker could not do with its own things is not the cluster's fault.
 */
import { pattern } from '../../../model/pattern.js';
import type { Known } from './known.js';

/** The way through the network, the host or the control plane may be what is in the speaker's way. */
const ofCluster = pattern(
  /\bdial (?:tcp|udp)|no route|unreachable|no such host|name resolution|UnknownHost|EAI_AGAIN|getaddrinfo/i,
  /|resolve host/i,
  /|\b(?:connect\w*|i\/o|handshake|read\w*|requests?|responses?|lookup|dns|quer\w+|server)\b.{0,80}time(?:d )?-?out/i,
  /|time(?:d )?-?out.{0,60}\b(?:connect\w*|lookup|reach\w*)\b|deadline|reset by peer|connection refused|\brefused\b/i,
  /|kubernetes\.default|kube-?(?:apiserver|proxy|let|adm|scheduler|dns|controller|system)|apiserver|\betcd|containerd/i,
  /|coredns|calico|cilium|flannel|\bfelix\b|\bbird\b|\brunc\b|\bcni\b|webhook|\blease\b|\bleader\b/i,
  /|x509|certificate|unauthori[sz]ed|\bis forbidden: User|cannot (?:get|list|watch|create) resource|\bTLS\b/i,
  /|no space left|too many open files|inotify|native thread|pthread|cannot allocate|read-only file system/i,
  /|input\/output error|\bEOF\b|file watchers|clock|the server (?:is|was|has|could|rejected)|:6443|:2379|:10250/i,
);

/** Java's and Python's loggers write milliseconds behind a comma, a thread or class in brackets; Go does neither. */
const javaOrPython = pattern(
  /^\[?\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d,\d{3}\b/,
  /|^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?: [+-]\d{4})?\] \[\d+\] \[[A-Z]+\] |^(?:ERROR|WARNING|CRITICAL):[\w.]{1,80}:/,
  /|\[[\w .:#-]{1,60}\] +(?:ERROR|WARN|INFO|FATAL|SEVERE)\b +[\w.$]{1,120} *[-:] |\b(?:ERROR|WARN|INFO) +\d+ --- \[/,
  /|^(?:\[[\dT:.,+Z -]{10,40}\])?\[(?:ERROR|WARN|INFO|FATAL) ?\]\[[\w.]{1,80} *\]/,
  /|^(?:[\dT:.,+Z -]{8,40} )?(?:ERROR|WARN|FATAL|SEVERE) +\[[\w.-]{1,80}\] (?!.{0,20}\.go:)/,
  /|\((?:[a-z]\w{0,40}\.){1,8}[A-Z][\w$]{0,60}\)\s*$/,
);
/** Data bases, queues and web servers. */
const servers = pattern(
  /^\d+:[MSCX] \d\d \w{3} \d{4} [\d:.]+ [#*.-] |^\S{10,40} [EWIF] [A-Z-]{1,12} +\[\w+\] /,
  /|\b(?:FATAL|ERROR|PANIC|DETAIL|HINT|STATEMENT): {2}\S|\[(?:error|warning|note|warn)\] ?\[(?:MY-\d+|Entrypoint)\]/,
  /|\[(?:ERROR|Error|Warn|Warning|Note)\] ?\[(?:MY-\d+|Entrypoint)\]/,
  /|^\d{4}\/\d\d\/\d\d [\d:]+ \[(?:error|warn|crit|emerg|alert)\] \d+#\d+: /,
  /|^\[\d{4}-[\d :.-]+\]\[\d+\]\[\w+\]\[[\w .-]+\] /,
  /|^\[\w{3} \w{3} \d\d [\d:.]+ \d{4}\] \[[\w:]+\] \[pid \d+/,
);
/** Ruby, .NET, Erlang and Elixir, Rust, PHP, Go’s kit of Prometheus and its like, zap in columns, servers of CI. */
const others = pattern(
  /^[DIWEF], \[\S{10,40} #\d+\] +[A-Z]+ -- |^(?:fail|crit|warn): [A-Z]\w*(?:\.\w+)+\[\d+\]|#PID<\d+\.\d+\.\d+>/,
  /|\{error, ?\{\w+|^\S{10,40} +(?:ERROR|WARN) +[a-z_]\w*(?:::\w+)+: /,
  /|\bPHP (?:Fatal error|Warning|Notice|Parse error): /,
  /|^ts=\S+ (?:caller|level)=|^(?:level=\S+ ts=\S+ caller=)|^caller=\S+ (?:ts|level)=|^logger=\S+ .{0,200}\blevel=/,
  /|^time=\S+ level=(?:ERROR|WARN) source=|^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d{4})\t(?:error|warn|warning|fatal)\t/,
  /|^\[?\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d\]? (?!\[?(?:WARN|INFO|DEBUG|warn|info)\b)/,
  /(?=.{0,80}(?:[Ee]rr|ERR|FATAL|[Ff]atal|[Ff]ail|[Ii]nvalid|[Mm]issing|\b[45]\d\d\b))/,
  /|^\S{10,40} \[(?:ERROR|WARN)\] +[a-z][\w.]{1,80}: |\[(?:warn|error|fatal)\]: #\d+ /,
  /|^##\[error\]|^ERROR: Job failed|^Error: Process completed with exit code [1-9]/,
);

/** Programs that people run in a cluster, and tools that speak to it: none is a part of it. */
const names = pattern(
  /vault(?:-agent)?|keda(?:-operator)?|velero|external-(?:dns|secrets)|argo-?cd|flux(?:cd)?|gitlab(?:-runner)?|jenkins/,
  /|prometheus|alertmanager|grafana|loki|promtail|istiod?|envoy|linkerd[\w-]{0,20}|kong|traefik|postgres(?:ql)?/,
  /|mysqld?/,
  /|mariadb|redis|mongod?|rabbitmq|kafka|zookeeper|elasticsearch|kibana|logstash|fluentd|fluent-?bit|filebeat|httpd/,
  /|php-fpm|gunicorn|celery|keycloak|harbor|nexus|sonarqube|minio|airflow|spark|tekton|crossplane|falco|terraform/,
  /|pulumi|ansible|gcloud|eksctl|cloudflared|sealed-secrets|oauth2-proxy|dex|node\.js|sidekiq|prisma|flyway/,
  /|liquibase|amqp|skaffold|tilt|buildx?|ingress-nginx|nginx|make/,
  /|gitlab runner|maven|gradle|composer|pytest|webpack|vite|kustomize|s3|aws|renovate|backstage|jaeger|otel-?collector/,
);
/** What a program calls itself, or its version, is no complaint. */
const named = 'version\\b|ingress controller\\s*$';
const byName = new RegExp(
  `^\\[?(?:${names.source})(?:-[\\w-]{1,40})?(?:\\[\\d+\\])?\\]?:? (?!${named})\\S|[(](?:${names.source})[)]\\s*$`,
  'i',
);

/** Whoever Kubernetes itself has to tell of events. */
const teller = pattern(
  /kubelet\b|kube-\w+|cidrAllocator|default-scheduler|controllermanager/,
  /|(?:deployment|replicaset|daemonset|statefulset|job)-controller/,
  /|(?:cronjob|endpoint\w*(?:-slice)?|service|node|namespace|disruption|taint\S*|route|ttl|resource\w*)-controller/,
  /|(?:persistentvolume|attachdetach|cloud-\w[\w-]*|garbage\S*|volume\w*|ephemeral\w*)\b|horizontal-pod-autoscaler/,
  /|multus|\S*csi\S*|node-problem-detector|kernel-monitor|\S*(?:systemd|docker|containerd)-monitor|service-ipam/,
);
const ownKinds = pattern(
  /pods?|nodes?|deployments?|replicasets?|daemonsets?|statefulsets?|jobs?|cronjobs?|services?|endpoints/,
  /|endpointslices?/,
  /|persistentvolumes?|persistentvolumeclaims?|horizontalpodautoscalers?|ingress(?:es)?|leases?|configmaps?|secrets?/,
  /|namespaces?|serviceaccounts?|poddisruptionbudgets?|replicationcontrollers?|volumeattachments?|csinodes?/,
);
/** In `kubectl describe` by the fourth column, in `kubectl get events` by what the event is about. */
const addedController = new RegExp(
  `^\\s*Warning\\s+[A-Z]\\w+\\s+(?:\\d\\S*(?: \\(x\\d+ over \\S+\\))?\\s+)(?!(?:${teller.source})(?:[,\\s]|$))` +
    '[a-z][\\w.-]*\\s{2,}\\S' +
    `|\\bWarning\\s+[A-Z]\\w+\\s+(?!(?:${ownKinds.source})/)[a-z]{3,60}(?:\\.[\\w.-]+)?/[a-z\\d][\\w.-]*\\s`,
);

/** What follows the form is what the speaker says. */
const toItsEnd = ({ source, flags }: RegExp): RegExp => new RegExp(`(?:${source}).{0,160}`, flags);

export const voices: readonly Known[] = [
  {
    kind: 'not-ours',
    id: 'controller',
    unless: ofCluster,
    text: addedController,
    why: 'a controller that somebody added cannot make what its own object asks for',
    todo: 'look at the object that it names (kubectl describe), and at that controller’s manual',
  },
  {
    kind: 'not-ours',
    id: 'another-program',
    unless: ofCluster,
    text: toItsEnd(pattern(javaOrPython, /|/, servers, /|/, others)),
    why: 'no component of Kubernetes writes in this form: a program in a container tells of its own trouble',
    todo: 'read the lines around it with whoever runs that program; kubectl logs --previous has the run before',
  },
  {
    kind: 'not-ours',
    id: 'another-program',
    unless: ofCluster,
    text: toItsEnd(byName),
    why: 'the program that says so is no part of Kubernetes, and it could not do something with its own things',
    todo: 'look at its own settings and manual; kubectl describe the object that it names',
  },
];
