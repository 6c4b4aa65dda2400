/** A change that a host took back by itself, as it wrote it down. */
export interface TakenBack {
  /** The run that made the change. */
  readonly run: string;
  /** Instants: when it was taken back, and when the host was told how. */
  readonly at: string;
  readonly changed: string;
  /** `silence`: nobody confirmed it in time. `boot`: the host started anew before. */
  readonly why: 'silence' | 'boot';
  /** Whether the old state served afterwards. */
  readonly ok: boolean;
  readonly seconds: number;
  readonly command: string;
  readonly owner: string;
  readonly units: string;
}

/** The process on a control machine that made a change. */
export interface ChangedBy {
  readonly run: string;
  readonly owner: string;
  readonly machine: string;
  readonly pid: number;
  readonly started: string;
}

export interface WayBackOnHost {
  /** `waiting`: it would take a change back soon. `taking`: it does. Absent: neither. */
  readonly now?: 'waiting' | 'taking';
  /** Of a change that waits, where the host has the lock of its run. */
  readonly by?: ChangedBy;
  readonly past: readonly TakenBack[];
}

/** By host. */
export type ByThemselves = ReadonlyMap<string, WayBackOnHost>;
