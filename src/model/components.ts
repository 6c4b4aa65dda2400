/** Every component of a cluster, one row each: what others know of it (ports, units, files) is derived from here. */
import { type ClusterSpec, type Host, type Role, servedOf, withRole } from './cluster.js';

export interface ListenPort {
  readonly port: number;
  /** What for: `client`, `peer`, `secure`, `health`, `metrics`. */
  readonly use: 'client' | 'peer' | 'secure' | 'health' | 'metrics';
  /** False: on loopback alone. */
  readonly open: boolean;
}

export interface Component {
  /** Name of its program, which is its process', its unit's and its static pod's name too. */
  readonly program: ProgramName;
  /** Hosts that run it have one of these roles. */
  readonly roles: readonly Role[];
  /** Fixed ports, as kubeadm has them (kubernetes.io/docs/reference/networking/ports-and-protocols). */
  readonly ports: readonly ListenPort[];
  /** Without TLS, until Kubernetes 1.23 and only where a flag asks for it. */
  readonly insecurePort?: number;
  /** Where kubeadm has its static pod, by name below /etc/kubernetes/manifests. */
  readonly manifest?: string;
  /** Its kubeconfig. */
  readonly kubeconfig?: string;
  /** Its configuration file. */
  readonly config?: string;
  /** Where it says on its own host whether it is well. */
  readonly health?: { readonly scheme: 'http' | 'https'; readonly port: number; readonly path: string };
}

export const componentNames = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'containerd',
] as const;

export type ProgramName = (typeof componentNames)[number];

/** By the keys of `components` in the cluster file. */
export const componentKeys = {
  etcd: 'etcd',
  apiserver: 'kube-apiserver',
  controllerManager: 'kube-controller-manager',
  scheduler: 'kube-scheduler',
  kubelet: 'kubelet',
  proxy: 'kube-proxy',
} as const;

export type ComponentKey = keyof typeof componentKeys;

const on = (port: number, use: ListenPort['use'], open: boolean): ListenPort => ({ port, use, open });
const everyNode: readonly Role[] = ['controlPlane', 'worker'];

export const components: readonly Component[] = [
  {
    program: 'etcd',
    roles: ['etcd'],
    ports: [on(2379, 'client', true), on(2380, 'peer', true), on(2381, 'metrics', false)],
    manifest: 'etcd.yaml',
    health: { scheme: 'http', port: 2381, path: '/health' },
  },
  {
    program: 'kube-apiserver',
    roles: ['controlPlane'],
    ports: [on(6443, 'secure', true)],
    manifest: 'kube-apiserver.yaml',
    health: { scheme: 'https', port: 6443, path: '/readyz' },
  },
  {
    program: 'kube-controller-manager',
    roles: ['controlPlane'],
    ports: [on(10257, 'secure', false)],
    insecurePort: 10252,
    manifest: 'kube-controller-manager.yaml',
    kubeconfig: '/etc/kubernetes/controller-manager.conf',
    health: { scheme: 'https', port: 10257, path: '/healthz' },
  },
  {
    program: 'kube-scheduler',
    roles: ['controlPlane'],
    ports: [on(10259, 'secure', false)],
    insecurePort: 10251,
    manifest: 'kube-scheduler.yaml',
    kubeconfig: '/etc/kubernetes/scheduler.conf',
    health: { scheme: 'https', port: 10259, path: '/healthz' },
  },
  {
    program: 'kubelet',
    roles: everyNode,
    ports: [on(10250, 'secure', true), on(10248, 'health', false)],
    kubeconfig: '/etc/kubernetes/kubelet.conf',
    config: '/var/lib/kubelet/config.yaml',
    health: { scheme: 'http', port: 10248, path: '/healthz' },
  },
  {
    program: 'kube-proxy',
    roles: everyNode,
    ports: [on(10249, 'metrics', false), on(10256, 'health', true)],
    kubeconfig: '/var/lib/kube-proxy/kubeconfig.conf',
    config: '/var/lib/kube-proxy/config.yaml',
    health: { scheme: 'http', port: 10256, path: '/healthz' },
  },
  { program: 'containerd', roles: everyNode, ports: [], config: '/etc/containerd/config.toml' },
];

export const component = (program: ProgramName): Component => {
  const found = components.find(one => one.program === program);
  if (!found) throw new Error(`no component ${program}`);
  return found;
};

const portOf = (program: ProgramName, use: ListenPort['use']): number =>
  component(program).ports.find(one => one.use === use)?.port ?? 0;

export const apiserverPort = portOf('kube-apiserver', 'secure');
export const etcdClientPort = portOf('etcd', 'client');
export const etcdPeerPort = portOf('etcd', 'peer');
export const kubeletPort = portOf('kubelet', 'secure');

/** Whose port it is, where it is a fixed one that others dial. */
export const listenerAt = (port: number): ProgramName | undefined =>
  components.find(one => one.ports.some(each => each.open && each.port === port))?.program;

/** The port at which the program shows others its certificate. */
export const servingPort = (program: string): number | undefined =>
  components
    .find(one => one.program === program)
    ?.ports.find(({ use, open }) => open && (use === 'secure' || use === 'client'))?.port;

/** The path of its kubeconfig or of its configuration file. */
export const fileOf = (program: ProgramName, which: 'kubeconfig' | 'config'): string => {
  const path = component(program)[which];
  if (path === undefined) throw new Error(`${program} has no ${which}`);
  return path;
};

/** Those that a control plane is made of. */
export const planePrograms: readonly ProgramName[] = components
  .filter(one => one.manifest !== undefined)
  .map(one => one.program);

export const healthOf = (program: ProgramName): NonNullable<Component['health']> => {
  const { health } = component(program);
  if (!health) throw new Error(`${program} has no health address`);
  return health;
};

/** `http://127.0.0.1:10248/healthz`. */
export const healthUrl = (program: ProgramName): string => {
  const { scheme, port, path } = healthOf(program);
  return `${scheme}://127.0.0.1:${port}${path}`;
};

/** The components that a host with these roles runs. */
export const componentsOf = ({ roles }: Pick<Host, 'roles'>): readonly Component[] =>
  components.filter(one => one.roles.some(role => roles.includes(role)));

/** The hosts on which a load balancer of the API listens: all for themselves, or some for everybody. */
export const balancersOf = (spec: ClusterSpec): readonly Host[] =>
  servedOf(spec).some(({ balance }) => balance === 'local') ? spec.hosts : sharedBalancersOf(spec);

/** Those that stand in front of the API for others. */
export const sharedBalancersOf = (spec: ClusterSpec): readonly Host[] => {
  if (!servedOf(spec).some(({ balance }) => balance === 'virtual-address')) return [];
  const dedicated = withRole(spec, 'loadBalancer');
  return dedicated.length > 0 ? dedicated : withRole(spec, 'controlPlane');
};

/** The addresses that load balancers hold for others, the one that the cluster uses first. */
export const virtualAddressesOf = (spec: ClusterSpec): readonly string[] => [
  ...new Set(servedOf(spec).flatMap(({ balance, address }) => (balance === 'virtual-address' ? [address] : []))),
];
