/**
 * The one place where the processes of a ginkgo suite meet: ginkgo's own protocol for running side by side
 * (internal/parallel_support, HTTP), spoken so that nobody needs ginkgo's program beside `e2e.test`. It deals out the
 * tests, hears each result at once, and has all processes end by themselves when it is asked to.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readSpec, readSuite, type SpecReport, type SuiteReport, together } from './spec-report.js';

export interface ParallelServer {
  /** `http://127.0.0.1:PORT` */
  readonly address: string;
  /** The process of this number (from 1) has ended, or was never begun. */
  ended(process: number): void;
  /** All processes clean up after the test that they are in, and end. */
  abort(): void;
  close(): Promise<void>;
}

export interface Listeners {
  readonly spec: (report: SpecReport) => void;
  /** What cannot be said of one test: a suite that could not begin. */
  readonly trouble: (says: string) => void;
}

interface Reply {
  readonly status: number;
  readonly body?: string;
}
const ok: Reply = { status: 200 };
const early: Reply = { status: 425 };
const gone: Reply = { status: 410 };

/** A test's whole log is in its report. */
const mostBytes = 512 * 2 ** 20;

/** @param processes Those that are begun, and no others. */
export const parallelServer = async (processes: number, listeners: Listeners): Promise<ParallelServer> => {
  const state = meeting(processes, listeners);
  const server = createServer((request, response) => {
    void answer(state.answer, request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ended: state.ended,
    abort: state.abort,
    close: () => closed(server),
  };
};

const meeting = (processes: number, { spec, trouble }: Listeners) => {
  const alive = new Set(Array.from({ length: processes }, (_, index) => index + 1));
  const reports: SuiteReport[] = [];
  /** `/before-suite-completed` and `/report-before-suite-completed`, as the first process gave them. */
  const completed = new Map<string, string>();
  let next = 0;
  let aborted = false;
  const othersEnded = (): boolean => [...alive].every(process => process === 1);
  const before = (name: string): Reply => {
    const body = completed.get(name);
    return body === undefined ? (alive.has(1) ? early : gone) : { status: 200, body };
  };
  const heard = (body: string): Reply => {
    const report = readSpec(parsed(body));
    if (report) spec(report);
    return ok;
  };
  const suiteEnded = (body: string): Reply => {
    const report = readSuite(parsed(body));
    if (report) reports.push(report);
    for (const says of report?.SpecialSuiteFailureReasons ?? []) trouble(says);
    return ok;
  };
  const aggregated = (): Reply => {
    if (!othersEnded()) return early;
    // A process that died has kept its report to itself.
    return reports.length < processes - 1 ? gone : { status: 200, body: JSON.stringify(together(reports)) };
  };
  const posts: Readonly<Record<string, (body: string) => Reply>> = {
    '/suite-will-begin': () => ok,
    '/did-run': heard,
    '/suite-did-end': suiteEnded,
    '/emit-output': () => ok,
    '/progress-report': () => ok,
    '/before-suite-completed': body => kept(completed, 'before-suite', body),
    '/report-before-suite-completed': body => kept(completed, 'report-before-suite', body),
    '/abort': () => {
      aborted = true;
      return ok;
    },
  };
  const gets: Readonly<Record<string, () => Reply>> = {
    '/up': () => ok,
    '/before-suite-state': () => before('before-suite'),
    '/report-before-suite-state': () => before('report-before-suite'),
    '/have-nonprimary-procs-finished': () => (othersEnded() ? ok : early),
    '/aggregated-nonprimary-procs-report': aggregated,
    '/counter': () => ({ status: 200, body: JSON.stringify({ Index: next++ }) }),
    '/abort': () => (aborted ? gone : ok),
  };
  return {
    answer: (method: string, path: string, body: string): Reply =>
      (method === 'GET' ? gets[path]?.() : posts[path]?.(body)) ?? { status: 404 },
    ended: (process: number): void => {
      alive.delete(process);
    },
    abort: (): void => {
      aborted = true;
    },
  };
};

const kept = (completed: Map<string, string>, name: string, body: string): Reply => {
  completed.set(name, body);
  return ok;
};

const answer = async (
  act: (method: string, path: string, body: string) => Reply,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  try {
    const body = await bodyOf(request);
    const { status, body: text } = act(request.method ?? '', request.url ?? '', body);
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  } catch {
    // Whoever hung up asks no more; too long a report is its sender's failure.
    response.writeHead(500).end();
  }
};

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > mostBytes) throw new Error('a report is too long');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const closed = (server: Server): Promise<void> =>
  new Promise(resolve => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
