/** Images: what the registry, the image itself or the memory that its pod may use says. */
import { pattern } from '../../../model/pattern.js';
import type { How } from '../account.js';
import type { Known } from './known.js';

/** What the control plane and the nodes live of: a limit that ends these is an illness. */
const ours = pattern(
  /\b(?:task=|[Kk]ill(?:ed)? process \d+(?:, UID \d+,)? \()/,
  /(?:etcd|kube-?\w|kubelet|containerd|dockerd|crio|coredns|calico|cilium|flannel|felix|bird|k3s|rke2|konnectivity)/,
  /|\b(?:etcd|kube-apiserver|kube-controller-manager|kube-scheduler|kube-proxy|coredns|calico-|cilium|kube-flannel)/,
  /[^\n]{0,200}\bOOMKilled|CONSTRAINT_NONE|global_oom/,
);
/** The sandbox's own image is the cluster's. */
const sandbox = /failed (?:to get sandbox|pulling) image "[^"]*pause/;
const tlsOf: readonly How[] = ['not-trusted', 'name-missing', 'expired', 'wrong-protocol'];

export const images: readonly Known[] = [
  {
    kind: 'not-ours',
    id: 'architecture',
    text: pattern(
      /exec format error|qemu: uncaught target signal/im,
      /|no matching manifest for \w+\/\w+|image's .{0,40}platform .{0,60}does not match/im,
    ),
    // The kernel says so of its modules, and of what the host itself runs.
    but: pattern(
      /could not insert|insmod|\/cni\/[\w./-]{1,200}["']?: exec format/,
      /|\/(?:runc|kubelet|containerd\S{0,40})["']?: exec format/,
    ),
    why: 'the image is for another processor architecture than the host',
    todo: 'take an image for the host’s architecture (docker manifest inspect IMAGE)',
  },
  {
    kind: 'not-ours',
    id: 'carriage-returns',
    text: pattern(
      /\$'\\r': command not found|\/bin\/(?:ba|da)?sh(?:\^M|\\r|\r)|bad interpreter.{0,20}\^M|env: ['‘]?\S+\\r/im,
      /|Illegal option -(?:\r|\s*$)|\\r: (?:command )?not found/im,
      // The terminal goes back to the beginning of the line, and the end of it covers its own start.
      /|^(?:: not found|': No such file)|^: No such file or directory\b|can't execute '\w+\s*$/im,
    ),
    why: 'the script has Windows line ends',
    todo: 'dos2unix the script or ConfigMap, and git config core.autocrlf',
  },
  {
    kind: 'not-ours',
    id: 'registry-limit',
    text: pattern(
      /toomanyrequests|pull rate limit|(?:docker|registry|pull).{0,120}429 Too Many Requests/im,
      /|429 Too Many Requests.{0,80}(?:registry|docker|manifests)/im,
    ),
    says: ({ whom, how }) => whom === 'registry' && how === 'limit',
    but: sandbox,
    why: 'the registry limits how often an address may pull',
    todo: 'log in to the registry (imagePullSecrets) or use a mirror',
  },
  {
    kind: 'not-ours',
    id: 'image-name',
    text: pattern(
      /manifest unknown|manifest for \S+ not found|repository does not exist|pull access denied/im,
      /|invalid reference format|InvalidImageName/im,
      /|failed to (?:pull(?: and unpack)? image|resolve reference) .{0,200}: not found/im,
      /|ErrImagePull.{0,60}unauthorized|unauthorized: authentication required|no basic auth credentials/im,
      /|^(?:ERROR: )?denied: |failed to authorize: failed to fetch (?:oauth|anonymous) token/im,
      /|insufficient_?\s?scopes?|manifest_unknown|ErrImageNeverPull|not present with pull policy of Never/im,
      /|(?:invalid|unsupported|unknown) media ?type/im,
      /|manifest (?:schema|list)\b.{0,60}(?:unsupported|not supported|no longer)/im,
      /|waiting to start: (?:trying and failing to pull image|image can't be pulled)/im,
      /|\bname unknown\b|requested access to the resource is denied/im,
      /|(?:\/v2\/|pull(?:ing)? image|ErrImagePull).{0,300}(?:\bdenied\b|40[13] (?:Forbidden|Unauthorized))/im,
    ),
    says: ({ whom, how }) =>
      whom === 'registry' && (how === 'unauthorized' || how === 'forbidden' || how === 'not-found'),
    but: sandbox,
    why: 'there is no such image, or it is private',
    todo: 'check name and tag, and imagePullSecrets for private images',
  },
  {
    kind: 'not-ours',
    id: 'registry-tls',
    says: ({ whom, how }) => whom === 'registry' && tlsOf.includes(how),
    but: sandbox,
    why: 'the registry speaks plain HTTP, or shows a certificate that the runtime does not trust',
    todo: 'tell the runtime of it on each host: /etc/containerd/certs.d/REGISTRY/hosts.toml with its CA, or its scheme',
  },
  {
    kind: 'not-ours',
    id: 'registry-down',
    text: /https?:\/\/[\w.-]{1,200}\/v2\/\S{0,300}:? .{0,20}\b50\d\b/im,
    says: ({ whom, how }) => whom === 'registry' && (how === 'gateway' || how === 'unavailable'),
    but: sandbox,
    why: 'the image registry answered that it has a trouble of its own',
    todo: 'wait, look at the registry’s status page, or use a mirror',
  },
  {
    kind: 'not-ours',
    id: 'command-missing',
    // What the kubelet, the runtime and the storage drivers call on the host.
    but: /exec: "[^"]{0,80}(?:iscsi|mount\.|conntrack|tables|ipset|ipvsadm|socat|ethtool|nsenter|modprobe)/,
    text: pattern(
      /\b(?:ba|da|a)?sh: (?:line )?(?:\d+: )?/im,
      /(?!(?:ip\w*|nft|conntrack|iscsi\w*|mount\S*|modprobe|systemctl|ethtool|socat|crictl|kube\w+|tc)\b)/,
      /(?!(?:sysctl|containerd|docker|runc|apt|apt-get|yum|dnf)\b)\S{1,200}: (?:command )?not found/,
      /|exec: "(?![^"]*(?:runc|shim|\/cni\/))[^"]+": (?:executable file not found in \$PATH|stat \S+: no such file)/im,
      /|exec user process caused:? "?(?:no such file|permission denied)/im,
      /|(?<!fork\/)\bexec(?: container process(?: \([^)]{0,80}\))?)? [`'"]?\/\S+?[`'"]?(?: failed)?: /im,
      /(?:no such file|permission denied)/,
      /|exec: "(?![^"]*(?:runc|shim|\/cni\/))\/[^"]+": permission denied/im,
      /|^(?:\/bin\/)?(?:ba|da)?sh: (?:line )?(?:\d+: )?\.?\/\S{1,200}: Permission denied/im,
    ),
    why: 'the image has no such program, it may not be executed, or it lacks the interpreter or loader that it names',
    todo: 'look at command and args of the pod against the image; line ends and mode of a script (chmod +x)',
  },
  {
    kind: 'not-ours',
    id: 'container-start',
    // What the runtime is asked to do inside of the container before its program runs.
    but: /pause|sandbox|\/(?:proc|sys)\/|cgroup/i,
    text: pattern(
      /chdir to cwd \(.{1,200}\) set in config\.json failed|(?:set|mkdir) (?:cwd|working directory) .{0,120}failed/im,
      /|unable to find (?:user|group) \S{1,80}: no matching entries|no matching entries in (?:passwd|group) file/im,
      /|container init.{0,200}: mkdir \S{1,300}: (?:not a directory|permission denied|read-only file system)/im,
      /|failed to prepare subPath for volumeMount|failed to create subPath directory for volumeMount/im,
      /|can'?t get final child's PID from pipe: .{0,40}setup user|setup user: (?:invalid argument|no such)/im,
    ),
    why: 'the user, the working directory or a mounted file that is asked for does not fit what the image has',
    todo: 'look at runAsUser, workingDir and subPath of the pod against the image: USER, WORKDIR, its files',
  },
  {
    kind: 'not-ours',
    id: 'own-memory-limit',
    but: ours,
    text: pattern(
      /Memory cgroup out of memory|CONSTRAINT_MEMCG|OOMKilled|mem_cgroup_o(?:ut_o)?om/im,
      /|killed as a result of limit of \/\S+\/\S/im,
    ),
    why: 'a container used more memory than its own limit',
    todo: 'raise its limit, or find what it keeps in memory',
  },
  {
    kind: 'not-ours',
    id: 'own-storage-limit',
    text: pattern(
      /exceed(?:s|ed) (?:its|the) (?:local ephemeral storage )?limit|(?:ephemeral|local|storage) usage exceeds/im,
      /|Usage of EmptyDir volume .{1,80} exceeds/im,
    ),
    why: 'a pod wrote more to the disk than its own limit',
    todo: 'raise its limit of ephemeral-storage, or find what it writes',
  },
];
