import { writeFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { carryOut } from '../../src/engine/carry-out.js';
import type { Api } from '../../src/engine/context.js';
import { readResources, survey } from '../../src/engine/survey.js';
import { type EventBody, WorldFailed } from '../../src/model/event.js';
import type { Plan } from '../../src/model/plan.js';
import type { Action, Change, Kind, Resource } from '../../src/model/resource.js';
import { kinds, type World, world } from './world.js';
import { type Script, sh } from '../../src/shell/sh.js';

let w: World;
afterEach(() => w.clean());

test('all resources of a host are looked at in one script; a host that is away gives its reason', async () => {
  w = world([
    { host: 'h1', name: 'a', want: { text: 'a' } },
    { host: 'h1', name: 'b', want: { text: 'b' } },
    { host: 'h2', name: 'c', want: { text: 'c' } },
  ]);
  writeFileSync(w.path('h1/b'), 'bé\n\n');
  w.host('h2').down = true;
  const seen = await readResources(w.resources, w.context());
  expect(seen).toEqual(
    new Map<string, unknown>([
      [w.id('h1/a'), { raw: 'absent\n' }],
      [w.id('h1/b'), { raw: 'is\nbé\n\n' }],
      [w.id('h2/c'), { missing: 'no route to host' }],
    ]),
  );
  expect(w.host('h1').scripts).toBe(1);
});

test('an API that is away costs the hosts nothing, and every question to it has the reason', async () => {
  w = world([{ host: 'h1', name: 'a', want: { text: 'a' } }]);
  const seen = await survey(
    [
      { id: 'x', host: 'cluster', question: { ask: 'api', path: '/x' } },
      { id: 'y', host: 'h1', question: { ask: 'host', script: sh`echo y` } },
    ],
    w.context({
      api: async () => {
        throw new WorldFailed({ class: 'unreachable', message: 'no API server answers' });
      },
    }),
  );
  expect(seen.get('x')).toEqual({ missing: 'no API server answers' });
  expect(seen.get('y')).toEqual({ raw: 'y\n' });
});

test('each host’s answer is told of when it comes, not when the last one has come', async () => {
  w = world([
    { host: 'h1', name: 'a', want: { text: 'a' } },
    { host: 'h2', name: 'b', want: { text: 'b' } },
  ]);
  const heard = new Map<string, number>();
  const ask = (host: string, script: Script) => ({
    id: host,
    host,
    question: { ask: 'host', script } as const,
    heard: () => {
      heard.set(host, performance.now());
    },
  });
  await survey([ask('h1', sh`sleep 0.5`), ask('h2', sh`true`)], w.context());
  expect((heard.get('h1') ?? 0) - (heard.get('h2') ?? 0)).toBeGreaterThan(300);
});

/** An API that keeps what it is sent. */
const keeping = (): { readonly api: Api; readonly objects: Map<string, unknown> } => {
  const objects = new Map<string, unknown>();
  const api: Api = {
    async request(method, path, body) {
      if (method === 'GET')
        return objects.has(path)
          ? { status: 200, body: objects.get(path) }
          : { status: 404, body: { message: `${path} not found` } };
      if (path.includes('forbidden')) return { status: 403, body: { message: 'you may not' } };
      if (method === 'DELETE') return { status: objects.delete(path) ? 200 : 404, body: {} };
      objects.set(path, body);
      return { status: 201, body };
    },
  };
  return { api, objects };
};

interface ObjectWant {
  readonly body: unknown;
  readonly before?: readonly Action[];
  /** Others write the body: the step waits, and does nothing else. */
  readonly only?: Action;
}
const object: Kind<'object', ObjectWant, string> = {
  kind: 'object',
  read: path => ({
    id: path,
    question: { ask: 'api', path },
    parse: output =>
      JSON.stringify(
        (JSON.parse(output) as { status: number; body: unknown }).status === 200
          ? (JSON.parse(output) as { body: unknown }).body
          : null,
      ),
  }),
  rollback: () => ({ by: 'object' }),
  diff: ({ body }, have): readonly Change[] =>
    JSON.stringify(body) === have ? [] : [{ verb: 'update', field: 'body', from: have, to: body }],
  plan: (path, { body, before = [], only }) => ({
    actions: only ? [only] : [...before, { do: 'call', method: 'PUT', path, body }],
    risk: 'none',
  }),
  ideal: ({ body }) => JSON.stringify(body),
};

const run = async (
  wants: Readonly<Record<string, ObjectWant>>,
  api: Api,
): Promise<{ outcome: Awaited<ReturnType<typeof carryOut>>; events: EventBody[] }> => {
  w = world([]);
  const resources = Object.entries(wants).map(
    ([key, want]): Resource<'object', ObjectWant> => ({
      kind: 'object',
      host: 'cluster',
      key,
      want,
      stage: 'addons',
      after: [],
      because: 'test',
    }),
  );
  const steps = resources.map(resource => ({
    id: `cluster/object/${resource.key}`,
    host: 'cluster',
    kind: 'object',
    key: resource.key,
    stage: 'addons' as const,
    because: 'test',
    after: [],
    seen: '',
    changes: object.diff(resource.want, 'null'),
    question: object.read(resource.key, resource.want).question,
    ...object.plan(resource.key, resource.want, []),
  }));
  const plan: Plan = { cluster: 'c', steps, examined: 1, unseen: [], digest: '' };
  const events: EventBody[] = [];
  const outcome = await carryOut(
    plan,
    w.context({
      kinds: { ...kinds, object },
      api: async () => api,
      wanted: new Map(resources.map(each => [`cluster/object/${each.key}`, each])),
    }),
    event => {
      events.push(event);
    },
  );
  return { outcome, events };
};

test('objects are carried out by the control machine: called, looked at again, proven; a refusal is told in the words of the API', async () => {
  const { api, objects } = keeping();
  const { outcome } = await run({ '/a': { body: { x: 1 } }, '/forbidden': { body: {} } }, api);
  expect(objects.get('/a')).toEqual({ x: 1 });
  expect(outcome).toMatchObject({
    mended: 1,
    exitCode: 13,
    failures: [{ step: 'cluster/object//forbidden', message: 'PUT /forbidden: 403 you may not' }],
  });
  objects.set('/drifted', { other: true });
  expect((await run({ '/a': { body: { x: 1 } }, '/drifted': { body: {} } }, api)).outcome).toMatchObject({
    converged: 1,
    exitCode: 15,
  });
});

test('await repeats until the API answers and the condition holds, and tells what it last saw', async () => {
  const { api, objects } = keeping();
  const awaits = (seconds: number): Action => ({
    do: 'await',
    path: '/node',
    condition: { type: 'Ready', status: 'True' },
    seconds,
    says: 'node is Ready',
  });
  setTimeout(() => objects.set('/node', { status: { conditions: [{ type: 'Ready', status: 'False' }] } }), 100);
  setTimeout(() => objects.set('/node', { status: { conditions: [{ type: 'Ready', status: 'True' }] } }), 300);
  const { outcome, events } = await run({ '/a': { body: 1, before: [awaits(20)] } }, api);
  expect(outcome).toMatchObject({ ok: true });
  expect(events).toContainEqual({
    type: 'step-waiting',
    step: 'cluster/object//a',
    host: 'cluster',
    says: 'node is Ready',
  });
  objects.delete('/node');
  expect((await run({ '/b': { body: 1, before: [awaits(0.2)] } }, api)).outcome.failures[0]).toMatchObject({
    class: 'timeout',
    message: 'node is Ready: not within 0.2 s; last: 404 /node not found',
  });
});

test('what others were to do and have half done is not drift: the step was to wait for it', async () => {
  const { api, objects } = keeping();
  const appears: Action = { do: 'await', path: '/node', seconds: 5, says: '/node to appear' };
  // A kubelet registers its Node between the plan and the step: absent then, there now, and not yet as wanted.
  objects.set('/node', { spec: {} });
  const { outcome } = await run({ '/node': { body: { spec: { podCIDR: '10.244.4.0/24' } }, before: [appears] } }, api);
  expect(outcome).toMatchObject({ ok: true, mended: 1 });
  expect(objects.get('/node')).toEqual({ spec: { podCIDR: '10.244.4.0/24' } });
});

test('what came true and is untrue at the next look is waited for again, as long as it was to be waited for', async () => {
  // Each of several API servers writes whether it reaches an aggregated API: until the last look they disagree.
  const body = (status: string) => ({ status: { conditions: [{ type: 'Available', status }] } });
  const flapping = (until: number): Api => {
    let looks = 0;
    return {
      request: async () => {
        looks += 1;
        return { status: 200, body: body(looks >= until || looks % 2 === 0 ? 'True' : 'False') };
      },
    };
  };
  const waits = (seconds: number): ObjectWant => ({
    body: body('True'),
    only: { do: 'await', path: '/a', condition: { type: 'Available', status: 'True' }, seconds, says: 'it to answer' },
  });
  expect((await run({ '/a': waits(20) }, flapping(7))).outcome).toMatchObject({ ok: true, mended: 1 });
  expect((await run({ '/a': waits(0.2) }, flapping(1e9))).outcome.failures[0]).toMatchObject({ class: 'unproven' });
});
