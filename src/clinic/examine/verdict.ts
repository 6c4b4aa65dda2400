import type { Evidence, MissingKind } from '../../model/fact.js';

/** What a case says after reading the chart. Missing evidence is never healthy. */
export type Verdict<F = Finding> =
  | {
      readonly verdict: 'healthy';
      readonly says?: string;
      /** Alarming lines that are harmless here, each with the reason. */
      readonly benign?: readonly Benign[];
    }
  /** The case is not about such a cluster (no haproxy, another Kubernetes version); counted apart from healthy. */
  | { readonly verdict: 'not-applicable'; readonly because: string }
  | { readonly verdict: 'unknown'; readonly missing: readonly Missing[] }
  | {
      readonly verdict: 'sick';
      readonly findings: readonly F[];
      /** What could not be seen besides. */
      readonly missing?: readonly Missing[];
    };

export interface Missing {
  readonly host: string;
  readonly what: string;
  readonly why: string;
  readonly kind: MissingKind;
}

/**
 * The thing that is ill, by its parts: `{ path: '/etc/kubernetes/manifests/etcd.yaml', probe: 'livenessProbe' }`. It
 * tells findings apart and is shown to people; what is decided upon stands in `facts`.
 */
export type Subject = Readonly<Record<string, string | number>>;

export const subjectText = (subject: Subject): string => Object.values(subject).join(' ');

/** One proven illness as its case found it: which variant, where, the facts, and what proves them. */
export interface Found<Facts = unknown, Variant extends string = string> {
  /** Kebab case, named in the case's `variants`. */
  readonly variant: Variant;
  /** The host, or `cluster`. */
  readonly host: string;
  /** Findings of equal variant, host and subject are one. */
  readonly subject: Subject;
  /** All that `therapy` and `verify` need to know. */
  readonly facts: Facts;
  /** Consequences of this very finding, beside those of its case: `case` or `case/variant`. */
  readonly explains?: readonly string[];
}

/** A finding with its sentence and its proof, which are made from its facts and read by people alone. */
export interface Finding extends Found {
  /** Both sides of the disagreement: `kube-apiserver on kw-1 trusts CA a1b2…, but admin.conf was signed by c3d4…`. */
  readonly says: string;
  readonly shows: readonly Shown[];
}

export interface Benign {
  readonly line: string;
  readonly because: string;
  readonly host?: string;
}

/** A piece of evidence as it is shown: where from, what it said. Never a key, a token or a secret. */
export interface Shown {
  readonly host: string;
  readonly source: string;
  readonly at: string;
  readonly text: string;
}

export const healthy = { verdict: 'healthy' } as const satisfies Verdict;
export const notApplicable = (because: string) => ({ verdict: 'not-applicable', because }) as const satisfies Verdict;
export const sick = <F>(findings: readonly F[], missing: readonly Missing[] = []): Verdict<F> =>
  findings.length > 0
    ? { verdict: 'sick', findings, missing }
    : missing.length > 0
      ? { verdict: 'unknown', missing }
      : healthy;

export const missingOf = ({ host, source, missing, kind }: Extract<Evidence, { missing: string }>): Missing => ({
  host,
  what: source,
  why: missing,
  kind,
});
