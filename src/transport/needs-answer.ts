/** Failures that a person can lift: an answer, and the same connection succeeds. */
import type { Host } from '../model/cluster.js';
import { type Failure, WorldFailed } from '../model/event.js';

export interface NewHostKey {
  readonly host: Host;
  /** As known_hosts names it: `10.0.0.1`, `[10.0.0.1]:2222`, an alias. */
  readonly name: string;
  readonly type: string;
  /** `SHA256:…`. */
  readonly fingerprint: string;
}

/** Nobody has said whether this key is the host's. */
export class UnknownHostKey extends WorldFailed {
  readonly key: NewHostKey;
  constructor(failure: Failure, key: NewHostKey) {
    super(failure);
    this.key = key;
  }
}

/** sudo on the host wants the password of this user; `refused`: another one than it was given. */
export class SudoPasswordWanted extends WorldFailed {
  readonly user: string;
  readonly refused: boolean;
  constructor(failure: Failure, user: string, refused: boolean) {
    super(failure);
    this.user = user;
    this.refused = refused;
  }
}
