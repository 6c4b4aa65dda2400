/** From a pasted text to the illnesses that it can mean: a text names candidates, only a test decides. */
import type { Case } from '../case.js';
import type { Chart } from '../chart/chart.js';
import { examineCase } from '../examine/examine.js';
import { readings } from '../examine/normalise.js';
import { apart } from './apart.js';
import { accountsIn } from './grammar.js';
import { uncoated } from './coats.js';
import { notionsIn } from './speech/speech.js';
import { weigher } from './weigh.js';
import type { Finding, Missing, Verdict } from '../examine/verdict.js';

export interface Candidate {
  readonly case: string;
  readonly title: string;
  /** What of the text matched, cut to 160 characters. */
  readonly because: string;
  /** How much the text speaks for it: only to compare candidates of one text. */
  readonly weight: number;
  /** When the same text is harmless. */
  readonly benign?: string;
  /** The text says only what happened, and other causes make the same happen. */
  readonly open?: true;
  /** Absent: no cluster at hand. */
  readonly tested?: {
    readonly result: 'confirmed' | 'refuted' | 'unknown' | 'not-applicable';
    readonly findings?: readonly Finding[];
    readonly missing?: readonly Missing[];
    readonly says?: string;
  };
}

const rank = { confirmed: 0, unknown: 1, refuted: 2, 'not-applicable': 3 } as const;

/** Best first: confirmed ones, else those whose words say most about the text. */
export const explainText = (text: string, cases: readonly Case[], chart?: Chart): readonly Candidate[] => {
  const plain = uncoated(text);
  const weigh = weigher(
    { readings: readings(apart(plain)), accounts: accountsIn(plain), notions: notionsIn(plain) },
    cases,
  );
  const found = cases.flatMap(one => {
    const weighed = weigh(one);
    if (!weighed) return [];
    const { because, benign, weight, open } = weighed;
    const candidate: Candidate = {
      case: one.id,
      title: one.title,
      because: because.slice(0, 160),
      weight: Math.round(weight * 100) / 100,
      ...(benign !== undefined && { benign }),
      ...(open && { open }),
      ...(chart && { tested: tested(examineCase(chart, one)) }),
    };
    return [candidate];
  });
  return found.sort(
    (a, b) => rank[a.tested?.result ?? 'confirmed'] - rank[b.tested?.result ?? 'confirmed'] || b.weight - a.weight,
  );
};

const tested = (verdict: Verdict): NonNullable<Candidate['tested']> => {
  switch (verdict.verdict) {
    case 'sick':
      return { result: 'confirmed', findings: verdict.findings, ...(verdict.missing && { missing: verdict.missing }) };
    case 'unknown':
      return { result: 'unknown', missing: verdict.missing };
    case 'healthy':
      return { result: 'refuted', ...(verdict.says !== undefined && { says: verdict.says }) };
    case 'not-applicable':
      return { result: 'not-applicable', says: verdict.because };
  }
};
