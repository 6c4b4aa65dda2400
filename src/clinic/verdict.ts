import type { Evidence } from '../model/fact.js';

/** What a case says after reading the chart. Missing evidence is never healthy. */
export type Verdict =
  | {
      readonly verdict: 'healthy';
      readonly says?: string /** Alarming lines that are harmless here, each with the reason. */;
      readonly benign?: readonly Benign[];
    }
  /** The case is not about such a cluster (no haproxy, another Kubernetes version); counted apart from healthy. */
  | { readonly verdict: 'not-applicable'; readonly because: string }
  | { readonly verdict: 'unknown'; readonly missing: readonly Missing[] }
  | {
      readonly verdict: 'sick';
      readonly findings: readonly Finding[] /** What could not be seen besides. */;
      readonly missing?: readonly Missing[];
    };

export interface Missing {
  readonly host: string;
  readonly what: string;
  readonly why: string;
}

/** One proven illness: which variant, where, what proves it, and how a person sees the same. */
export interface Finding {
  /** Kebab case, named in the case's `variants`. */
  readonly variant: string;
  /** The host, or `cluster`. */
  readonly host: string;
  /** The thing that is ill: a path, a unit, an object. Findings of equal variant, host and subject are one. */
  readonly subject: string;
  /** One sentence with both sides of the disagreement: `kube-apiserver on kw-1 trusts CA a1b2…, but admin.conf was signed by c3d4…`. */
  readonly says: string;
  readonly shows: readonly Shown[];
  /** Consequences of this very finding, beside those of its case: `case` or `case/variant`. */
  readonly explains?: readonly string[];
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

export const healthy: Verdict = { verdict: 'healthy' };
export const notApplicable = (because: string): Verdict => ({ verdict: 'not-applicable', because });
export const sick = (findings: readonly Finding[], missing: readonly Missing[] = []): Verdict =>
  findings.length > 0
    ? { verdict: 'sick', findings, missing }
    : missing.length > 0
      ? { verdict: 'unknown', missing }
      : healthy;

export const missingOf = (evidence: Extract<Evidence, { missing: string }>): Missing => ({
  host: evidence.host,
  what: evidence.source,
  why: evidence.missing,
});
