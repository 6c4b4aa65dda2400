import type { KeyAlgorithm, NetworkProvider } from './cluster.js';
import type { AuthorityMarks } from './rotated-authorities.js';
import type { HostKeys } from './rotation.js';

/**
 * What Kubewizard's own files on a host say of the cluster that it was built for; what they do not say, or say in a way
 * that makes no sense, is absent, and judges nothing.
 */
export interface Built {
  /** The cluster's name: etcd's `--initial-cluster-token`. */
  readonly cluster?: string;
  /** Of the node, or of etcd's member. */
  readonly name?: string;
  readonly pods?: string;
  readonly services?: string;
  readonly domain?: string;
  readonly provider?: NetworkProvider;
  /** Components whose units are there, of those that make a role. */
  readonly runs: readonly ('apiserver' | 'kubelet')[];
  /** Parts of the load balancer whose units are there; absent: none. */
  readonly balances?: readonly BalancerPart[];
  /** Where its load balancer listens, `127.0.0.1:8443` or `*:8443`; absent: nowhere. */
  readonly binds?: readonly string[];
  /** Addresses that its keepalived may hold; absent: none. */
  readonly carries?: readonly Carried[];
  /** Parts of it that run with their file as it was before; absent: none. */
  readonly behind?: readonly BalancerPart[];
  /** Where its kubelet, its kube-proxy and its administrator ask the API, `10.0.0.10:8443`; absent: nowhere. */
  readonly asks?: readonly string[];
  /** A CA that Kubewizard made. */
  readonly ca?: { readonly algorithm: KeyAlgorithm; readonly days: number };
  /** Of control planes alone: all nodes that this host has routes to, itself among them. */
  readonly peers: readonly Peer[];
  /** Of control planes alone: hosts that left the cluster and are not known to be reset; absent: none. */
  readonly left?: readonly Left[];
}

export type BalancerPart = 'haproxy' | 'keepalived';

/** A virtual address as the hosts know it between themselves. */
export interface Carried {
  readonly address: string;
  /** VRRP virtual router id. */
  readonly id: number;
  /** What keepalived calls it: by this name it knows it again when it reads its file anew. */
  readonly instance: string;
}

export interface Peer {
  readonly name: string;
  readonly address: string;
  /** `10.244.3.0/24`. */
  readonly podCidr: string;
}

export interface Left extends Peer {
  /** When it left, in seconds since 1970, by the clock of the control plane that wrote it down. */
  readonly since: number;
}

/**
 * What control planes remember of all nodes, those that nobody sees now among them; the first that tells is believed.
 */
export const peersByAddress = (facts: ReadonlyMap<string, Pick<HostFacts, 'built'>>): ReadonlyMap<string, Peer> => {
  const peers = new Map<string, Peer>();
  for (const { built } of facts.values())
    for (const peer of built?.peers ?? []) if (!peers.has(peer.address)) peers.set(peer.address, peer);
  return peers;
};

/**
 * `member`: the mark of an etcd member that has joined. `node`: the credential that a kubelet keeps; none is started
 * before etcd has answered.
 */
export type Lived = 'member' | 'node';

/** What the blueprint needs to know of a host before it can say what is wanted there. Filled by `facts/host.ts`. */
export interface HostFacts {
  readonly hostname: string;
  readonly os: { readonly id: string; readonly version: string };
  readonly arch: 'amd64' | 'arm64' | string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly cgroup: 'v1' | 'v2' | 'hybrid';
  /** Interface that carries the host's address, and its MTU. */
  readonly interface: { readonly name: string; readonly mtu: number };
  /** Absolute paths; empty: not installed. */
  readonly cniBin: string;
  readonly containerd: string;
  /** `1.6.20`; empty: not installed. */
  readonly containerdVersion: string;
  /** False in a container whose sysctl net.netfilter.nf_conntrack_max is not its own. */
  readonly conntrackWritable: boolean;
  /** False where runc may not lower oom_score_adj (no CAP_SYS_RESOURCE). */
  readonly oomScoreAdjustable: boolean;
  /** Kernel settings that can be set here, by name, with the value that they have. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** The file kubelets shall hand to pods: not one that names a loopback resolver. */
  readonly resolvConf: string;
  /** Whether that file names a server: a DNS server that is told to forward to nobody does not start. */
  readonly hasResolver: boolean;
  /** The pod network this host already has (`10.244.2.0/24`), from its CNI configuration; empty: none yet. */
  readonly podCidr: string;
  /** A first build has no quorum to lose. */
  readonly etcdDataExists: boolean;
  /**
   * etcd's members as this one recorded them beside its mark, else as in `etcdInitial`,
   * `kw-1=https://10.0.0.11:2380,…`; empty: no data, or nothing of ours beside them.
   */
  readonly etcdMembers: string;
  /** `--initial-cluster` of the unit beside these data, which is read at a member's first start alone. */
  readonly etcdInitial?: string;
  /** Kubewizard has begun to set a member of etcd up here; the first of its files says so. */
  readonly etcdOurs?: true;
  /** What is there only once the cluster's etcd has answered; absent: nothing such. */
  readonly lived?: readonly Lived[];
  /** Controller manager and scheduler are held from starting here, until nodes are back; absent: they are not. */
  readonly controllersHeld?: true;
  /** Absent: nothing of Kubewizard's is there. */
  readonly built?: Built;
  /** Of control planes: the keys that its files name; absent: it has none. */
  readonly keys?: HostKeys;
  /** Of control planes: what they trust of each CA, and the marks of its exchange; absent: it has no key of a CA. */
  readonly authorities?: AuthorityMarks;
}
