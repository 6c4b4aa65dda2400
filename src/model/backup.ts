/** Backups of etcd, as they lie on its hosts. */

/** What the proof of a backup wrote beside it: it was restored into a folder of its own, and an etcd counted. */
export interface BackupRecord {
  /** `unproven`: the proof could not be made (no room, no tool); `bad`: it was, and failed. */
  readonly verdict: 'proven' | 'unproven' | 'bad';
  readonly problem: BackupProblem | '';
  /** Of the content, as etcd wrote it behind that: 64 hexadecimal digits; empty where that was not whole. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly at: number;
  readonly revision: number;
  readonly keys: number;
  /** Keys and etcd's own hash were the living etcd's at the same revision. */
  readonly compared: boolean;
  /** Of the namespace kube-system; empty: there was none. */
  readonly uid: string;
  /** SHA-256 of the CAs that its cluster trusts, lower-case hex; []: they could not be read, or nobody looked. */
  readonly authorities: readonly string[];
  /** `3.6.8`: the version that restored it. */
  readonly etcd: string;
  /** `k8s:enc:secretbox:v1:key1:`: keys without which its Secrets cannot be read. */
  readonly encryption: readonly string[];
  /** That the proof took. */
  readonly seconds: number;
}

export const backupProblems = [
  'empty',
  'cut',
  'changed',
  'no-restore',
  'no-start',
  'keys-differ',
  'hash-differs',
  'no-count',
  'no-tool',
  'no-room',
  'no-memory',
] as const;
export type BackupProblem = (typeof backupProblems)[number];

export const backupBytes = ['yes', 'empty', 'cut', 'changed', 'unfinished'] as const;

export interface BackupFile {
  /** On its host. */
  readonly path: string;
  readonly size: number;
  /** Seconds since 1970. */
  readonly written: number;
  /** What its own bytes say; yes: whole. */
  readonly whole: (typeof backupBytes)[number];
  /** The digest that it ends with: 64 hexadecimal digits; empty where it is not whole. */
  readonly sha256: string;
  /** Of this very file; absent: nobody has proven it. */
  readonly record?: BackupRecord;
}
