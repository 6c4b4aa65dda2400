/**
 * What can be exchanged, in phases of which each leaves a cluster that works: [new is trusted] → [new is used] → [old
 * is dropped]. Which phase stands is read from the hosts' files, and whether it is complete is proven on every edge
 * (docs/decisions/0019-a-rotation-is-read-from-the-hosts.md).
 */
import type { Input } from '../../blueprint/input.js';
import type { Session } from '../../engine/session.js';
import type { Vault } from '../../engine/vault.js';
import type { ClusterSpec } from '../../model/cluster.js';
import type { HostFacts } from '../../model/host-facts.js';
import type { RotationNeed } from '../../model/rotation.js';

export interface Rotatable {
  /** As it is typed: `kw rotate NAME`. */
  readonly name: string;
  /** One line of the list. */
  readonly says: string;
  /** Why this cluster's own cannot be exchanged, before any host is asked. */
  readonly refuses?: (spec: ClusterSpec) => { readonly says: string; readonly help: string } | undefined;
  readonly phases: readonly Phase[];
  /**
   * How many phases' files stand on the hosts, the furthest host counting; 0: none is under way. Pure. A phase without
   * files of its own counts by its proof alone.
   */
  readonly stands: (spec: ClusterSpec, facts: ReadonlyMap<string, HostFacts>) => number;
}

export interface Phase {
  readonly name: string;
  /** What is true once it is complete: `every API server verifies tokens of both keys`. */
  readonly says: string;
  /** Printed before it begins: what cannot be taken back. */
  readonly noReturn?: string;
  /**
   * What is wanted once it stands; makes the keys that it needs (`vault.learn`). Absent: it changes no file, and only
   * acts.
   */
  readonly wants?: (at: Turning) => Promise<Input>;
  /** What still needs the old one, by name: it begins only where there is nothing, or the cluster's name is typed. */
  readonly needs?: (at: Turning) => Promise<readonly RotationNeed[]>;
  /** What no plan does, under the run's lock and after its steps. Cut off anywhere, it is done again. */
  readonly act?: (at: Turning, tell: (says: string) => void) => Promise<void>;
  /** Once it is proven: the vault comes to have what stands under its first names. */
  readonly settle?: (at: Turning) => Promise<void>;
  /** “Complete when”: one edge per host, port, object. That all hosts are as wanted is asked by the frame. */
  readonly prove: (at: Turning) => Promise<readonly Edge[]>;
}

export interface Turning {
  readonly session: Session;
  readonly vault: Vault;
  /** As it stands, or in `prove` and `act` as the phase wants it. */
  readonly input: Input;
  readonly clock: () => Date;
}

export interface Edge {
  /** `kw-1: its API server`. */
  readonly name: string;
  /** `unknown` is not done. */
  readonly ok: boolean | 'unknown';
  readonly says: string;
}
