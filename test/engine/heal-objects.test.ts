/** API objects after a therapy that did not help: only what it wrote, and only while it still is so. */
import { expect, test } from 'vitest';
import { type ObjectSnapshot, rollbackObjects } from '../../src/engine/heal/objects.js';

type Answer = { readonly status: number; readonly body: unknown };

/** What was sent, and what was said of it. */
const tried = async (one: ObjectSnapshot, now: Answer, answer: Answer = { status: 200, body: {} }) => {
  const sent: unknown[] = [];
  const problems = await rollbackObjects([one], async () => ({
    request: async (method, path, body) => {
      if (method === 'GET') return now;
      sent.push([method, path, body]);
      return answer;
    },
  }));
  return { sent, problems: problems.map(({ path, says }) => `${path}: ${says}`) };
};
const metadata = (version: string) => ({ name: 'c', uid: 'u', resourceVersion: version });
const there = (data: unknown, more = {}): Answer => ({ status: 200, body: { metadata: metadata('9'), data, ...more } });
const gone: Answer = { status: 404, body: {} };
const before = { metadata: metadata('1'), data: { a: 'old', b: 'b' } };
const changed: ObjectSnapshot = { path: '/ns/c', body: before, wrote: { data: { a: 'new' } } };

test('a field that the therapy wrote comes back, and what others wrote meanwhile stays', async () => {
  expect(await tried(changed, there({ a: 'new', b: 'theirs', c: 'theirs' }))).toEqual({
    sent: [['PATCH', '/ns/c', { data: { a: 'old' }, metadata: { resourceVersion: '9' } }]],
    problems: [],
  });
});

test('a field that somebody has changed since is left, and that is said', async () => {
  expect(await tried(changed, there({ a: 'newer', b: 'b' }))).toEqual({
    sent: [],
    problems: ['/ns/c: somebody has changed data.a since; it stays'],
  });
});

test('what is as before already needs nothing', async () => {
  expect(await tried(changed, there({ a: 'old', b: 'b' }))).toEqual({ sent: [], problems: [] });
});

test('entries that the therapy cleared away come back', async () => {
  const exact: ObjectSnapshot = { ...changed, exact: ['data'] };
  const { sent } = await tried(exact, there({ a: 'new' }));
  expect(sent).toEqual([['PATCH', '/ns/c', { data: { a: 'old', b: 'b' }, metadata: { resourceVersion: '9' } }]]);
});

test('an API that refuses is not a success', async () => {
  const refusal: Answer = { status: 409, body: { message: 'the object has been modified' } };
  expect((await tried(changed, there({ a: 'new' }), refusal)).problems).toEqual([
    '/ns/c: the API refused: status 409 the object has been modified',
  ]);
  const made: ObjectSnapshot = { path: '/ns/c', wrote: { data: { a: 'new' } } };
  expect((await tried(made, there({ a: 'new' }), { status: 403, body: null })).problems).toEqual([
    '/ns/c: the API refused: status 403',
  ]);
});

test('an object that the therapy made goes, unless somebody uses it by now', async () => {
  const made: ObjectSnapshot = { path: '/ns/c', wrote: { data: { a: 'new' } } };
  const { sent } = await tried(made, there({ a: 'new' }));
  expect(sent).toMatchObject([['DELETE', '/ns/c', { preconditions: { uid: 'u', resourceVersion: '9' } }]]);
  expect(await tried(made, there({ a: 'new', b: 'theirs' }))).toEqual({
    sent: [],
    problems: ['/ns/c: somebody has changed it since; it stays'],
  });
  expect(await tried(made, gone)).toEqual({ sent: [], problems: [] });
});

test('an object that the therapy removed is made again, unless somebody did so', async () => {
  const removed: ObjectSnapshot = { path: '/ns/c', body: before };
  expect((await tried(removed, gone)).sent).toEqual([
    ['POST', '/ns', { metadata: { name: 'c' }, data: { a: 'old', b: 'b' } }],
  ]);
  const anew: Answer = { status: 200, body: { metadata: { ...metadata('9'), uid: 'v' } } };
  expect((await tried(removed, anew)).problems).toEqual(['/ns/c: somebody has made it anew since']);
});
