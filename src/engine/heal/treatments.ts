/** Which illnesses are treated, with what; and which only a person can treat. Pure. */
import type { Case, Refusal, Therapy } from '../../clinic/case.js';
import type { Chart } from '../../clinic/chart/chart.js';
import { flat, type Report } from '../../clinic/examine/report.js';
import type { Finding } from '../../clinic/examine/verdict.js';
import { isMeant } from './illness.js';

export { keyOf } from './illness.js';

/** A finding of an illness that leads, and its cure. */
export interface Treatment {
  readonly case: string;
  readonly finding: Finding;
  readonly therapy: Therapy;
}
export interface Refused {
  readonly case: string;
  readonly finding: Finding;
  readonly refusal: Refusal;
}

/** `chosen`: ids of cases; a consequence that is chosen is cured by its cause. Empty: all that lead. */
export const treatmentsOf = (
  report: Report,
  chart: Chart,
  cases: readonly Case[],
  chosen: readonly string[],
): { readonly treatments: readonly Treatment[]; readonly refusals: readonly Refused[] } => {
  const treatments: Treatment[] = [];
  const refusals: Refused[] = [];
  for (const cause of report.causes.filter(
    one => chosen.length === 0 || flat([one]).some(each => isMeant(each, chosen)),
  )) {
    const own = cases.find(one => one.id === cause.case);
    for (const finding of own ? cause.findings : []) {
      const therapy = own && cure(own, finding, chart);
      if (!therapy) continue;
      if ('refused' in therapy) refusals.push({ case: cause.case, finding, refusal: therapy });
      else treatments.push({ case: cause.case, finding, therapy });
    }
  }
  return { treatments, refusals };
};

/** A case that fails here is our bug; the others are cured all the same. */
const cure = (one: Case, finding: Finding, chart: Chart): Therapy | Refusal => {
  try {
    return one.therapy(finding, chart);
  } catch (error) {
    return {
      refused: `its therapy failed, which is a bug of kw: ${error instanceof Error ? error.message : String(error)}`,
      advice: [],
    };
  }
};
