import type { Hop, Outcome, ProbeKind, Risen } from '../../../../facts/traffic/seen.js';

/** One packet that did not do what it must, as an example of all. */
export interface EdgeFact {
  readonly from: string;
  /** Of the pod that sent it; absent: the host itself. */
  readonly pod?: string;
  readonly pid?: number;
  readonly to?: string;
  readonly what: 'pod' | 'api' | 'service' | 'dns' | 'resolver' | 'upstream';
  /** Of an upstream: for which names it is asked. */
  readonly zone?: string;
  readonly address: string;
  readonly port: number;
  readonly kind: ProbeKind;
  /** Bytes with all headers. */
  readonly size?: number;
  readonly outcome: Outcome;
  /** Of what was sent many times. */
  readonly share?: { readonly sent: number; readonly lost: number };
}

export interface LostPackets {
  readonly edge: EdgeFact;
  /** Edges of this host that are broken, of those that were measured. */
  readonly broken: number;
  readonly measured: number;
  /** Hosts that it can as well be: packets alone did not tell them apart. */
  readonly others: readonly string[];
  readonly last?: Hop;
  readonly next?: Hop;
  readonly sent?: number;
  readonly onTheWayBack?: true;
  /** What threw packets away meanwhile, and rules that could have and do not count. */
  readonly risen: readonly Risen[];
  readonly silent: readonly string[];
  /** A link on the way that is smaller than the packet. */
  readonly narrow?: { readonly host: string; readonly link: string; readonly mtu: number };
  /** Links of the host whose `forwarding` is off. */
  readonly notForwarding: readonly string[];
  /** Some that are broken, and one that was followed. */
  readonly probes: readonly EdgeFact[];
  readonly followed?: { readonly from: string; readonly sent: number; readonly hops: readonly Hop[] };
}

export type Facts = {
  lost: LostPackets;
  large: LostPackets;
  service: LostPackets;
  part: LostPackets;
};
