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
  'load-balancer': 'the load balancer',
  keepalived: 'keepalived',
  kubectl: 'kubectl',
  kubeadm: 'kubeadm',
  kernel: 'the kernel',
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
  overlay: 'the overlay network’s port',
  bgp: 'a BGP neighbour',
  file: 'a file',
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
  full: 'no room left',
  limit: 'a limit reached',
  'in-use': 'the address is taken',
  'not-here': 'the address is not one of this host',
  reset: 'the connection was cut',
  dropped: 'the packet was dropped',
  unavailable: 'the service is not available',
  'bad-format': 'what was read cannot be parsed',
} as const;

export type Component = keyof typeof components;
export type Target = keyof typeof targets;
export type How = keyof typeof outcomes;

export interface Account {
  readonly who?: Component;
  readonly whom?: Target;
  /** Address and port, host name or path, as the text has it. */
  readonly at?: string;
  readonly how: How;
}

/** What a case declares: a record without the place, which differs everywhere. */
export type About = Omit<Account, 'at'>;
