/** What ginkgo, in whose words `e2e.test` speaks, tells of one test and of a whole run. */
import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';
import type { ConformanceTest, TestOutcome } from '../../model/conformance.js';

const specReport = z.looseObject({
  ContainerHierarchyTexts: z.array(z.string()).nullish(),
  LeafNodeType: z.string(),
  LeafNodeText: z.string(),
  ContainerHierarchyLabels: z.array(z.array(z.string()).nullish()).nullish(),
  LeafNodeLabels: z.array(z.string()).nullish(),
  State: z.string(),
  /** Nanoseconds. */
  RunTime: z.number().optional(),
  Failure: z.looseObject({ Message: z.string().optional() }).nullish(),
  CapturedGinkgoWriterOutput: z.string().optional(),
});
export type SpecReport = z.infer<typeof specReport>;

const suiteReport = z.looseObject({
  SuiteSucceeded: z.boolean().optional(),
  SpecialSuiteFailureReasons: z.array(z.string()).nullish(),
  SpecReports: z.array(z.unknown()).nullish(),
});
export type SuiteReport = z.infer<typeof suiteReport>;

/** undefined: it is no report of ginkgo's. */
export const readSpec = (value: unknown): SpecReport | undefined => specReport.safeParse(value).data;
export const readSuite = (value: unknown): SuiteReport | undefined => suiteReport.safeParse(value).data;

export const nameOf = ({ ContainerHierarchyTexts, LeafNodeText }: SpecReport): string =>
  [...(ContainerHierarchyTexts ?? []), LeafNodeText].filter(text => text !== '').join(' ');

export const isTest = ({ LeafNodeType }: SpecReport): boolean => LeafNodeType === 'It';

/** Of a dry run, whose tests pass where they would be run. @param json The file of `-ginkgo.json-report`. */
export const testsIn = (json: unknown): readonly ConformanceTest[] =>
  (Array.isArray(json) ? json : [])
    .flatMap(suite => readSuite(suite)?.SpecReports ?? [])
    .map(readSpec)
    .filter(spec => spec !== undefined)
    .filter(spec => isTest(spec) && spec.State === 'passed')
    .map(spec => ({ name: nameOf(spec), serial: labelsOf(spec).includes('Serial') }));

const labelsOf = ({ ContainerHierarchyLabels, LeafNodeLabels }: SpecReport): readonly string[] => [
  ...(ContainerHierarchyLabels ?? []).flatMap(labels => labels ?? []),
  ...(LeafNodeLabels ?? []),
];

const notRun: ReadonlySet<string> = new Set(['', 'invalid', 'pending', 'skipped']);

/** What is cut off while it runs has failed nothing, and proven nothing. */
const cutOff: ReadonlySet<string> = new Set(['aborted', 'interrupted']);

const longestWhy = 2000;

export const outcomeOf = (spec: SpecReport): TestOutcome => {
  const { State: state } = spec;
  const seconds = (spec.RunTime ?? 0) / 1e9;
  const name = nameOf(spec);
  if (state === 'passed') return { name, result: 'passed', seconds };
  const message = stripVTControlCharacters(spec.Failure?.Message ?? '')
    .trim()
    .slice(0, longestWhy);
  if (cutOff.has(state)) return { name, result: 'not-run', seconds, why: 'it was interrupted while it ran' };
  if (notRun.has(state)) return { name, result: 'not-run', seconds, why: message || `it is ${state || 'left out'}` };
  return { name, result: 'failed', seconds, why: message || state };
};

/** One report of all processes but the first, as ginkgo's own server gives it to the first. */
export const together = (reports: readonly SuiteReport[]): SuiteReport => ({
  ...reports[0],
  SuiteSucceeded: reports.every(one => one.SuiteSucceeded === true),
  SpecialSuiteFailureReasons: reports.flatMap(one => one.SpecialSuiteFailureReasons ?? []),
  SpecReports: reports.flatMap(one => one.SpecReports ?? []),
});
