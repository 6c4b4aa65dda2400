import type { ArtifactSet } from '../model/artifact.js';
import type { ClusterSpec, Host } from '../model/cluster.js';
import type { Reveal } from '../model/content.js';
import type { AuthorityKey, RotatingAuthorities } from '../model/rotated-authorities.js';
import type { HostFacts, Left, Peer } from '../model/host-facts.js';
import type { Rotation } from '../model/rotation.js';
import type { Address } from '../net/address.js';

/** A host that is gone for good, by the word of a person (`kw replace`): nothing of it may come back. */
export interface Gone {
  readonly name: string;
  /** Where etcd still has a member of it: never the address of a host that the file names. */
  readonly members: readonly Address[];
}

/** What was found at the address of a host that left the file. */
export type Reached =
  /** It carries this cluster, and is reset; `host` has no roles. */
  | { readonly is: 'here'; readonly host: Host; readonly fact: HostFacts }
  /** Nothing of a cluster is on it. */
  | { readonly is: 'empty' }
  /** Another host answers there, or one of another cluster: it is left alone. */
  | { readonly is: 'strange'; readonly carries: string }
  | { readonly is: 'unseen'; readonly why: string };

/** A node of this cluster that the file names no more, and that this run takes out of it. */
export interface Removed extends Peer {
  /** `away`: it is not Ready, so no pod of it would ever end, and nothing is drained. */
  readonly node: 'absent' | 'ready' | 'away';
  readonly reached: Reached;
}

export type AuthorityName = AuthorityKey;

/** `ours` by the label on its objects; `other`: somebody else installed it, and it is never touched. */
export type MetricsOwner = 'ours' | 'other' | 'nobody';

/** All that decides what a cluster shall look like. The same input gives the same resources. */
export interface Input {
  readonly spec: ClusterSpec;
  /** Hosts that could not be asked are missing here, and get no resources. */
  readonly facts: ReadonlyMap<string, HostFacts>;
  /** The cluster's etcd has answered before: a host without its data founds none, it joins. */
  readonly etcdLived?: boolean;
  /** Nodes of the cluster that the file does not name any more: their routes stay. Absent: none. */
  readonly leaving?: readonly Peer[];
  /** Of those the ones that this run takes out of the cluster. Absent: none. */
  readonly removes?: readonly Removed[];
  /** Hosts that left before, and are not known to be reset: their shares stay theirs. Absent: none. */
  readonly left?: readonly Left[];
  /** Hosts that are gone for good: their members of etcd and their Nodes go. Absent: none. */
  readonly gone?: readonly Gone[];
  /** No control plane that has the table of all nodes was seen: it stays as it is, and no share is given. */
  readonly tableUnseen?: boolean;
  /** When the cluster's CA was signed anew lately, ISO 8601: pods of before trust what they have read once. */
  readonly renewed?: string;
  /** Who serves `metrics.k8s.io` in the cluster. Absent: nobody could tell. */
  readonly metrics?: MetricsOwner;
  /** Keys in place of those that a cluster begins with, as its hosts say (`workflow/build/rotation.ts`). */
  readonly rotation?: Rotation | undefined;
  readonly artifacts: ArtifactSet;
  /** Certificates of the CAs that all trust (two of a CA that is being exchanged), PEM. */
  readonly authorities: Readonly<Record<AuthorityName, string>>;
  /** CAs that are being exchanged, or were: who of them signs. Absent: each of them is as it began. */
  readonly rotating?: RotatingAuthorities;
  /** The owner's intermediates that stand behind every leaf of `ca`, PEM; usually ''. */
  readonly chainPem: string;
  /** Only to know the digests of files that hold secrets. */
  readonly reveal: Reveal;
  /** SHA-256 in hex of a text; passed in so that the blueprint touches nothing. */
  readonly sha256: (text: string) => string;
}

/** One host with all that the rooms of the blueprint ask about it. */
export interface HostContext extends Input {
  readonly host: Host;
  readonly fact: HostFacts;
  /** This host's share of the pod network: `10.244.3.0/24`. */
  readonly podCidr: string;
  /**
   * The table of all nodes, the same on every host. Digested once: it grows with their number. Absent while nobody who
   * has it is seen.
   */
  readonly peers?: { readonly text: string; readonly sha256: string };
}
