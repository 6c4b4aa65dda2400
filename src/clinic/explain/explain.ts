/** From a pasted text to the illnesses that it can mean: a text names candidates, only a test decides. */
import type { Case } from '../case.js';
import type { Chart } from '../chart/chart.js';
import { examineCase } from '../examine/examine.js';
import { readings } from '../examine/normalise.js';
import type { Finding, Missing, Verdict } from '../examine/verdict.js';

export interface Candidate {
  readonly case: string;
  readonly title: string;
  /** What of the text matched, cut to 160 characters. */
  readonly because: string;
  /** When the same text is harmless. */
  readonly benign?: string;
  /** Absent: no cluster at hand. */
  readonly tested?: {
    readonly result: 'confirmed' | 'refuted' | 'unknown' | 'not-applicable';
    readonly findings?: readonly Finding[];
    readonly missing?: readonly Missing[];
    readonly says?: string;
  };
}

const rank = { confirmed: 0, unknown: 1, refuted: 2, 'not-applicable': 3 } as const;

/** Best first: confirmed ones, else those whose pattern says most about the text. */
export const explainText = (text: string, cases: readonly Case[], chart?: Chart): readonly Candidate[] => {
  const both = readings(text);
  const shared = sharers(cases);
  const found = cases.flatMap(one => {
    const hits = one.symptoms
      .flatMap(symptom => {
        const hit = both
          .map(reading => new RegExp(symptom.text.source, 'i').exec(reading)?.[0])
          .find(each => each !== undefined);
        return hit === undefined
          ? []
          : [{ hit, benign: symptom.benign, weight: hit.length / (shared.get(symptom.text.source) ?? 1) }];
      })
      .sort((a, b) => b.weight - a.weight);
    const [best] = hits;
    if (!best) return [];
    const benign = hits.find(hit => hit.benign !== undefined)?.benign;
    const candidate: Candidate = {
      case: one.id,
      title: one.title,
      because: best.hit.slice(0, 160),
      ...(benign !== undefined && { benign }),
      ...(chart && { tested: tested(examineCase(chart, one)) }),
    };
    return [{ candidate, weight: best.weight }];
  });
  return found
    .sort(
      (a, b) =>
        rank[a.candidate.tested?.result ?? 'confirmed'] - rank[b.candidate.tested?.result ?? 'confirmed'] ||
        b.weight - a.weight,
    )
    .map(({ candidate }) => candidate);
};

/** By how many cases a pattern is claimed: what everybody claims says little about each. */
const sharers = (cases: readonly Case[]): ReadonlyMap<string, number> => {
  const found = new Map<string, number>();
  for (const { text } of cases.flatMap(one => one.symptoms)) found.set(text.source, (found.get(text.source) ?? 0) + 1);
  return found;
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
