/** A change that locks everybody out: found while somebody asks, and taken back by the host where nobody does. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import fc from 'fast-check';
import type { ApiWay } from '../../src/engine/context.js';
import { hasten } from '../../src/engine/script/armed.js';
import { asBefore, labOf, pause, settled } from './put-back-labs.js';
import { type Lab, type Name, type State, textOf } from './put-back-world.js';

const server: Name = 'kube-apiserver';
const planes = (count: number, has: readonly Name[] = [server]) => labOf(count, has, { lifelines: [server] });

/** Its servers are ready whatever they run; who runs `locked` lets nobody in. */
const waysOf =
  (l: Lab, of: Name = server) =>
  async (host: string): Promise<readonly ApiWay[]> => [
    {
      name: `the API server of ${host}`,
      ask: async () =>
        l.runs(host, of).includes('locked') ? { says: 'it answers with 401', refused: true } : undefined,
    },
  ];
/** Nobody acts by himself while everybody is there: the machine of this test may be slow. */
const limits = { armed: 120, confirm: 2 };
/** What a host waits for a word of whoever is gone. */
const silence = 6;
const carry = async (l: Lab, wish: Parameters<Lab['plan']>[0], more: Parameters<Lab['carry']>[1] = {}) =>
  l.carry(await l.plan(wish), { ways: waysOf(l), limits, ...more });

const locked: State = { config: 'locked' };

test('a good change leaves nothing on its hosts', async () => {
  const l = await planes(2);
  expect((await carry(l, { [server]: { config: 'c2' } })).outcome).toMatchObject({ ok: true });
  for (const host of l.names) {
    expect(l.runs(host, server)).toBe(textOf(server, { config: 'c2' }));
    expect([host, l.left(host), l.kept(host), l.takenBack(host)]).toEqual([host, false, false, '']);
  }
});

test('a server that is ready and lets nobody in is no server: its turn is put back, and no other begins', async () => {
  const l = await planes(3);
  const ran = await carry(l, { [server]: locked });
  expect(ran.outcome.failures).toHaveLength(1);
  expect(ran.outcome.failures[0]?.message).toMatch(
    /^new: the API server of kw-1 was reached before this change, and is not now: .*401; put back: kube-apiserver serves/,
  );
  asBefore(l, [server]);
  expect(l.names.map(host => l.starts(host, server))).toEqual([3, 1, 1]);
  expect(l.names.map(host => [l.left(host), l.takenBack(host)])).toEqual(l.names.map(() => [false, '']));
});

test('what let nobody in before is not asked for after a change that may cure it', async () => {
  const l = await planes(1);
  const ways = async (): Promise<readonly ApiWay[]> => [
    { name: 'the endpoint', ask: async () => ({ says: 'nobody is there', refused: false }) },
  ];
  expect((await carry(l, { [server]: { config: 'c2' } }, { ways })).outcome).toMatchObject({ ok: true });
  expect(l.armed('kw-1')).toBe(false);
});

test('what somebody else has done of a turn meanwhile does not end it', async () => {
  const l = await planes(1, [server, 'kube-scheduler']);
  const planned = await l.plan({ [server]: { config: 'c2' }, 'kube-scheduler': { config: 'c2' } });
  // Somebody else has done the second half by the time.
  await carry(l, { 'kube-scheduler': { config: 'c2' } });
  const { outcome } = await l.carry(planned, { ways: waysOf(l), limits });
  expect(outcome.failures).toEqual([]);
  expect([l.armed('kw-1'), l.runs('kw-1', server)]).toEqual([false, textOf(server, { config: 'c2' })]);
});

