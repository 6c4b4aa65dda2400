import type { Fact } from '../model/fact.js';
import { Unreadable } from '../model/fact.js';
import { isNestedDeeper } from '../model/nesting.js';

export type ObjectState =
  | { readonly is: 'absent' }
  /** No API server answers (yet), or it refuses: the object may well be there. */
  | { readonly is: 'unseen'; readonly status: number }
  | { readonly is: 'object'; readonly body: Readonly<Record<string, unknown>> };

/** An object of the Kubernetes API. */
export const object = (path: string): Fact<ObjectState> => ({
  id: `object:${path}`,
  question: { ask: 'api', path },
  parse: output => read(`object:${path}`, output),
});

function read(id: string, output: string): ObjectState {
  const answer = parse(id, output);
  if (!isRecord(answer) || typeof answer.status !== 'number') throw new Unreadable(id, output, 'no status');
  const { status, body } = answer;
  if (status === 404) return { is: 'absent' };
  if (status !== 200) return { is: 'unseen', status };
  if (!isRecord(body)) throw new Unreadable(id, output, 'status 200 without an object');
  if (isNestedDeeper(body)) throw new Unreadable(id, output, 'no object is nested so deeply');
  return { is: 'object', body };
}

function parse(id: string, output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    throw new Unreadable(id, output, 'no JSON');
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
