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
}

/** What a host has to measure with. */
export interface EndsSeen {
  readonly pods: readonly PodEnd[];
  /** Of `bash`, `nsenter`, `timeout`, `perl`, `python3`, `ip`, `tcpdump`. */
  readonly tools: readonly string[];
}

/** `udp` and `large` go to a port that nobody serves: the kernel's refusal is the answer, so no listener is needed. */
export type ProbeKind = 'tcp' | 'udp' | 'large' | 'name';

export interface Probe {
  readonly from: { readonly host: string; readonly pod?: PodEnd };
  readonly to: {
    /** The host where the packet must arrive; absent: a Service, which may lead to any. */
    readonly host?: string;
    readonly pod?: PodEnd;
    readonly what: 'pod' | 'api' | 'service' | 'dns';
    readonly address: string;
  };
  readonly kind: ProbeKind;
  readonly port: number;
  /** Bytes of the datagram; TCP and names have none. */
  readonly size?: number;
  /** The name that is asked for. */
  readonly name?: string;
}

export type Outcome =
  | 'open'
  | 'refused'
  | 'timeout'
  | 'no-route'
  | 'too-large'
  | 'not-permitted'
  /** A DNS server answered, and not with an address. */
  | 'no-name'
  /** The probe itself did not run: nothing is known. */
  | 'not-run';

export interface ProbeSeen extends Probe {
  readonly outcome: Outcome;
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
  /** Datagrams that the target's own kernel took; absent: not counted. */
  readonly arrived?: number;
  readonly risen: readonly Risen[];
  /** Rules that drop and have no counter, on the hosts of the edge. */
  readonly silent: readonly { readonly host: string; readonly rule: string }[];
}

export interface TrafficSeen {
  /** `--read-only`: nothing was sent. */
  readonly off?: true;
  /** ISO 8601. */
  readonly at: string;
  readonly seconds: number;
  readonly probes: readonly ProbeSeen[];
  readonly traces: readonly Trace[];
  /** Hosts whose part of the data path was not measured, and why. */
  readonly unmeasured: readonly { readonly host: string; readonly why: string; readonly cannot: boolean }[];
}