/** Its control machine is killed, or cut off, once so many hosts wait to be confirmed. */
const cutOff = async (
  l: Lab,
  wish: Parameters<Lab['plan']>[0],
  how: 'kill' | 'cut',
  hosts = 1,
  armed = silence,
): Promise<void> => {
  const waiting = new Set<string>();
  let reached = (): void => {};
  const moment = new Promise<void>(done => {
    reached = done;
  });
  const ways = async (host: string): Promise<readonly ApiWay[]> => [
    {
      name: 'the endpoint',
      async ask() {
        if (!l.armed(host)) return undefined;
        waiting.add(host);
        if (waiting.size >= hosts) reached();
        return { says: 'nobody is there', refused: false };
      },
    },
  ];
  const running = carry(l, wish, { ways, limits: { armed, confirm: 600 } });
  await Promise.race([moment, running]);
  for (const host of l.hosts.values()) {
    host.down = true;
    if (how === 'kill') host.kill();
    host.cut();
  }
  await running;
};

/** The way to its hosts is there again. */
const back = (l: Lab): void => {
  for (const host of l.hosts.values()) host.down = false;
};

test('nobody is there any more: the host takes it back by itself, and writes down when and why', async () => {
  const l = await planes(1);
  await cutOff(l, { [server]: locked }, 'cut');
  expect(l.runs('kw-1', server)).toBe(textOf(server, locked));
  await settled(l);
  asBefore(l, [server]);
  expect(l.takenBack('kw-1')).toMatch(
    /^at \d{4}-.*Z\nchanged \d{4}-.*Z\nwhy silence\nok 1\nseconds \d+\ncommand kw up\nowner anna@laptop\nunits kube-api/,
  );
  expect(readFileSync(join(l.root, 'kw-1', 'journal'), 'utf8')).toMatch(
    /^kube-apiserver: nobody confirmed the change of kw up \(anna@laptop, .*\) in time; taking it back\n.*as before again/,
  );
  back(l);
  expect((await l.plan({})).plan.steps).toEqual([]);
});

test('a good change that nobody could confirm goes back too, and the next run makes it again', async () => {
  const l = await planes(1);
  await cutOff(l, { [server]: { config: 'c2' } }, 'kill');
  await settled(l);
  asBefore(l, [server]);
  back(l);
  expect((await carry(l, { [server]: { config: 'c2' } })).outcome).toMatchObject({ ok: true });
  expect(l.runs('kw-1', server)).toBe(textOf(server, { config: 'c2' }));
});

test('whoever comes back to a host that has taken its change back is not told that all is done', async () => {
  const l = await planes(1);
  let wake = (): void => {};
  const ways = async (host: string): Promise<readonly ApiWay[]> => [
    // It asks, and its network is gone until the host has acted.
    {
      name: 'the endpoint',
      ask: async () => {
        if (!l.armed(host)) return undefined;
        wake();
        await settled(l);
        return { says: 'no route to host', refused: false };
      },
    },
  ];
  const asked = new Promise<void>(done => {
    wake = done;
  });
  const running = carry(l, { [server]: { config: 'c2' } }, { ways, limits: { ...limits, armed: silence } });
  await asked;
  const { outcome } = await running;
  expect(outcome.ok).toBe(false);
  expect(outcome.failures[0]?.message).toContain('the host has taken back by itself what this run had changed');
  asBefore(l, [server]);
});

test('who knows that the run is dead need not wait for its host; of another run its word changes nothing', async () => {
  const l = await planes(1);
  const ever = 100_000;
  await cutOff(l, { [server]: { config: 'c2' } }, 'kill', 1, ever);
  const dirs = { home: join(l.root, 'kw-1', 'home'), scratch: join(l.root, 'kw-1', 'scratch') };
  const until = () => Number(readFileSync(join(dirs.scratch, 'armed-until'), 'utf8'));
  const [run = ''] = readFileSync(join(dirs.home, 'armed', 'run'), 'utf8').split('\n');
  execFileSync('sh', ['-c', hasten('another', dirs)]);
  expect(until()).toBeGreaterThan(ever);
  execFileSync('sh', ['-c', hasten(run, dirs)]);
  await settled(l);
  asBefore(l, [server]);
  expect(l.takenBack('kw-1')).toContain('why silence\nok 1\n');
});

