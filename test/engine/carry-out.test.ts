import { afterEach, expect, test } from 'vitest';
import { writeFileSync } from 'node:fs';
import { carryOut } from '../../src/engine/carry-out.js';
import type { EventBody } from '../../src/model/event.js';
import { recorded, type Wanted, type World, world } from './world.js';

let open: World[] = [];
afterEach(() => {
  for (const each of open) each.clean();
  open = [];
});
const worldOf = (wanted: readonly Wanted[]): World => {
  const made = world(wanted);
  open.push(made);
  return made;
};
const file = (host: string, name: string, after: readonly string[] = [], want = {}): Wanted => ({
  host,
  name,
  after,
  want: { text: `${host} ${name}\n`, ...want },
});
const steps = (events: readonly EventBody[], type: EventBody['type']) =>
  events.flatMap(event => (event.type === type && 'step' in event ? [event.step] : []));
const log = (w: World, line: string) => [{ do: 'run' as const, script: `echo ${line} >>${w.path('log')}` }];

test('steps of one host run in one script, each after what it comes after', async () => {
  const wanted: Wanted[] = [file('h1', 'c', ['h1/a', 'h1/b']), file('h1', 'a'), file('h1', 'b', ['h1/a'])];
  const w = worldOf([wanted[1], wanted[2], wanted[0]] as Wanted[]);
  const { events, emit } = recorded();
  const outcome = await carryOut(w.plan(), w.context(), emit);
  expect(outcome).toMatchObject({ ok: true, mended: 3, converged: 0, exitCode: 0, failures: [] });
  expect(w.host('h1').scripts).toBe(1);
  expect(['a', 'b', 'c'].map(name => w.read(`h1/${name}`))).toEqual(['h1 a\n', 'h1 b\n', 'h1 c\n']);
  expect(steps(events, 'step-started')).toEqual(['h1/a', 'h1/b', 'h1/c'].map(w.id));
  expect(events.at(0)?.type).toBe('run-started');
  expect(events.at(-1)).toMatchObject({ type: 'run-ended', ok: true, done: 3 });
});

test('a second run finds nothing to do, and a plan that was overtaken skips what has converged', async () => {
  const w = worldOf([file('h1', 'a'), file('h1', 'b', ['h1/a'])]);
  const plan = w.plan();
  await carryOut(plan, w.context(), () => {});
  expect(w.plan().steps).toEqual([]);
  const { events, emit } = recorded();
  const again = await carryOut(plan, w.context(), emit);
  expect(again).toMatchObject({ ok: true, mended: 0, converged: 2 });
  expect(steps(events, 'step-started')).toEqual([]);
});

test('another state than the planned one stops as drift and blocks its descendants alone', async () => {
  const w = worldOf([file('h1', 'a'), file('h1', 'b', ['h1/a']), file('h1', 'c'), file('h2', 'd', ['h1/b'])]);
  const plan = w.plan();
  writeFileSync(w.path('h1/a'), 'by hand\n');
  const { events, emit } = recorded();
  const outcome = await carryOut(plan, w.context(), emit);
  expect(outcome).toMatchObject({ ok: false, mended: 1, blocked: 2, exitCode: 15 });
  expect(w.read('h1/a')).toBe('by hand\n');
  expect(w.read('h1/c')).toBe('h1 c\n');
  expect(outcome.failures[0]).toMatchObject({
    class: 'drift',
    step: w.id('h1/a'),
    message: expect.stringContaining('by hand'),
  });
  expect(events.filter(event => event.type === 'step-blocked')).toEqual(
    ['h1/b', 'h2/d'].map(name => ({
      type: 'step-blocked',
      step: w.id(name),
      host: name.slice(0, 2),
      root: w.id('h1/a'),
    })),
  );
});

test('a state that an earlier step of this run made is not drift', async () => {
  const made = { text: 'two\n' };
  const w = worldOf([file('h1', 'a'), { host: 'h1', name: 'b', after: ['h1/a'], want: made }]);
  const a = w.resources[0];
  if (a) Object.assign(a.want, { after: [{ do: 'run', script: `echo one >${w.path('h1/b')}` }] });
  expect(await carryOut(w.plan(), w.context(), () => {})).toMatchObject({ ok: true, mended: 2 });
  expect(w.read('h1/b')).toBe('two\n');
});

test('actions that do not lead to what is wanted are unproven', async () => {
  const w = worldOf([file('h1', 'a', [], { instead: [{ do: 'run', script: 'true' }] }), file('h1', 'b', ['h1/a'])]);
  const outcome = await carryOut(w.plan(), w.context(), () => {});
  expect(outcome).toMatchObject({ ok: false, mended: 0, blocked: 1, exitCode: 16 });
  expect(outcome.failures[0]).toMatchObject({ class: 'unproven', message: expect.stringContaining('text') });
  expect(w.read('h1/b')).toBe('');
});

test('a failing action shows the end of its output, escaped, and other hosts go on', async () => {
  const bad = { before: [{ do: 'run', script: 'printf "\\033[2Jno space left\\n" >&2; exit 28' }] };
  const w = worldOf([file('h1', 'a', [], bad), file('h1', 'b', ['h1/a']), file('h2', 'a'), file('h2', 'b', ['h2/a'])]);
  const outcome = await carryOut(w.plan(), w.context(), () => {});
  expect(outcome).toMatchObject({ ok: false, mended: 2, blocked: 1, exitCode: 13 });
  expect(outcome.failures).toEqual([
    { class: 'exit', host: 'h1', step: w.id('h1/a'), message: '\\x1b[2Jno space left' },
  ]);
});

