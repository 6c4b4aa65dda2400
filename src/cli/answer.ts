/** What both `kw explain` and `kw doctor --symptom` end with: an answer in words or JSON, and its exit code. */
import type { Answer } from '../clinic/explain/answer.js';
import { type Page, readPage } from '../clinic/explain/page.js';
import { exitOf } from '../clinic/examine/report.js';
import { casePage } from './case-page.js';
import { colored } from './ports.js';
import { answerText } from './view/clinic/candidates.js';

export const tellAnswer = async (
  answer: Answer,
  { json }: { readonly json?: boolean | undefined },
): Promise<number> => {
  const pages = new Map(
    await Promise.all(answer.candidates.map(async one => [one.case, await pageOf(one.case)] as const)),
  );
  process.stdout.write(
    json ? `${JSON.stringify(withPages(answer, pages), null, 2)}\n` : answerText(answer, pages, colored(1)),
  );
  return exitCode(answer);
};

/** 0: explained, or nothing of it is ill; 2: something is; 3: nobody knows. */
export const exitCode = (answer: Answer): number =>
  answer.report
    ? exitOf(answer.report)
    : answer.candidates.length > 0 || answer.refused || answer.outside || answer.badCures.length > 0
      ? 0
      : 3;

const pageOf = async (id: string): Promise<Page> => readPage(await casePage(id));

/** Offline the page is the answer; with a cluster the report is. */
const withPages = (answer: Answer, pages: ReadonlyMap<string, Page>): object =>
  answer.report
    ? answer
    : { ...answer, candidates: answer.candidates.map(one => ({ ...one, page: pages.get(one.case)?.sections })) };