test('a power failure while a change waits: at its boot the host takes it back', async () => {
  const l = await planes(1);
  await cutOff(l, { [server]: locked }, 'kill');
  l.boot('kw-1');
  await settled(l);
  asBefore(l, [server]);
  expect(l.takenBack('kw-1')).toContain('why boot\nok 1\n');
});

test('a control plane and a worker that change at the same time take it back each by itself', async () => {
  const has: readonly Name[] = ['kw-haproxy'];
  const l = await labOf(2, has, { lifelines: has, workers: ['kw-2'] });
  await cutOff(l, { 'kw-haproxy': { config: 'c2' } }, 'cut', 2);
  await settled(l);
  asBefore(l, has);
  for (const host of l.names) expect(l.takenBack(host)).toContain('ok 1\n');
});

test('the old state does not serve any more: that is written down, and what was kept stays for whoever comes', async () => {
  const l = await planes(1);
  await cutOff(l, { [server]: { config: 'c2' } }, 'cut');
  // Whatever is started of it from now on ends.
  writeFileSync(join(l.root, 'kw-1', 'systemd', `${server}.service`, 'spoilt'), 'bad');
  await settled(l);
  expect(l.takenBack('kw-1')).toContain('why silence\nok 0\n');
  expect([l.disk('kw-1', server), l.kept('kw-1')]).toEqual([textOf(server), true]);
  l.mend('kw-1', server);
  back(l);
  expect((await carry(l, {})).outcome).toMatchObject({ ok: true });
  asBefore(l, [server]);
}, 60_000);

test('killed at any moment: what locks everybody out never stays, and what is half done never either', async () => {
  const has: readonly Name[] = [server, 'kubelet'];
  const moment = fc.record({
    hosts: fc.constantFrom(1, 2),
    state: fc.constantFrom<State>(locked, { config: 'c2' }, { flag: 'f2', config: 'locked' }, { flag: 'bad' }),
    events: fc.integer({ min: 1, max: 10 }),
    ms: fc.integer({ min: 0, max: 600 }),
    how: fc.constantFrom('kill', 'cut', 'boot'),
    again: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(moment, async ({ hosts, state, events, ms, how, again }) => {
      const l = await planes(hosts, has);
      let told = 0;
      let reached = (): void => {};
      const at = new Promise<void>(done => {
        reached = done;
      });
      const running = carry(
        l,
        { [server]: state },
        { told: () => ++told === events && reached(), limits: { ...limits, armed: silence } },
      );
      await Promise.race([at, running]);
      await pause(ms);
      for (const host of l.hosts.values()) {
        host.down = true;
        if (how === 'kill') host.kill();
        host.cut();
      }
      await running;
      if (how === 'boot') for (const name of l.names) l.boot(name);
      await settled(l);
      for (const name of l.names) {
        const runs = l.runs(name, server);
        expect([name, runs]).toEqual([name, l.disk(name, server)]);
        const whole = [textOf(server), ...(state.config === 'c2' ? [textOf(server, state)] : [])];
        expect(whole).toContain(runs);
      }
      back(l);
      const { outcome } = await carry(l, again ? { [server]: state } : {});
      expect(outcome.ok).toBe(!again || state.config === 'c2');
      if (!outcome.ok) asBefore(l, has);
      expect(l.names.filter(l.armed)).toEqual([]);
    }),
    { numRuns: Number(process.env.KW_RUNS ?? 8) },
  );
}, 600_000);

test('its unit is there only while a change waits', async () => {
  const l = await planes(1);
  let seen = false;
  await carry(
    l,
    { [server]: { config: 'c2' } },
    {
      told: event => {
        if (event.type === 'step-waiting') seen ||= existsSync(join(l.root, 'kw-1', 'units', 'kw-armed.service'));
      },
    },
  );
  expect([seen, l.left('kw-1')]).toEqual([true, false]);
});
