/** Packets that were sent through the cluster's data path, and what came of them. */

/** A pod's end of the data path: its network namespace, entered read-only from its host. */
export interface PodEnd {
  /** A process in it, and the inode of the namespace, by which a reused number is noticed. */
  readonly pid: number;
  readonly netns: number;
  /** IPv4. */
  readonly address: string;
  /** Bytes of its link. */
  readonly mtu: number;
  readonly link: string;
  /** Index of the other end of its link on the host; absent: it has none there. */
  readonly peer?: number;
  /** Datagrams and connects to ports that nobody serves, which its kernel has refused so far. */
  readonly refused?: { readonly udp: number; readonly tcp: number };
}

/** What a host has to measure with. */
export interface EndsSeen {
  readonly pods: readonly PodEnd[];
  /** Of `bash`, `nsenter`, `timeout`, `perl`, `python3`, `ip`, `tcpdump`. */
  readonly tools: readonly string[];
}

/**
 * `udp` and `large` go to a port that nobody serves: the kernel's refusal is the answer, so no listener is needed.
 * `connects` and `names` are many at once, and their losses are counted. `exchange` sends more than a packet holds to
 * an API server, which must say at least that it is no request. `outer` asks for a name that is nobody's (RFC 6761):
 * also "no such name" is an answer of whoever is asked beyond the cluster.
 */
export type ProbeKind = 'tcp' | 'udp' | 'large' | 'name' | 'connects' | 'names' | 'exchange' | 'outer';

export interface Probe {
  readonly from: { readonly host: string; readonly pod?: PodEnd };
  readonly to: {
    /** The host where the packet must arrive; absent: a Service, which may lead to any. */
    readonly host?: string;
    readonly pod?: PodEnd;
    readonly what: 'pod' | 'api' | 'service' | 'dns' | 'resolver' | 'upstream';
    /** Of an upstream: the names for which the cluster's DNS asks it. */
    readonly zone?: string;
    readonly address: string;
    /** Of a Service that is not the cluster's own: whether anybody listens there is its owner's affair. */
    readonly of?: 'workload';
  };
  readonly kind: ProbeKind;
  readonly port: number;
  /** Bytes of the datagram; TCP and names have none. */
  readonly size?: number;
  /** The name that is asked for. */
  readonly name?: string;
  /** How many are sent, of the kinds that are counted. */
  readonly many?: number;
}

export type Outcome =
  | 'open'
  | 'refused'
  | 'timeout'
  | 'no-route'
  | 'too-large'
  | 'not-permitted'
  /** Answered, but so often only what was sent again that the way loses packets. */
  | 'lossy'
  /** Refused by somebody on the way: the pod's own kernel never saw it. */
  | 'impostor'
  /** A DNS server answered, and not with an address. */
  | 'no-name'
  /** The probe itself did not run: nothing is known. */
  | 'not-run';

export interface ProbeSeen extends Probe {
  readonly outcome: Outcome;
  /** Of the kinds that are counted. */
  readonly share?: { readonly sent: number; readonly lost: number };
}

/** A link that a packet must pass, and how many of those sent passed it. */
export interface Hop {
  readonly host: string;
  readonly link: string;
  readonly side: 'in' | 'out';
  readonly packets: number;
  /** The pod's own end of its link. */
  readonly inPod?: true;
  /** The link below an overlay: all else that the hosts say to each other passes it too. */
  readonly below?: true;
}

/** A counter that rose while the packets were sent: a rule that drops, a queue, a check of the kernel. */
export interface Risen {
  readonly host: string;
  readonly by: number;
  readonly source: 'rule' | 'queue' | 'kernel' | 'link';
  /** `raw PREROUTING: -A PREROUTING -p udp …`, `netem on eth0`, `IPReversePathFilter`. */
  readonly what: string;
}

/** Many packets along one broken edge, counted at every link. */
export interface Trace {
  readonly probe: Probe;
  readonly sent: number;
  readonly hops: readonly Hop[];
  /** The way back of TCP, counted as well. */
  readonly back: readonly Hop[];
  /** Packets that the target's own kernel took; absent: not counted. */
  readonly arrived?: number;
  readonly risen: readonly Risen[];
  /** Rules that drop and have no counter, on the hosts of the edge. */
  readonly silent: readonly { readonly host: string; readonly rule: string }[];
}

/** What a kubelet reports, as a dry run in its name, and what the API server said of it. */
export interface ReportTried {
  readonly host: string;
  /** `the state of its node`, `its lease`. */
  readonly what: string;
  readonly path: string;
  /** HTTP. */
  readonly status: number;
  readonly message: string;
}

export interface TrafficSeen {
  /** `--read-only`: nothing was sent. */
  readonly off?: true;
  /** ISO 8601. */
  readonly at: string;
  readonly seconds: number;
  readonly probes: readonly ProbeSeen[];
  readonly traces: readonly Trace[];
  /** Absent: nobody tried. */
  readonly reports?: readonly ReportTried[];
  /** Hosts whose part of the data path was not measured, and why. */
  readonly unmeasured: readonly { readonly host: string; readonly why: string; readonly cannot: boolean }[];
}
