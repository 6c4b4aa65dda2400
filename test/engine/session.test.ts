/** What the commands share, over hosts that are this machine's own shell. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hostDirs } from '../../src/engine/context.js';
import { listRuns, readJournal } from '../../src/engine/journal.js';
import { emitter } from '../../src/engine/emitter.js';
import { runPlan, type RunParts } from '../../src/engine/run-plan.js';
import { openSession } from '../../src/engine/session.js';
import type { ClusterSpec } from '../../src/model/cluster.js';
import type { Event, EventBody } from '../../src/model/event.js';
import { sh } from '../../src/shell/sh.js';
import { idOf } from '../../src/model/resource.js';
import { writeSecret } from '../../src/engine/vault/store.js';
import { apiServer } from './api-server.js';
import { kinds, type World, world } from './world.js';

let w: World;
beforeEach(() => {
  w = world(['h1', 'h2'].map(host => ({ host, name: 'a', want: { text: `${host}\n` } })));
});
afterEach(() => w.clean());

const spec = (): ClusterSpec =>
  ({
    name: 'c',
    hosts: ['h1', 'h2'].map(name => ({
      name,
      address: '127.0.0.1',
      roles: name === 'h1' ? ['controlPlane', 'etcd'] : ['worker'],
      labels: {},
      taints: [],
      ssh: { user: 'root', port: 22 },
    })),
    endpoint: { address: '127.0.0.1', port: 6443 },
    pki: { algorithm: 'ecdsa-p256', caDays: 10, leafDays: 5, sans: [] },
  }) as unknown as ClusterSpec;

test('a session connects once per host, asks, looks, and says which hosts are lost', async () => {
  w.host('h2').down = true;
  const events: EventBody[] = [];
  const session = await openSession(spec(), {
    dir: join(w.root, 'control'),
    kinds,
    connect: host => w.host(host.name).connect(),
    clock: () => new Date(),
    emit: event => {
      events.push(event);
    },
  });
  expect([...session.lost]).toEqual([['h2', expect.objectContaining({ class: 'unreachable' })]]);
  expect(
    (
      await session.ask([
        { id: '1', host: 'h1', question: { ask: 'host', script: sh`echo hello` } },
        { id: '2', host: 'h2', question: { ask: 'host', script: sh`echo hello` } },
      ])
    ).get('1'),
  ).toEqual({ raw: 'hello\n' });
  const seen = await session.read(w.resources);
  expect([seen.get(w.id('h1/a')), seen.get(w.id('h2/a'))]).toEqual([
    { raw: 'absent\n' },
    { missing: 'no route to host' },
  ]);
  session.close();
  expect(
    events
      .map(event =>
        event.type === 'host-lost' || event.type === 'host-ready' || event.type === 'host-connecting'
          ? `${event.type} ${event.host}`
          : event.type,
      )
      .sort(),
  ).toEqual(['host-connecting h1', 'host-connecting h2', 'host-lost h2', 'host-ready h1']);
});

test('an API server that restarted is asked over another connection: one from before may be dead', async () => {
  const server = await apiServer(new Date(), (request, response) => {
    const body = request.url?.includes('selfsubjectaccessreviews') ? { status: { allowed: true } } : {};
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  const dir = join(w.root, 'control');
  await writeSecret(dir, 'pki/ca.key', server.authority.keyPem);
  await writeSecret(dir, 'pki/ca.crt', server.authority.certPem);
  let ways = 0;
  const session = await openSession(spec(), {
    dir,
    kinds,
    connect: async host => ({
      ...(await w.host(host.name).connect()),
      forward: async () => {
        ways += 1;
        return server.way.connect();
      },
    }),
    clock: () => new Date(),
    emit: () => undefined,
  });
  const ask = async () => (await session.apiAt('h1')).request('POST', '/token', {});
  await ask();
  const before = ways;
  await ask();
  expect(ways).toBeGreaterThan(before);
  session.close();
  server.close();
});

const parts = (heard: Event[], more: Partial<RunParts> = {}): RunParts => {
  const { run: _, reveal, issue, ...context } = w.context();
  return {
    ...context,
    dir: join(w.root, 'control'),
    command: 'kw up',
    controlPlanes: ['h1'],
    vault: { reveal, issue },
    events: emitter({
      clock: () => new Date(),
      listen: event => {
        heard.push(event);
      },
    }),
    ...more,
  };
};

test('a run is under the lock and in the journal until its end; a plan without steps is in neither', async () => {
  const heard: Event[] = [];
  const lock = w.path('h1/home/lock');
  const run = await runPlan(w.plan(), parts(heard));
  expect(run.outcome).toMatchObject({ ok: true, mended: 2 });
  expect(readFileSync(lock, 'utf8')).toContain('kw up');
  await expect(runPlan({ ...w.plan(), steps: [stepOf('h1/a')] }, parts([]))).rejects.toMatchObject({
    failure: { class: 'locked' },
  });
  run.emit({ type: 'proof', name: 'nodes', ok: true, says: 'all Ready', seconds: 1 });
  await run.end();
  expect(existsSync(lock)).toBe(false);
  const [record] = await listRuns(join(w.root, 'control'));
  expect(record).toMatchObject({ command: 'kw up', steps: 2, ended: { ok: true, done: 2 } });
  const events = await readJournal(record?.file ?? '');
  expect(events).toEqual(heard);
  expect(events.map(event => event.n)).toEqual(events.map((_, index) => index + 1));
  expect(events.at(-1)?.type).toBe('proof');
  const again = await runPlan(w.plan(), parts([]));
  await again.end();
  expect(again.outcome).toMatchObject({ ok: true, mended: 0 });
  expect(await listRuns(join(w.root, 'control'))).toHaveLength(1);
});

test('hosts keep their things where systemd and packages do not look', () => {
  expect(hostDirs).toEqual({ home: '/var/lib/kubewizard', scratch: '/run/kubewizard' });
});

const stepOf = (name: string) => {
  const resource = w.resources.find(each => idOf(each) === w.id(name));
  if (!resource) throw new Error(name);
  return {
    id: w.id(name),
    host: resource.host,
    kind: 'thing',
    key: resource.key,
    stage: 'host' as const,
    because: '',
    changes: [],
    actions: [],
    risk: 'none' as const,
    after: [],
    question: { ask: 'host' as const, script: sh`true` },
    seen: '',
  };
};
