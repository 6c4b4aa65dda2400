/** Runs the tests that were chosen, tells of each, keeps the results in a folder, and cleans up whatever happens. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { E2eProgram } from '../../engine/conformance/e2e-program.js';
import { paceOf } from '../../engine/conformance/estimate.js';
import { runSuite, type SuiteResult } from '../../engine/conformance/suite.js';
import type { ConformanceEvent, ConformanceTest, NotRun, TestOutcome } from '../../model/conformance.js';
import { makeHome } from '../../transport/home-folder.js';

export interface Playing {
  readonly program: E2eProgram;
  readonly tests: readonly ConformanceTest[];
  readonly leftOut: readonly NotRun[];
  readonly parallel: number;
  readonly folder: string;
  readonly kubeconfig: string;
  readonly kubectl: string;
  readonly domain: string;
  readonly signal?: AbortSignal | undefined;
  readonly graceMs?: number;
  readonly emit: (body: ConformanceEvent) => void;
  /** Removes what tests have left in the cluster. Resolves to what could not be removed. */
  readonly cleanUp: () => Promise<readonly string[]>;
}

export type Played = Extract<ConformanceEvent, { type: 'conformance-ended' }>;

export async function playTests(playing: Playing): Promise<Played> {
  const { program, tests, leftOut, parallel, folder, signal, emit } = playing;
  await makeHome(folder);
  const began = Date.now();
  const pace = paceOf(tests, parallel);
  const base = { version: program.version, tests: tests.length, leftOut: leftOut.length, parallel, folder };
  const serial = tests.filter(test => test.serial).length;
  emit({ type: 'conformance-started', ...base, serial, seconds: pace.left() });
  let done = 0;
  const told = (outcome: TestOutcome): void => {
    done += 1;
    pace.add(outcome.name, outcome.seconds);
    emit({ type: 'conformance-test', ...outcome, done, of: tests.length, left: pace.left() });
  };
  let result: SuiteResult;
  let left: readonly string[] = [];
  try {
    result = await runSuite({ ...playing, program: program.path, processes: parallel, told });
  } finally {
    left = await playing.cleanUp();
  }
  const ended = endOf(result, left, playing, (Date.now() - began) / 1000);
  await keep(folder, result.outcomes, ended, leftOut);
  emit(ended);
  signal?.throwIfAborted();
  return ended;
}

const endOf = (
  { outcomes, troubles }: SuiteResult,
  left: readonly string[],
  { leftOut, folder }: Playing,
  seconds: number,
): Played => {
  const passed = outcomes.filter(one => one.result === 'passed').length;
  return {
    type: 'conformance-ended',
    ok: passed === outcomes.length && troubles.length + left.length === 0,
    passed,
    failed: outcomes.filter(one => one.result === 'failed').map(({ name }) => name),
    notRun: outcomes.flatMap(({ name, result, why = '' }) => (result === 'not-run' ? [{ name, why }] : [])),
    leftOut: leftOut.length,
    troubles: [...troubles, ...left],
    seconds,
    folder,
  };
};

/** `results.jsonl`: a row for each test that was chosen. `not-run.txt`: all others of upstream's list too. */
async function keep(
  folder: string,
  outcomes: readonly TestOutcome[],
  { notRun }: Played,
  leftOut: readonly NotRun[],
): Promise<void> {
  const rows = outcomes.map(one => `${JSON.stringify(one)}\n`).join('');
  const others = [...notRun, ...leftOut]
    .map(({ name, why }) => `${name}\n  ${why.replaceAll('\n', '\n  ')}\n`)
    .join('');
  await writeFile(join(folder, 'results.jsonl'), rows, { mode: 0o600 });
  await writeFile(join(folder, 'not-run.txt'), others, { mode: 0o600 });
}
