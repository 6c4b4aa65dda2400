/** Transfers of the control machine's server as events of a run. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Transfer } from '../../src/artifacts/index.js';
import { emitter } from '../../src/engine/emitter.js';
import { runPlan } from '../../src/engine/run-plan.js';
import { tellPieces, tellUploads } from '../../src/engine/uploads.js';
import type { Event } from '../../src/model/event.js';
import type { Step } from '../../src/model/plan.js';
import { recorded, type World, world } from './world.js';

let w: World | undefined;
afterEach(() => {
  w?.clean();
  w = undefined;
});

/** A server that says what the test wants, at the millisecond it wants. */
const spoken = () => {
  const { events, emit } = recorded();
  const listeners = new Set<(transfer: Transfer) => void>();
  let now = 0;
  const server = {
    port: 1,
    token: 't',
    chunk: async () => undefined,
    onProgress: (listener: (transfer: Transfer) => void) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
  const stop = tellUploads(
    { server, clock: () => new Date(now), hostAt: address => ({ '10.0.0.1': 'kw-1', '10.0.0.2': 'kw-2' })[address] },
    emit,
  );
  const say = (at: number, remote: string, bytes: number, name = 'kubelet') => {
    now = at;
    for (const listener of listeners) listener({ remote, name, sha256: `${name}-digest`, bytes, of: 100 });
  };
  const told = () =>
    events.map(event =>
      event.type === 'upload' ? `${event.host} ${event.name} ${event.bytes}/${event.of}` : event.type,
    );
  return { say, stop, told };
};

test('a transfer is told about every second and at its end, each host and file for itself', () => {
  const { say, told } = spoken();
  for (const at of [0, 200, 400, 600, 800, 1000, 1200, 1999]) say(at, '10.0.0.1', at / 25);
  say(1999, '10.0.0.2', 50);
  say(2000, '10.0.0.1', 100);
  say(2000, '10.0.0.1', 10, 'etcd');
  say(3100, '10.0.0.2', 60);
  expect(told()).toEqual(['kw-1 kubelet 40/100', 'kw-1 kubelet 100/100', 'kw-2 kubelet 60/100']);
});

test('what is over at once is told once; fetched again it is told again', () => {
  const { say, told } = spoken();
  for (const at of [0, 5000]) {
    say(at, '10.0.0.1', 70);
    say(at + 50, '10.0.0.1', 100);
  }
  expect(told()).toEqual(['kw-1 kubelet 100/100', 'kw-1 kubelet 100/100']);
});

test('nobody is named who cannot be known, and nothing is told after the end', () => {
  const { say, stop, told } = spoken();
  say(0, '192.168.1.1', 100);
  stop();
  say(1, '10.0.0.1', 100);
  expect(told()).toEqual([]);
});

test('a run tells and journals what its hosts fetch, and listens no longer than it lasts', async () => {
  w = world([{ host: 'h1', name: 'a', want: { text: 'x' } }]);
  const dir = join(w.root, 'runs');
  const listeners = new Set<(transfer: Transfer) => void>();
  const server = {
    port: 1,
    token: 't',
    chunk: async () => undefined,
    onProgress: (listener: (transfer: Transfer) => void) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
  const heard: Event[] = [];
  const run = await runPlan(w.plan(), {
    ...w.context(),
    server,
    dir,
    command: 'kw up',
    controlPlanes: ['h1'],
    vault: w.context(),
    hostAt: address => (address === '10.0.0.1' ? 'h1' : undefined),
    events: emitter({
      clock: () => new Date(),
      listen: event => {
        heard.push(event);
        if (event.type === 'step-started')
          for (const tell of listeners) tell({ remote: '10.0.0.1', name: 'kubelet', sha256: 'd', bytes: 100, of: 100 });
      },
    }),
  });
  await run.end();
  const upload = { type: 'upload', host: 'h1', name: 'kubelet', bytes: 100, of: 100 };
  expect(heard.filter(event => event.type === 'upload')).toMatchObject([upload]);
  expect(
    readFileSync(
      join(
        dir,
        readdirSync(dir, { recursive: true })
          .map(String)
          .find(name => name.endsWith('.jsonl')) ?? '',
      ),
      'utf8',
    ),
  ).toContain(JSON.stringify(upload).slice(1, -1));
  expect(listeners.size).toBe(0);
});

test('pieces through ssh are told of in the same way', () => {
  const { events, emit } = recorded();
  let now = 0;
  const step = {
    key: '/usr/local/bin/kubelet',
    actions: [{ do: 'fetch', path: '/usr/local/bin/kubelet', sha256: 'k', size: 100, mode: 0o755 }],
  } as unknown as Step;
  const given = tellPieces('kw-1', [step], () => new Date(now), emit);
  for (const [at, bytes] of [
    [0, 10],
    [500, 20],
    [1000, 30],
    [1500, 40],
    [1600, 128],
  ] as const) {
    now = at;
    given('k', bytes);
  }
  given('another', 1);
  expect(events).toEqual([
    { type: 'upload', host: 'kw-1', name: 'kubelet', bytes: 30, of: 100 },
    { type: 'upload', host: 'kw-1', name: 'kubelet', bytes: 100, of: 100 },
  ]);
});
