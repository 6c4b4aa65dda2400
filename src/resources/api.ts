import { changed, type Condition } from '../model/resource.js';
import { defineKind } from './kind.js';
import type { ApiWant } from './wants.js';

export interface ApiState {
  readonly status: number;
  readonly conditions: readonly Condition[];
}

/** An API path that must answer 200, and where a condition is named, an object that has it. */
export const api = defineKind<'api', ApiWant, ApiState>({
  kind: 'api',
  passing: true,
  read: path => ({ id: `api:${path}`, question: { ask: 'api', path }, parse: readState }),

  diff(want, have) {
    if (have.status !== 200) return [changed('status', have.status, 200)];
    const { condition } = want;
    if (condition === undefined) return [];
    const found = have.conditions.find(one => one.type === condition.type)?.status;
    return found === condition.status ? [] : [changed(condition.type, found, condition.status)];
  },

  plan: (path, want) => ({ actions: [{ do: 'await', path, ...want }], risk: 'none' }),
  rollback: () => ({ by: 'nothing' }),
  ideal: want => ({ status: 200, conditions: want.condition ? [want.condition] : [] }),
});

function readState(output: string): ApiState {
  const answer = parse(output);
  const conditions = (answer.body?.status?.conditions ?? []).filter(isCondition);
  return { status: answer.status ?? 0, conditions: conditions.map(({ type, status }) => ({ type, status })) };
}

interface Answer {
  readonly status?: number;
  readonly body?: { readonly status?: { readonly conditions?: readonly unknown[] } };
}

/** An answer that is not JSON is an API that did not answer, which this kind reports as status 0. */
function parse(output: string): Answer {
  try {
    const answer: unknown = JSON.parse(output);
    return typeof answer === 'object' && answer !== null ? (answer as Answer) : {};
  } catch {
    return {};
  }
}

const isCondition = (value: unknown): value is Condition =>
  typeof value === 'object' && value !== null && 'type' in value && 'status' in value;
