/**
 * Runs the chosen tests of `e2e.test`, some side by side: ginkgo itself keeps those that bear no other beside them for
 * its first process, when all others have ended.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConformanceTest, TestOutcome } from '../../model/conformance.js';
import { focusOn } from './choose.js';
import { isTest, nameOf, outcomeOf, type SpecReport } from './spec-report.js';
import { type ParallelServer, parallelServer } from './parallel-server.js';

export interface SuiteRequest {
  readonly program: string;
  readonly tests: readonly ConformanceTest[];
  /** Tests side by side, from 1. */
  readonly processes: number;
  readonly kubeconfig: string;
  readonly kubectl: string;
  /** Domain of the cluster's Services. */
  readonly domain: string;
  /** Where logs and reports go; it is there. */
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
  readonly told: (outcome: TestOutcome) => void;
  /** Milliseconds that processes have to clean up after an interruption, before they are killed. Default 120,000. */
  readonly graceMs?: number;
}

export interface SuiteResult {
  /** One for each test that was chosen. */
  readonly outcomes: readonly TestOutcome[];
  /** What went wrong beside the tests: a suite that could not begin, a process that died. */
  readonly troubles: readonly string[];
}

export const runSuite = async (request: SuiteRequest): Promise<SuiteResult> => {
  const { tests, processes, signal, told, folder } = request;
  const chosen = new Set(tests.map(({ name }) => name));
  const outcomes = new Map<string, TestOutcome>();
  const troubles = new Set<string>();
  const writes: Promise<void>[] = [];
  const heard = (report: SpecReport): void => {
    const outcome = outcomeOf(report);
    if (!isTest(report)) {
      if (outcome.result === 'failed') troubles.add(`${report.LeafNodeType}: ${outcome.why ?? ''}`);
      return;
    }
    // Of what was not chosen ginkgo says that it was skipped; of what it did not come to it gives no reason.
    if (!chosen.has(outcome.name) || (outcome.result === 'not-run' && isBare(report))) return;
    outcomes.set(outcome.name, outcome);
    if (outcome.result === 'failed') writes.push(appendFile(join(folder, 'failed.log'), logOf(report)));
    told(outcome);
  };
  const running = new Set<ChildProcess>();
  const server = await parallelServer(processes, { spec: heard, trouble: says => void troubles.add(says) });
  const released = endsInOrder(running, server, request);
  try {
    const ended = Array.from({ length: processes }, (_, index) => one(request, server, index + 1, running));
    for (const says of await Promise.all(ended)) if (says !== undefined) troubles.add(says);
    await Promise.all(writes);
  } finally {
    released();
    await server.close();
  }
  const why = signal?.aborted ? 'interrupted before it was run' : 'e2e.test ended before it was run';
  return {
    outcomes: tests.map(({ name }) => outcomes.get(name) ?? { name, result: 'not-run', seconds: 0, why }),
    troubles: [...troubles],
  };
};

const isBare = ({ State, Failure }: SpecReport): boolean => State === 'skipped' && !Failure?.Message;

const logOf = (report: SpecReport): string =>
  `=== ${nameOf(report)}\n${report.Failure?.Message ?? ''}\n--- log\n${report.CapturedGinkgoWriterOutput ?? ''}\n`;

/** With one process alone ginkgo would tell nobody of its results: it believes in a second one, which has ended. */
const fewest = 2;

const argvOf = (
  { tests, processes, kubeconfig, kubectl, domain, folder }: SuiteRequest,
  { address }: ParallelServer,
  process: number,
): readonly string[] => [
  `--kubeconfig=${kubeconfig}`,
  `--kubectl-path=${kubectl}`,
  `--dns-domain=${domain}`,
  '--provider=skeleton',
  '--repo-root=',
  `--report-dir=${folder}`,
  `--e2e-output-dir=${folder}`,
  '--disable-log-dump=true',
  `-ginkgo.focus=${focusOn(tests)}`,
  `-ginkgo.parallel.process=${process}`,
  `-ginkgo.parallel.total=${Math.max(fewest, processes)}`,
  `-ginkgo.parallel.host=${address}`,
  // All processes must shuffle alike, and none ends after ginkgo's one hour.
  '-ginkgo.seed=1',
  '-ginkgo.timeout=24h',
  '-ginkgo.no-color',
];

/** Resolves to what was wrong with its end; undefined: nothing that its tests do not tell. */
const one = async (
  request: SuiteRequest,
  server: ParallelServer,
  number: number,
  running: Set<ChildProcess>,
): Promise<string | undefined> => {
  const log = openSync(join(request.folder, `process-${number}.log`), 'a', 0o600);
  try {
    // ginkgo would speak Go's own RPC otherwise.
    const child = spawn('env', ['GINKGO_PARALLEL_PROTOCOL=HTTP', request.program, ...argvOf(request, server, number)], {
      cwd: request.folder,
      // A group of its own: Ctrl-C at the terminal is for kw, which has it end in order.
      detached: true,
      stdio: ['ignore', log, log],
    });
    running.add(child);
    const wrong = await ends(child);
    // What it has started and left behind.
    kill(child);
    running.delete(child);
    return wrong;
  } finally {
    server.ended(number);
    closeSync(log);
  }
};

/** 1: tests of it failed. */
const ordinary: ReadonlySet<number | null> = new Set([0, 1]);

const ends = (child: ChildProcess): Promise<string | undefined> =>
  new Promise(resolve => {
    child.once('error', error => resolve(`e2e.test does not start: ${error.message}`));
    child.once('close', (code, signal) =>
      resolve(ordinary.has(code) ? undefined : `a process of e2e.test ended with ${code ?? signal}`),
    );
  });

const kill = ({ pid }: ChildProcess): void => {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended, and all of its group.
  }
};

const defaultGraceMs = 120_000;

/** None of them outlives kw, whatever becomes of it. @returns how to stop watching over them. */
const endsInOrder = (
  running: ReadonlySet<ChildProcess>,
  server: ParallelServer,
  { signal, graceMs }: SuiteRequest,
): (() => void) => {
  let timer: NodeJS.Timeout | undefined;
  const killAll = (): void => running.forEach(kill);
  const stop = (): void => {
    server.abort();
    timer = setTimeout(killAll, graceMs ?? defaultGraceMs);
  };
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  process.once('exit', killAll);
  return () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
    process.off('exit', killAll);
  };
};
