import { expect, test } from 'vitest';
import { progressOf } from '../../src/engine/run/progress.js';
import type { Plan, Step } from '../../src/model/plan.js';
import { sh } from '../../src/shell/sh.js';

const step = (id: string, more: Partial<Step> = {}): Step => ({
  id,
  host: id.split('/')[0] ?? '',
  kind: 'file',
  key: id,
  stage: 'host',
  because: '',
  changes: [],
  actions: [],
  risk: 'none',
  after: [],
  question: { ask: 'host', script: sh`` },
  seen: '',
  ...more,
});
const planOf = (...steps: readonly Step[]): Plan => ({
  cluster: 'c',
  steps,
  examined: steps.length,
  unseen: [],
  digest: '',
});

const servers = [step('a/server'), step('b/server')];
const api = step('c/api', { afterAny: ['a/server', 'b/server'] });
const node = step('d/node', { after: ['c/api'] });

test('what needs one of several begins with the first of them', () => {
  const progress = progressOf(planOf(...servers, api, node));
  expect(progress.take('c')).toEqual([]);
  const [first] = progress.take('a');
  expect(first && progress.done(first, 'mended')).toEqual(['c']);
  expect(progress.take('c')).toEqual([api]);
});

test('it is not blocked while one of them may still come, and is when the last has failed', () => {
  const progress = progressOf(planOf(...servers, api, node));
  const [a, b] = [progress.take('a')[0], progress.take('b')[0]];
  expect(a && progress.fail(a)).toEqual([]);
  expect(b && progress.fail(b)).toEqual([api, node]);
});

test('one that is done outweighs all that fail after it', () => {
  const progress = progressOf(planOf(...servers, api, node));
  const [a, b] = [progress.take('a')[0], progress.take('b')[0]];
  if (a) progress.done(a, 'mended');
  expect(b && progress.fail(b)).toEqual([]);
});
