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
const unknown: Reply = { status: 404 };

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
  let next = 0;
  let aborted = false;
  const abort = (): void => {
    aborted = true;
  };
  const othersEnded = (): boolean => [...alive].every(process => process === 1);
  const before = beforeSuites(() => alive.has(1));
  const results = resultsOf(trouble);
  const posts: Readonly<Record<string, (body: string) => void>> = {
    '/suite-will-begin': nothing,
    '/did-run': body => heard(body, spec),
    '/suite-did-end': results.ended,
    '/emit-output': nothing,
    '/progress-report': nothing,
    '/before-suite-completed': body => before.completed('before-suite', body),
    '/report-before-suite-completed': body => before.completed('report-before-suite', body),
    '/abort': abort,
  };
  const gets: Readonly<Record<string, () => Reply>> = {
    '/up': () => ok,
    '/before-suite-state': () => before.state('before-suite'),
    '/report-before-suite-state': () => before.state('report-before-suite'),
    '/have-nonprimary-procs-finished': () => (othersEnded() ? ok : early),
    '/aggregated-nonprimary-procs-report': () => (othersEnded() ? results.together(processes - 1) : early),
    '/counter': () => ({ status: 200, body: JSON.stringify({ Index: next++ }) }),
    '/abort': () => (aborted ? gone : ok),
  };
  return {
    answer: (method: string, path: string, body: string): Reply => {
      if (method === 'GET') return gets[path]?.() ?? unknown;
      const hear = posts[path];
      hear?.(body);
      return hear ? ok : unknown;
    },
    ended: (process: number): void => void alive.delete(process),
    abort,
  };
};

const heard = (body: string, spec: Listeners['spec']): void => {
  const report = readSpec(parsed(body));
  if (report) spec(report);
};

const nothing = (): void => undefined;

/** What the first process does before all tests, and the others wait for. */
const beforeSuites = (firstLives: () => boolean) => {
  const results = new Map<string, string>();
  return {
    completed: (name: string, body: string): void => {
      results.set(name, body);
    },
    state: (name: string): Reply => {
      const body = results.get(name);
      return body === undefined ? (firstLives() ? early : gone) : { status: 200, body };
    },
  };
};

/** What each process reports at its end. */
const resultsOf = (trouble: Listeners['trouble']) => {
  const reports: SuiteReport[] = [];
  return {
    ended: (body: string): void => {
      const report = readSuite(parsed(body));
      if (report) reports.push(report);
      for (const says of report?.SpecialSuiteFailureReasons ?? []) trouble(says);
    },
    /** A process that died has kept its report to itself. */
    together: (wanted: number): Reply =>
      reports.length < wanted ? gone : { status: 200, body: JSON.stringify(together(reports)) },
  };
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