test('a syntax error in a script of one step leaves the others alone', async () => {
  const w = worldOf([
    file('h1', 'a', [], { before: [{ do: 'run', script: 'if then (' }] }),
    file('h1', 'b'),
    file('h1', 'c', [], { before: [{ do: 'run', script: 'exit 3' }] }),
  ]);
  const outcome = await carryOut(w.plan(), w.context(), () => {});
  expect(outcome).toMatchObject({ mended: 1, failures: [{ step: w.id('h1/a') }, { step: w.id('h1/c') }] });
  expect(w.host('h1').scripts).toBe(1);
});

test('hosts wait for each other where the plan says so, and only there', async () => {
  const w = worldOf([file('h1', 'a'), file('h2', 'b', ['h1/a']), file('h2', 'free'), file('h1', 'c', ['h2/b'])]);
  for (const resource of w.resources) Object.assign(resource.want, { before: log(w, resource.key.slice(-4)) });
  const { events, emit } = recorded();
  expect(await carryOut(w.plan(), w.context(), emit)).toMatchObject({ ok: true, mended: 4 });
  const order = steps(events, 'step-done');
  expect(order.indexOf(w.id('h1/a'))).toBeLessThan(order.indexOf(w.id('h2/b')));
  expect(order.indexOf(w.id('h2/b'))).toBeLessThan(order.indexOf(w.id('h1/c')));
  expect([w.host('h1').scripts, w.host('h2').scripts]).toEqual([2, 2]);
});

test('of one host an earlier stage goes first: others wait for a member of etcd, nobody for a program of a node', async () => {
  const programs = ['p1', 'p2', 'p3'].map(name =>
    file('h1', name, [], { before: [{ do: 'run', script: 'sleep 0.6' }] }),
  );
  const w = worldOf([
    ...programs.map((each): Wanted => ({ ...each, stage: 'nodes' })),
    { ...file('h1', 'joins'), stage: 'etcd' },
    { ...file('h1', 'member', ['h1/joins']), stage: 'etcd' },
  ]);
  const { events, emit } = recorded();
  expect(await carryOut(w.plan(), w.context(), emit)).toMatchObject({ ok: true, mended: 5 });
  const order = steps(events, 'step-done');
  expect(order.indexOf(w.id('h1/member'))).toBeLessThan(order.indexOf(w.id('h1/p2')));
});

test('a wait holds up only what comes after it; one that expires is a timeout with its last word', async () => {
  const w = worldOf([
    file('h1', 'slow'),
    file('h1', 'quick'),
    file('h1', 'next', ['h1/quick']),
    file('h1', 'never'),
    file('h1', 'after', ['h1/never']),
  ]);
  const wait = (name: string, script: string, seconds: number) =>
    Object.assign(w.resources.find(each => each.key.endsWith(name))?.want ?? {}, {
      after: [{ do: 'wait', script, seconds, says: `waits for ${name}`, why: 'echo its journal' }],
    });
  // `slow` waits for what only `next` makes.
  wait('slow', `[ -e ${w.path('h1/next')} ]`, 20);
  wait('never', 'echo still not; false', 1);
  const { events, emit } = recorded();
  const outcome = await carryOut(w.plan(), w.context(), emit);
  expect(outcome).toMatchObject({ mended: 3, blocked: 1, exitCode: 12 });
  expect(outcome.failures[0]?.message).toMatch(/^waits for never: not within 1 s; last: still not\s+its journal$/);
  expect(events.filter(event => event.type === 'step-waiting')).toHaveLength(2);
});

test('what a process leaves running in the background holds nothing up', async () => {
  const w = worldOf([file('h1', 'a', [], { before: [{ do: 'run', script: 'sleep 127 & exit 0' }] })]);
  const began = performance.now();
  expect(await carryOut(w.plan(), w.context(), () => {})).toMatchObject({ ok: true });
  expect(performance.now() - began).toBeLessThan(60_000);
});

test('no more hosts restart at the same time than the limit says', async () => {
  const names = ['h1', 'h2', 'h3', 'h4'];
  const w = worldOf(names.map(name => file(name, 'a')));
  const script = `cd ${w.root}; mkdir -p r; : >r/$$; ls r | wc -l >>seen; sleep 0.1; rm r/$$`;
  for (const resource of w.resources)
    Object.assign(resource.want, { risk: 'restart', before: [{ do: 'run', script: `sh -c '${script}'` }] });
  expect(await carryOut(w.plan(), w.context({ limits: { restarts: 2 } }), () => {})).toMatchObject({
    ok: true,
    mended: 4,
  });
  const most = Math.max(...w.read('seen').trim().split('\n').map(Number));
  expect(most).toBeLessThanOrEqual(2);
});

test('interrupted: the current step ends and is proven, no other begins', async () => {
  const w = worldOf([
    file('h1', 'a', [], { before: [{ do: 'run', script: 'sleep 0.5' }] }),
    file('h1', 'b', ['h1/a']),
    file('h2', 'c', ['h1/b']),
  ]);
  const stop = new AbortController();
  const { events, emit } = recorded();
  const outcome = await carryOut(w.plan(), w.context({ signal: stop.signal }), event => {
    emit(event);
    if (event.type === 'step-started') stop.abort();
  });
  expect(outcome).toMatchObject({ ok: false, interrupted: true, mended: 1, left: 2, exitCode: 130, failures: [] });
  expect(steps(events, 'step-started')).toEqual([w.id('h1/a')]);
  expect(await carryOut(w.plan(), w.context(), () => {})).toMatchObject({ ok: true, mended: 2 });
});
