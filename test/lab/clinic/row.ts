/** Short digests of sources: the case's folder, its fault, the rest of the clinic, what heals. */
export type Depends = Readonly<Record<'case' | 'fault' | 'clinic' | 'heal', string>>;

/** One line of the clinic's table: what was made ill, what was said about it, what became of it. */
export interface Row {
  readonly at: string;
  readonly built: 'kubewizard' | 'kubeadm';
  /** Exact, `1.37.2`; 1.20.2 where it is absent. */
  readonly kubernetes?: string;
  /** Control planes of the cluster; 3 where it is absent. */
  readonly planes?: number;
  readonly case: string;
  readonly variant: string;
  /** Faults that were made, diagnosed and healed in the same round. */
  readonly with?: readonly string[];
  /** Short hash of the commit of the program that was played; `+`: of a tree that was not clean. Absent in older rows. */
  readonly commit?: string;
  /** Digests of what the row depends on, by part; absent in older rows. */
  readonly depends?: Depends;
  /** Seconds until the world noticed; why it did not. */
  readonly symptom: number | string;
  /** The doctor named exactly this case and variant as a leading cause. */
  readonly sensitive: boolean;
  /** Leading causes that were there before anything was broken: a machine that is too slow for etcd, say. */
  readonly before?: readonly string[];
  /** Leading causes besides those and itself; [] is specific. */
  readonly others: readonly string[];
  /** Seconds from the symptom to the diagnosis, the doctor's own work included. */
  readonly diagnosis?: number;
  /** `yes`; `refused` by design, with a person's advice; else what went wrong. */
  readonly cured: string;
  /** Seconds that healing took, proof included. */
  readonly healing?: number;
  /** The symptom is gone; `log`: it is a line of a log, which stays. */
  readonly gone?: boolean | 'log';
  /** Leading causes after the cure that were not there before the fault; absent in rows of before it was asked. */
  readonly after?: readonly string[];
  /** What a second `kw heal` changed: `nothing`. */
  readonly again?: string;
}

export const isGood = (row: Row): boolean =>
  typeof row.symptom === 'number' &&
  row.sensitive &&
  row.others.length === 0 &&
  (row.cured === 'refused' ||
    (row.cured === 'yes' && row.gone !== false && row.again === 'nothing' && (row.after ?? []).length === 0));

/** Patches of a minor are one: what was proven on one of them is tried again on the next. */
export const minorOf = ({ kubernetes = '1.20.2' }: Pick<Row, 'kubernetes'>): string =>
  kubernetes.split('.').slice(0, 2).join('.');

/** The latest row of each case, variant, kind of cluster and minor of Kubernetes. */
export const latest = (rows: readonly Row[]): readonly Row[] => {
  const found = new Map<string, Row>();
  for (const row of rows) found.set(`${row.case}/${row.variant} ${row.built} ${minorOf(row)}`, row);
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
};
