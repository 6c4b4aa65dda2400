/**
 * What an examination says: causes, what follows from them, and how far it could see. A value, for people and for
 * machines.
 */
import type { Risk } from '../../model/resource.js';
import type { Benign, Finding, Missing } from './verdict.js';
import type { InPlace } from './bad-cures.js';
import type { Connections } from './connections.js';
import type { TrafficReport } from './traffic.js';
import type { Check } from '../case.js';
import type { Sign } from './unexplained/sign.js';

export interface FindingReport extends Finding {
  readonly checks: readonly Check[];
}

export type TherapyReport =
  | { readonly title: string; readonly risk: Risk; readonly changes: number; readonly backup?: true }
  | { readonly refused: string; readonly advice: readonly string[] };

/** One illness of one variant, wherever it was found. */
export interface Diagnosis {
  readonly case: string;
  readonly title: string;
  readonly variant: string;
  /** The variant in a sentence. */
  readonly means: string;
  readonly findings: readonly FindingReport[];
  readonly therapies: readonly TherapyReport[];
  readonly badCures: readonly { readonly cure: string; readonly why: string }[];
  /** Load alone can make it begin: see `Case`. */
  readonly byItself?: true;
  /** What follows from it; each may have consequences of its own. */
  readonly consequences: readonly Diagnosis[];
}

export interface Unknown {
  readonly case: string;
  readonly title: string;
  readonly missing: readonly Missing[];
}
export interface Tested {
  readonly case: string;
  readonly title: string;
  readonly says?: string;
}

export interface Report {
  readonly at: string;
  readonly cluster?: string;
  /** The report is only about what this text can mean. */
  readonly symptom?: string;
  readonly kubernetes?: string;
  readonly verdict: 'healthy' | 'ill' | 'unseen';
  /** Hosts of which nothing was seen, and the API where it did not answer. */
  readonly blind: readonly Missing[];
  /** One leading diagnosis per independent fault. */
  readonly causes: readonly Diagnosis[];
  /** What the chart shows as broken and no cause explains; absent: nothing. */
  readonly unexplained?: readonly Sign[];
  readonly refuted: readonly Tested[];
  readonly unknown: readonly Unknown[];
  readonly notApplicable: readonly { readonly case: string; readonly because: string }[];
  readonly benign: readonly (Benign & { readonly case: string })[];
  /** Cures that make it worse, and that somebody has applied already; absent: none. */
  readonly badCures?: readonly InPlace[];
  /** Every connection between components, proven from both ends. */
  readonly connections?: Connections;
  /** What was sent along the data path. */
  readonly traffic?: TrafficReport;
}

/** 0 healthy, 2 ill, 3 could not see enough. */
export const exitOf = (report: Report): number => ({ healthy: 0, ill: 2, unseen: 3 })[report.verdict];

/** Every diagnosis, causes before consequences. */
export const flat = (diagnoses: readonly Diagnosis[]): readonly Diagnosis[] =>
  diagnoses.flatMap(one => [one, ...flat(one.consequences)]);
