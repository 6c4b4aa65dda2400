/** What a restore is told, and what it knows by the time a backup is chosen. */
import type { Held } from '../../engine/run-plan.js';
import type { Session } from '../../engine/session.js';
import type { Running } from '../../facts/restore-member.js';
import type { Members } from '../../preflight/restore.js';
import type { Hosts } from './partaking.js';

export interface RestoreOptions {
  /** `kw-1:etcd-20261128T230606Z.db`, or its name alone; absent: the newest that is proven. */
  readonly backup?: string | undefined;
  /** The cluster's name, typed. */
  readonly phrase?: string | undefined;
  /** Hosts that are gone, and have no part in it. */
  readonly without?: readonly string[] | undefined;
  readonly verify?: boolean | undefined;
}

/** Under the lock: what is known by now. */
export interface Choice {
  readonly session: Session;
  readonly hosts: Hosts;
  readonly members: Members;
  /** A restore that was cut off. */
  readonly running: Running | undefined;
  readonly held: Held;
}
