/** One illness in full: evidence, how to see it yourself, therapy and what not to do. */
import { type Check, meaningOf, type Therapy } from '../case.js';
import type { Chart } from '../chart/chart.js';
import type { Ill } from './examined.js';
import type { Diagnosis, TherapyReport } from './report.js';
import type { Finding } from './verdict.js';

// A thousand ill kubelets have one therapy each; a report shows some in full and counts the rest.
const shownInFull = 20;

export const diagnosisOf = (ill: Ill, chart: Chart, consequences: readonly Diagnosis[]): Diagnosis => ({
  case: ill.case.id,
  title: ill.case.title,
  variant: ill.variant,
  means: meaningOf(ill.case, ill.variant),
  findings: ill.findings.map((finding, index) => ({
    ...finding,
    checks: index < shownInFull ? checks(ill, finding, chart) : [],
  })),
  therapies: therapies(ill, chart),
  badCures: ill.case.badCures ?? [],
  ...(ill.case.byItself && { byItself: true }),
  consequences,
});

/** A case that cannot verify or treat must not take its diagnosis away. */
const checks = (ill: Ill, finding: Finding, chart: Chart): readonly Check[] => {
  try {
    return ill.case.verify(finding, chart);
  } catch {
    return [];
  }
};

const therapies = (ill: Ill, chart: Chart): readonly TherapyReport[] => {
  const found = new Map<string, TherapyReport>();
  for (const finding of ill.findings.slice(0, shownInFull)) {
    const therapy = treat(ill, finding, chart);
    const key = 'refused' in therapy ? therapy.refused : therapy.title;
    if ('refused' in therapy) found.set(key, therapy);
    else {
      const before = found.get(key);
      const changes = therapy.want.length + (before && 'changes' in before ? before.changes : 0);
      found.set(key, { title: therapy.title, risk: therapy.risk, changes, ...(therapy.backup && { backup: true }) });
    }
  }
  return [...found.values()];
};

const treat = (
  ill: Ill,
  finding: Finding,
  chart: Chart,
): Therapy | { readonly refused: string; readonly advice: readonly string[] } => {
  try {
    return ill.case.therapy(finding, chart);
  } catch (error) {
    return { refused: `the therapy failed, which is a bug of kw: ${(error as Error).message}`, advice: [] };
  }
};
