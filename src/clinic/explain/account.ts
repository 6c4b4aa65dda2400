/** What a text says in the end: who failed, whom it spoke to, and how it went. Cases declare parts of it. */

export const components = {
  'api-server': 'the API server',
  'controller-manager': 'the controller manager',
  scheduler: 'the scheduler',
  kubelet: 'the kubelet',
  'kube-proxy': 'kube-proxy',
  etcd: 'etcd',
  runtime: 'the container runtime',
  dns: 'the cluster’s DNS',
  cni: 'the pod network’s plugin',
  routing: 'the BGP daemon (BIRD, FRR)',
  datastore: 'the data store of the API (dqlite, kine)',
  'load-balancer': 'the load balancer',
  keepalived: 'keepalived',
  kubectl: 'kubectl',
  kubeadm: 'kubeadm',
  kernel: 'the kernel',
  'package-manager': 'the package manager',
  storage: 'the storage driver',
  autoscaler: 'the autoscaler',
  distribution: 'the cluster’s own program (k3s and the like)',
  pod: 'a pod',
  host: 'a host',
} as const;

/** What was being done when it failed. */
export const activities = {
  bootstrap: 'asking for its first certificate',
  join: 'joining the cluster',
  register: 'registering the node',
  logs: 'fetching logs or a shell from a kubelet',
  scrape: 'fetching metrics',
  pull: 'pulling an image',
  sandbox: 'making the sandbox of a pod',
  lease: 'renewing a lease',
  probe: 'checking health',
  signal: 'sending a signal to a container',
  mount: 'mounting a volume',
  unpack: 'unpacking an image',
  tidy: 'taking something away',
} as const;

export const targets = {
  etcd: 'etcd',
  'etcd-peer': 'an etcd member',
  'api-server': 'the API server',
  kubelet: 'a kubelet',
  'kubernetes-service': 'the API by its Service address',
  webhook: 'an admission webhook',
  'aggregated-api': 'an aggregated API',
  dns: 'a DNS server',
  runtime: 'the container runtime',
  registry: 'an image registry',
  'data-service': 'a data base, queue or cache of a program',
  'outside-host': 'a server outside of the cluster',
  overlay: 'the overlay network’s port',
  bgp: 'a BGP neighbour',
  service: 'a Service of the cluster',
  pod: 'a pod',
  node: 'a node',
  internet: 'the world outside of the cluster',
  file: 'a file',
  'kernel-file': 'a file of the kernel',
  volume: 'a volume',
  iscsi: 'an iSCSI target',
  'storage-driver': 'a storage driver',
  object: 'an object of the API',
  'own-port': 'a port to listen on',
  process: 'a process',
  'past-container': 'a container, or what one has left',
  rootfs: 'the root file system of a container (an overlay)',
  credential: 'a token or password',
  program: 'a program on the host',
  'image-store': 'the runtime’s store of images',
  address: 'a server',
} as const;

export const outcomes = {
  refused: 'connection refused',
  'timed-out': 'no answer in time',
  'no-route': 'no route to the host',
  'not-trusted': 'a certificate that is not trusted',
  'name-missing': 'a certificate without the name that was asked for',
  'not-yet-valid': 'a certificate that is not valid yet',
  expired: 'a certificate or token that has expired',
  forbidden: 'known, and not allowed',
  unauthorized: 'a credential that is not accepted',
  'not-executable': 'a file that may not be executed',
  'not-readable': 'permission denied',
  'not-found': 'not there',
  'name-unknown': 'a name that no DNS server knows',
  'no-resolver': 'this host asks itself for names, and no DNS server answers there',
  full: 'no room left',
  limit: 'a limit reached',
  'in-use': 'the address is taken',
  busy: 'somebody else holds it (busy)',
  damaged: 'what is stored there is damaged, or gone in part',
  'read-only': 'it may only be read (mounted read-only)',
  'no-program': 'this program or helper is not installed there',
  'no-processes': 'no further process or thread can be started, their number is limited',
  'kernel-lacks': 'the kernel runs without this feature',
  'clock-apart': 'the clock is not in step with the others',
  mismatch: 'both sides do not have the same',
  'not-running': 'it does not run',
  'not-mounted': 'it is not mounted',
  'too-small': 'there is less of it than is needed',
  'too-large': 'what was sent is larger than the other side takes',
  finalizer: 'a finalizer keeps it until its controller has done its part',
  restarts: 'the program ends again and again, and this line does not say why',
  'not-valid': 'a value that is not valid',
  unsupported: 'it is not supported, or not switched on',
  'already-there': 'it is there already',
  'not-here': 'the address is not one of this host',
  reset: 'the connection was cut',
  dropped: 'the packet was dropped',
  martian: 'the packet came by a link that does not lead to its sender',
  unavailable: 'the service is not available',
  gateway: 'an HTTP proxy or a load balancer in between answered instead',
  'half-gone': 'some of the servers are gone, and clients are still sent to them',
  'wrong-protocol': 'one end speaks TLS, and the other does not',
  'bad-pem': 'a certificate or key that cannot be read',
  'bad-format': 'what was read cannot be parsed',
  'unknown-word': 'a flag or feature gate that this version does not know',
  'api-gone': 'a kind of API object that this server does not have',
  'repository-gone': 'the package repository is not there any more',
  'not-tolerated': 'a taint of the nodes that the pod does not tolerate',
  'out-of-order': 'a node that is not fit for pods, as its own taint says',
  'address-twice': 'one address for two',
  'no-address': 'an address of this IP family is missing',
  'not-established': 'the session is not established',
  garbled: 'packets with a wrong checksum, which the receiver throws away',
  'taken-over': 'a network manager of the host has taken this link for itself',
  'left-over': 'something of an earlier set-up is still there',
  'no-memory': 'the whole host has run out of memory',
  'memory-limit': 'the memory that its cgroup may use is used up, the host may have more',
  'memory-gone': 'its own limit is used up, or the whole host’s memory',
  crashed: 'the program was ended by a signal of the processor or the kernel',
  'not-yet': 'what was waited for has not come about in the time that was given',
  failed: 'it failed, and this line does not say how',
} as const;

export type Component = keyof typeof components;
export type Activity = keyof typeof activities;
export type Target = keyof typeof targets;
export type How = keyof typeof outcomes;

export interface Account {
  readonly who?: Component;
  readonly doing?: Activity;
  readonly whom?: Target;
  /** Address and port, host name or path, as the text has it. */
  readonly at?: string;
  readonly how: How;
  /** Where it is not said how: the innermost words of the line. */
  readonly words?: string;
}

/** What a case declares: a record without the place, which differs everywhere. */
export type About = Omit<Account, 'at' | 'words'>;
