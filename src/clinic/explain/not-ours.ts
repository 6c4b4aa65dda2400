/** Troubles that somebody else than the cluster’s keeper must solve. */
import type { Known } from './known.js';
import { pattern } from '../../model/pattern.js';

export const notOurs: readonly Known[] = [
  {
    kind: 'not-ours',
    id: 'architecture',
    text: /exec format error|no matching manifest for \w+\/\w+/im,
    why: 'the image is for another processor architecture than the host',
    todo: 'take an image for the host’s architecture (docker manifest inspect IMAGE)',
  },
  {
    kind: 'not-ours',
    id: 'carriage-returns',
    text: pattern(
      /\$'\\r': command not found|\/bin\/(ba)?sh\^M|bad interpreter.{0,20}\^M|env: ['‘]?\S+\\r/im,
      /|Illegal option -\r|\\r: (command )?not found/im,
    ),
    why: 'the script has Windows line ends',
    todo: 'dos2unix the script or ConfigMap, and git config core.autocrlf',
  },
  {
    kind: 'not-ours',
    id: 'registry-limit',
    text: pattern(
      /toomanyrequests|pull rate limit|(docker|registry|pull).{0,120}429 Too Many Requests/im,
      /|429 Too Many Requests.{0,80}(registry|docker|manifests)/im,
    ),
    why: 'the registry limits how often an address may pull',
    todo: 'log in to the registry (imagePullSecrets) or use a mirror',
  },
  {
    kind: 'not-ours',
    id: 'cloud-iam',
    text: pattern(
      /Required ["'][\w.]+["'] permission|UnauthorizedOperation|is not authorized to perform this operation/im,
      /|is not authorized to perform:? \w+:\w+|AuthorizationFailed|AccessDenied(Exception)?\b/im,
      /|does not have authorization to perform action/im,
    ),
    why: 'the cloud’s own access rights refuse it, not the cluster’s',
    todo: 'give the cloud account the right that the line names',
  },
  {
    kind: 'not-ours',
    id: 'cloud-quota',
    text: pattern(
      /Quota '[\w-]+' exceeded|QuotaExceeded|LimitExceeded(Exception)?\b|RequestLimitExceeded/im,
      /|InsufficientInstanceCapacity/im,
    ),
    why: 'the cloud gives this account no more of it, or not so fast',
    todo: 'ask the cloud for a higher quota, or use less',
  },
  {
    kind: 'not-ours',
    id: 'image-name',
    text: /(manifest unknown|manifest for \S+ not found|repository does not exist|pull access denied|invalid reference format|InvalidImageName|failed to pull( and unpack)? image .{0,200}: not found|ErrImagePull.{0,60}unauthorized|unauthorized: authentication required)/im,
    why: 'there is no such image, or it is private',
    todo: 'check name and tag, and imagePullSecrets for private images',
  },
  {
    kind: 'not-ours',
    id: 'own-memory-limit',
    but: /CONSTRAINT_NONE|global_oom/,
    text: /Memory cgroup out of memory|CONSTRAINT_MEMCG|OOMKilled/im,
    why: 'a container used more memory than its own limit',
    todo: 'raise its limit, or find what it keeps in memory',
  },
  {
    kind: 'not-ours',
    id: 'runasnonroot',
    text: /runAsNonRoot and image (has non-numeric user|will run as root)/im,
    why: 'the pod asks for a user other than root, and the image names none by number',
    todo: 'set runAsUser, or USER with a number in the image',
  },
  {
    kind: 'not-ours',
    id: 'registry-down',
    text: /https?:\/\/[\w.-]{1,200}\/v2\/\S{0,300}:? .{0,20}\b50\d\b/im,
    why: 'the image registry answered that it has a trouble of its own',
    todo: 'wait, look at the registry’s status page, or use a mirror',
  },
  {
    kind: 'not-ours',
    id: 'command-missing',
    text: pattern(
      /exec: "[^"]+": (executable file not found in \$PATH|stat \S+: no such file)/im,
      /|exec user process caused:? "?no such file/im,
    ),
    why: 'the image has no such program, or lacks the interpreter or loader that the program names',
    todo: 'look at command and args of the pod against the image',
  },
  {
    kind: 'not-ours',
    id: 'pod-reference',
    text: pattern(
      /couldn't find key \S+ in (Secret|ConfigMap)/im,
      /|(secret|configmap) "(?!extension-apiserver|cluster-info|kube-)[\w.-]+" not found/im,
    ),
    why: 'the pod asks for a Secret or ConfigMap, or a key of it, that nobody has made',
    todo: 'create it in the pod’s namespace, or correct the name in the pod',
  },
  {
    kind: 'not-ours',
    id: 'capacity',
    text: pattern(
      /\b\d+ Insufficient (cpu|memory|ephemeral-storage|nvidia\S*)|exceeded quota: /im,
      /|didn't match (Pod's |node |pod )?(node )?(affinity|selector)/im,
    ),
    why: 'the pod asks for more or for other nodes than there are, or for more than its namespace may use',
    todo: 'ask for less, add or label nodes, or raise the quota: kubectl describe node, kubectl describe quota',
  },
  {
    kind: 'not-ours',
    id: 'pod-security',
    text: /violates PodSecurity "/im,
    why: 'the namespace allows no such pod, as it was told to',
    todo: 'change what the line names in the pod, or the label of the namespace if the pod must be so',
  },
  {
    kind: 'not-ours',
    id: 'manifest-invalid',
    text: pattern(
      /error validating data: |strict decoding error: unknown field|error converting YAML to JSON/im,
      /|unknown field "[\w.]+" in io\.k8s/im,
    ),
    why: 'the manifest is not as its kind wants it',
    todo: 'correct the field or line that is named: kubectl explain KIND',
  },
  {
    kind: 'not-ours',
    id: 'foreign-tls-client',
    but: /haproxy|nginx|keepalived/i,
    text: /error:[0-9A-F]{8}:(PEM|x509|SSL) routines|CERTIFICATE_VERIFY_FAILED|PKIX path building failed/im,
    why:
      'OpenSSL or Java say this, and no component of Kubernetes uses them: a program’s own client read a file ' +
      'wrongly',
    todo: 'look at what that program was given: CA data in a kubeconfig is base64, and libraries want it decoded',
  },
  {
    kind: 'not-ours',
    id: 'application',
    // Their panics and traces are illnesses of the cluster.
    but: /etcd|raft|tocommit|kube-?(apiserver|proxy|let|scheduler|controller)|k8s\.io\/kubernetes|coredns/i,
    text: pattern(
      /^\s*(Traceback \(most recent call last\)|panic: .*|goroutine \d+ \[|\s*at [\w.$]+\([\w]+\.java:\d+\)|Caused by: [\w.]+|Exception in thread "|npm ERR!|Error: Cannot find module)/im,
      /|\.[A-Z]\w{1,60}(Exception|Error): /im,
      /|^\s*(Type|Reference|Syntax|Range|Value|Key|Attribute|Import|Name|Runtime)Error: /im,
      /|password authentication failed for user|Access denied for user '|ModuleNotFoundError/im,
      /|NullPointerException/im,
    ),
    why: 'the program in the container failed by itself',
    todo: 'read the lines around it with whoever wrote the program',
  },
];
