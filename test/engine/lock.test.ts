/** One run at a time per cluster, between real processes. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { controlProcess, isDead } from '../../src/engine/lock/control-process.js';
import { type LockRequest, takeLock } from '../../src/engine/lock/lock.js';
import { connectionsOf } from '../../src/engine/reach/connections.js';
import { WorldFailed } from '../../src/model/event.js';
import { testHost, type TestHost } from './world.js';

let root = '';
let hosts: Map<string, TestHost>;
let child: ChildProcess | undefined;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kw-lock-'));
  hosts = new Map(['h1', 'h2', 'h3'].map(name => [name, testHost(name, root)]));
});
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

const request = (run: string, more: Partial<LockRequest> = {}): LockRequest => ({
  hosts: [...hosts.keys()],
  home: host => join(root, host, 'home'),
  run,
  command: 'kw up',
  process: controlProcess(),
  clock: () => new Date('2026-11-22T12:03:11Z'),
  connections: connectionsOf({ connect: name => (hosts.get(name) as TestHost).connect(), emit: () => {}, limit: 9 })
    .get,
  ...more,
});
const file = (host: string) => join(root, host, 'home/lock');
const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    error => (error instanceof WorldFailed ? error.failure : Promise.reject(error)),
  );
/** As seen from another control machine. */
const bob = { ...controlProcess(), owner: 'bob@elsewhere', machine: 'another machine' };

test('the second is refused with the name, the command and the time of the first, and may after it', async () => {
  const lock = await takeLock(request('r1'));
  const failure = await failureOf(takeLock(request('r2', { process: bob })));
  expect(failure).toMatchObject({
    class: 'locked',
    message:
      `${controlProcess().owner} (process ${process.pid}) has been running \`kw up\` on this cluster since ` +
      '2026-11-22T12:03:11.000Z',
    help: expect.stringMatching(/expires in \d+ s/),
  });
  await lock.release();
  expect([...hosts.keys()].map(file).filter(existsSync)).toEqual([]);
  await (await takeLock(request('r2', { process: bob }))).release();
});

test('of many that come at once exactly one gets it', async () => {
  const results = await Promise.allSettled(
    Array.from({ length: 6 }, (_, index) =>
      takeLock(request(`r${index}`, { process: { ...bob, machine: `machine ${index}` } })),
    ),
  );
  const winners = results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []));
  expect(winners).toHaveLength(1);
  expect(new Set([...hosts.keys()].map(host => readFileSync(file(host), 'utf8').split('\n')[1])).size).toBe(1);
  await winners[0]?.release();
});

test('between two processes: refused while the first lives, taken over at once when it was killed on this control machine', async () => {
  const script = `
    import { takeLock } from ${JSON.stringify(new URL('../../src/engine/lock/lock.ts', import.meta.url).pathname)};
    import { controlProcess } from ${JSON.stringify(new URL('../../src/engine/lock/control-process.ts', import.meta.url).pathname)};
    import { testHost } from ${JSON.stringify(new URL('./world.ts', import.meta.url).pathname)};
    const hosts = new Map(['h1', 'h2', 'h3'].map(name => [name, testHost(name, ${JSON.stringify(root)})]));
    await takeLock({ hosts: [...hosts.keys()], home: host => ${JSON.stringify(root)} + '/' + host + '/home', run: 'child', command: 'kw up', process: controlProcess(), clock: () => new Date(),
      connections: name => hosts.get(name).connect() });
    console.log('taken');
    setInterval(() => {}, 1000);`;
  child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  expect(await failureOf(takeLock(request('r2')))).toMatchObject({
    class: 'locked',
    message: expect.stringContaining(`process ${child.pid}`),
  });
  child.kill('SIGKILL');
  await once(child, 'close');
  await (await takeLock(request('r3'))).release();
});

test('a lock that has expired by the clock of the host, or whose file is broken, is taken over', async () => {
  const lock = await takeLock(request('r1', { process: bob, ttl: 8, every: 1000 }));
  expect(await failureOf(takeLock(request('r2')))).toMatchObject({ class: 'locked' });
  await new Promise(resolve => setTimeout(resolve, 9100));
  const second = await takeLock(request('r2'));
  // Who lost it does not take it away from the next one.
  await lock.release();
  expect(readFileSync(file('h1'), 'utf8')).toContain('\nr2\n');
  await second.release();
  mkdirSync(join(root, 'h1/home'), { recursive: true });
  writeFileSync(file('h1'), 'garbage');
  await (await takeLock(request('r3'))).release();
});

test('the heartbeat renews it, and tells who lost it', async () => {
  const lock = await takeLock(request('r1', { process: bob, ttl: 8, every: 1 }));
  await new Promise(resolve => setTimeout(resolve, 9100));
  expect(await failureOf(takeLock(request('r2')))).toMatchObject({ class: 'locked' });
  expect(lock.lost.aborted).toBe(false);
  // A control machine that slept: others took it over in the meantime.
  const other = JSON.stringify({
    ...controlProcess(),
    owner: 'eve@laptop',
    run: 'r9',
    command: 'kw reset',
    since: 'now',
  });
  // As they would: one at a time holds the folder, else a renewal under way would write over it.
  for (const host of hosts.keys())
    execFileSync('flock', [join(root, host, 'home'), 'sh', '-c', 'cat > "$0"', file(host)], {
      input: `${Math.floor(Date.now() / 1000) + 60}\nr9\n${other}\n`,
    });
  await once(lock.lost, 'abort');
  expect(lock.lost.reason.failure).toMatchObject({ class: 'locked', message: expect.stringContaining('eve@laptop') });
  await lock.release();
  expect(readFileSync(file('h1'), 'utf8')).toContain('\nr9\n');
});

test('most of the control planes that answer are enough; none is a failure of the hosts', async () => {
  for (const name of ['h1', 'h3']) (hosts.get(name) as TestHost).down = true;
  const lock = await takeLock(request('r1'));
  expect(existsSync(file('h2'))).toBe(true);
  await lock.release();
  (hosts.get('h2') as TestHost).down = true;
  expect(await failureOf(takeLock(request('r1')))).toMatchObject({ class: 'unreachable', host: 'h1' });
});

test('a host that cannot write is named', async () => {
  for (const name of ['h1', 'h2', 'h3']) writeFileSync(join(root, name, 'home'), 'a file is in the way');
  expect(await failureOf(takeLock(request('r1')))).toMatchObject({
    class: 'exit',
    message: expect.stringContaining('cannot write'),
  });
});

test('only a process of this very control machine can be known to be dead', () => {
  const self = controlProcess();
  expect(isDead(self, self)).toBe(false);
  expect(isDead({ ...self, started: '1' }, self)).toBe(true);
  expect(isDead({ ...self, pid: 4_194_304 }, self)).toBe(true);
  expect(isDead({ ...self, pid: 4_194_304, machine: 'another' }, self)).toBe(false);
});
