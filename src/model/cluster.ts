/** What the owner wrote, checked, with every default filled in: the one input of the blueprint. */
export type Role = 'etcd' | 'controlPlane' | 'worker' | 'loadBalancer';
export type Effect = 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: Effect;
}

export interface SshAccess {
  /** What ssh is asked for, if not the host's `address`: an address, a name, an alias of ~/.ssh/config. */
  readonly address?: string;
  /** Absent: what ~/.ssh/config says, else root. */
  readonly user?: string;
  /** Absent: what ~/.ssh/config says, else 22. */
  readonly port?: number;
  /** Path of a private key on the control machine; absent: what ~/.ssh/config says, the agent and the default keys. */
  readonly key?: string;
  /** `user@host:port` of a jump host, several with commas; absent: what ~/.ssh/config says. */
  readonly jump?: string;
  /** `ssh-ed25519 AAAA…` as in known_hosts; absent: the control machine's known_hosts decides. */
  readonly hostKey?: string;
}

export interface Host {
  readonly name: string;
  /** IPv4 address by which the hosts know each other (InternalIP). */
  readonly address: string;
  /** Address or name by which the world knows it; goes into SANs. */
  readonly externalAddress?: string;
  readonly roles: readonly Role[];
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly ssh: SshAccess;
}

/**
 * How clients find a living API server.
 * direct: one control plane, its own address. local: a haproxy on every host, on loopback.
 * virtual-address: haproxy + keepalived on the loadBalancer hosts (or the control planes). external: the owner's.
 */
export type Balance = 'direct' | 'local' | 'virtual-address' | 'external';

export interface Served {
  readonly address: string;
  readonly port: number;
  readonly balance: Balance;
  /** VRRP virtual router id, 1 to 255; unique in the network segment. Absent: any that is free. */
  readonly virtualRouterId?: number;
}

export interface Endpoint extends Served {
  readonly virtualRouterId: number;
  /** Served as well, for clients that were told of them; nothing of the cluster asks there. Absent: none. */
  readonly also?: readonly Served[];
}

export type NetworkProvider = 'vxlan' | 'routes' | 'none';

export interface Network {
  readonly pods: string;
  readonly services: string;
  /** Prefix length of one host's share of `pods`. */
  readonly hostPrefix: number;
  readonly domain: string;
  readonly provider: NetworkProvider;
  readonly vxlan: { readonly id: number; readonly port: number };
  /** Bytes; absent: the underlay's less the overlay's overhead. */
  readonly mtu?: number;
}

export type KeyAlgorithm = 'ecdsa-p256' | 'rsa-2048' | 'rsa-4096';

export interface PkiSpec {
  readonly algorithm: KeyAlgorithm;
  readonly caDays: number;
  readonly leafDays: number;
  readonly sans: readonly string[];
  /** Paths on the control machine of the owner's own CA (certificate may be a chain: intermediate first, root last). */
  readonly ca?: { readonly cert: string; readonly key: string };
}

export type ArtifactSource = 'auto' | 'release' | 'mirror' | 'go' | 'debian';

export interface Component {
  readonly extraArgs: Readonly<Record<string, string>>;
}
export interface ConfiguredComponent extends Component {
  readonly config: Readonly<Record<string, unknown>>;
}

export interface Components {
  readonly etcd: Component;
  readonly apiserver: Component;
  readonly controllerManager: Component;
  readonly scheduler: Component;
  /** `config` is merged into KubeletConfiguration. */
  readonly kubelet: ConfiguredComponent;
  /** `config` is merged into KubeProxyConfiguration. */
  readonly proxy: ConfiguredComponent;
  /** `config` is merged into containerd's config.toml, as nested tables. */
  readonly containerd: { readonly config: Readonly<Record<string, unknown>> };
}

export interface RuntimeSpec {
  readonly name: 'containerd';
  /** Of containerd, without a leading v; absent: what the source brings. */
  readonly version?: string;
  /** Likewise of runc. */
  readonly runc?: string;
}

/** Whose clusters a cluster file can be drawn of. */
export const builders = ['kubeadm', 'kubespray', 'kubekey', 'rke1'] as const;
export type Builder = (typeof builders)[number];

/** Of a file that was drawn from a cluster of somebody else's: kw looks at it, and changes nothing of it. */
export interface Adopted {
  readonly from: Builder;
  /** SHA-256 of its CA, lower-case hex: its hosts are known by it. */
  readonly ca: string;
}

export interface ClusterSpec {
  readonly name: string;
  /** Exact version without a leading v: `1.20.2`. */
  readonly kubernetes: string;
  readonly hosts: readonly Host[];
  readonly endpoint: Endpoint;
  readonly network: Network;
  readonly runtime: RuntimeSpec;
  readonly artifacts: { readonly source: ArtifactSource; readonly mirror?: string; readonly mirrorDigest?: string };
  readonly pki: PkiSpec;
  readonly components: Components;
  readonly addons: { readonly dns: boolean; readonly metricsServer: boolean };
  /** Absent: Kubewizard's own. */
  readonly adopted?: Adopted;
}

/** Asked for every host: searched anew each time, a plan would cost hosts times hosts. */
export const withRole = (spec: ClusterSpec, role: Role): readonly Host[] => {
  const known = byRole.get(spec) ?? new Map<Role, readonly Host[]>();
  byRole.set(spec, known);
  const found = known.get(role) ?? spec.hosts.filter(host => host.roles.includes(role));
  known.set(role, found);
  return found;
};

const byRole = new WeakMap<ClusterSpec, Map<Role, readonly Host[]>>();

/** All endpoints that the file has served, the one that the cluster itself uses first. */
export const servedOf = ({ endpoint }: Pick<ClusterSpec, 'endpoint'>): readonly Served[] => [
  endpoint,
  ...(endpoint.also ?? []),
];

/** Hosts that run a kubelet: control planes (tainted) and workers. */
export const nodes = (spec: ClusterSpec): readonly Host[] =>
  spec.hosts.filter(host => host.roles.includes('controlPlane') || host.roles.includes('worker'));
