/** What makes two findings one. Compared and shown by its text, which nothing ever takes apart again. Pure. */
import type { Diagnosis } from '../../clinic/examine/report.js';
import { type Finding, type Subject, subjectText } from '../../clinic/examine/verdict.js';

export interface Illness {
  readonly case: string;
  readonly variant: string;
  readonly host: string;
  readonly subject: Subject;
}

export const illnessOf = (id: string, { variant, host, subject }: Finding): Illness => ({
  case: id,
  variant,
  host,
  subject,
});

/** `case/variant host subject`. */
export const textOf = ({ case: id, variant, host, subject }: Illness): string =>
  `${id}/${variant} ${host} ${subjectText(subject)}`;

/** `case/variant host subject` of a finding. */
export const keyOf = (id: string, finding: Finding): string => textOf(illnessOf(id, finding));

export const illnessesOf = (one: Diagnosis): readonly Illness[] =>
  one.findings.map(finding => illnessOf(one.case, finding));

/** `word`: a case, or `case/variant`. */
export const isMeant = ({ case: id, variant }: Pick<Illness, 'case' | 'variant'>, words: readonly string[]): boolean =>
  words.includes(id) || words.includes(`${id}/${variant}`);
