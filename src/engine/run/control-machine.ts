/** Steps on API objects: the control machine itself looks, calls, waits and looks again. */
import type { Step } from '../../model/plan.js';
import type { Action, Condition } from '../../model/resource.js';
import type { Api } from '../context.js';
import { type SessionParts, sha256 } from './host-session.js';
import { judgeAfter, judgeBefore } from './judge.js';
import { uncordon } from './cordon.js';
import { drainNode, type Refusal } from './drain.js';
import { failureOf } from './step-tracker.js';

/** The raw answer of an API question, as `Question` has it. */
export const askApi = async (api: Api, path: string): Promise<string> => {
  const { status, body } = await api.request('GET', path);
  return JSON.stringify({ status, body });
};

export const carryOutHere = async (step: Step, parts: SessionParts): Promise<void> => {
  try {
    await attempt(step, parts);
  } catch (error) {
    parts.tracker.failed(step, failureOf(error));
  }
};

const attempt = async (step: Step, parts: SessionParts): Promise<void> => {
  const { context, tracker, progress } = parts;
  if (step.question.ask !== 'api') throw new Error(`${step.id} asks a host: it has no place at the control machine`);
  if (!context.api) return tracker.failed(step, { class: 'refused', message: 'this run has no way to the API' });
  const { api } = context;
  // No API yet is an answer too: what comes next may be to wait for it.
  const raw = await ask(api, step.question.path);
  if (parts.stopped()) return;
  if (sha256(raw) !== step.seen) {
    const found = judgeBefore(step, raw, progress.touched(step), context);
    if (found.verdict === 'converged') return tracker.done(step, 'converged');
    if (found.verdict !== 'go')
      return tracker.failed(step, {
        class: 'drift',
        message: 'message' in found ? found.message : '',
        help: 'make a new plan and look at it',
      });
  }
  tracker.started(step);
  await context.sync?.();
  const end = performance.now() + timeoutOf(step) * 1000;
  for (;;) {
    for (const action of step.actions) {
      const refusal = await act(
        api,
        action,
        says => parts.emit({ type: 'step-waiting', step: step.id, host: step.host, says }),
        parts.stopped,
      );
      // A wait that was broken off by an interruption is not a failure: the step is left.
      if (refusal?.class === 'timeout' && parts.stopped()) return;
      if (refusal) return tracker.failed(step, refusal);
    }
    const found = judgeAfter(step, await askApi(await api(), step.question.path), context);
    if (found.verdict === 'converged') return tracker.done(step, 'mended');
    if (performance.now() >= end || parts.stopped())
      return tracker.failed(step, { class: 'unproven', message: 'message' in found ? found.message : '' });
  }
};

/**
 * Seconds for which what came true is waited for again where the next look finds it untrue. Only of a step that does
 * nothing but wait: each API server writes whether it reaches an aggregated API, and on a host that is being built
 * it does not yet.
 */
const timeoutOf = ({ actions: [only, ...others] }: Step): number =>
  only?.do === 'await' && others.length === 0 ? only.seconds : 0;

const ask = async (api: () => Promise<Api>, path: string): Promise<string> =>
  api()
    .then(way => askApi(way, path))
    .catch(() => '{"status":0,"body":null}');

const act = async (
  api: () => Promise<Api>,
  action: Action,
  waiting: (says: string) => void,
  stopped: () => boolean,
): Promise<Refusal> => {
  if (action.do === 'call') {
    const { status, body } = await (await api()).request(action.method, action.path, action.body, action.contentType);
    // What shall be gone and is gone is as wanted.
    if (status < 300 || (status === 404 && action.method === 'DELETE')) return undefined;
    return { class: 'exit', message: `${action.method} ${action.path}: ${status} ${messageOf(body)}` };
  }
  if (action.do === 'await') {
    waiting(action.says);
    const last = await until(api, action, stopped);
    return last === undefined
      ? undefined
      : { class: 'timeout', message: `${action.says}: not within ${action.seconds} s; last: ${last}` };
  }
  if (action.do === 'drain') return drainNode(action, { api, waiting, stopped });
  if (action.do === 'uncordon') {
    await uncordon(await api(), action.node);
    return undefined;
  }
  throw new Error(`the control machine cannot ${action.do}: that is done on a host`);
};

const until = async (
  api: () => Promise<Api>,
  { path, condition, gone, seconds }: Extract<Action, { do: 'await' }>,
  stopped: () => boolean,
): Promise<string | undefined> => {
  const end = performance.now() + seconds * 1000;
  for (let pause = 50; ; pause = Math.min(500, pause * 2)) {
    // An API that is away for a moment is what is being waited for.
    const { status, body } = await api()
      .then(way => way.request('GET', path))
      .catch(error => ({ status: 0, body: { message: failureOf(error).message } }));
    if (gone ? status === 404 : status === 200 && holds(body, condition)) return undefined;
    if (performance.now() > end || stopped()) return `${status || 'no answer'} ${messageOf(body)}`.trim();
    await new Promise(resolve => setTimeout(resolve, pause));
  }
};

interface Conditions {
  readonly status?: { readonly conditions?: readonly { readonly type?: string; readonly status?: string }[] };
}

const holds = (body: unknown, condition: Condition | undefined): boolean =>
  condition === undefined ||
  ((body as Conditions | null)?.status?.conditions ?? []).some(
    each => each.type === condition.type && each.status === condition.status,
  );

const messageOf = (body: unknown): string => {
  if (typeof body === 'string') return body.slice(0, 500);
  const message = (body as { message?: unknown } | null)?.message;
  return typeof message === 'string' ? message : '';
};
