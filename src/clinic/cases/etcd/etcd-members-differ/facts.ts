/** `own` against `usual`, which `others` (names of hosts) have; `given`: they have it from the flag itself. */
type Differs = {
  readonly flag: string;
  readonly own: string;
  readonly usual: string;
  readonly others: readonly string[];
  readonly given: boolean;
  /** One of them. */
  readonly like: string;
};

export type Facts = {
  /** Bytes. */
  readonly quota: Differs;
  readonly flag: Differs;
  /** `1.2.3`; `flag` is `version`. */
  readonly version: Differs;
};
