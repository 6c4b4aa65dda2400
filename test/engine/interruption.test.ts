/** What is interrupted anywhere goes on: cut cables, killed shells, dead control machines (law L4). */
import { readdirSync, statSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { carryOut } from '../../src/engine/carry-out.js';
import { recorded, type Wanted, type World, world } from './world.js';
import { sh } from '../../src/shell/sh.js';

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

/** A chain with a side branch on each of two hosts, with something slow in every step. */
const wanted: readonly Wanted[] = ['h1', 'h2'].flatMap(host =>
  [0, 1, 2, 3].map(
    (index): Wanted => ({
      host,
      name: `f${index}`,
      after: index === 0 ? [] : index === 3 ? [`${host}/f0`, 'h1/f1'] : [`${host}/f${index - 1}`],
      want: { text: `${host} ${index}\n`.repeat(2000), before: [{ do: 'run', script: sh`sleep 0.05` }] },
    }),
  ),
);
const whole = (w: World) => w.resources.every(each => w.read(`${each.host}/${each.key.slice(-2)}`) === each.want.text);
const leftovers = (w: World): string[] =>
  ['h1', 'h2'].flatMap(host => readdirSync(w.path(host)).filter(name => name.startsWith('.kw-')));
const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

test('a connection cut in the middle is made again once, and the run goes on where it was', async () => {
  const w = worldOf(wanted);
  const { events, emit } = recorded();
  const outcome = await carryOut(w.plan(), w.context(), event => {
    emit(event);
    if (event.type === 'step-started' && event.step === w.id('h1/f1')) w.host('h1').cut();
  });
  expect(outcome).toMatchObject({ ok: true, mended: 8, converged: 0 });
  expect(whole(w)).toBe(true);
  // On a busy machine the first shell may still be ending when the second comes: that is told too.
  const notes = events.filter(
    event => event.type === 'note' && !event.says.startsWith('waiting for an earlier script'),
  );
  expect(notes).toEqual([expect.objectContaining({ host: 'h1', says: expect.stringContaining('connecting again') })]);
  // A step is told once, however often its script was begun.
  expect(new Set(events.flatMap(event => (event.type === 'step-started' ? [event.step] : []))).size).toBe(
    events.filter(event => event.type === 'step-started').length,
  );
});

test('a host that stays away is quarantined; its steps fail, what needs them is blocked, the rest is built', async () => {
  const w = worldOf([...wanted, { host: 'h2', name: 'g', after: ['h1/f3'], want: { text: 'g' } }]);
  const { events, emit } = recorded();
  const outcome = await carryOut(w.plan(), w.context(), event => {
    emit(event);
    if (event.type === 'step-started' && event.step === w.id('h1/f1')) {
      w.host('h1').down = true;
      w.host('h1').cut();
    }
  });
  expect(outcome).toMatchObject({ ok: false, exitCode: 10, mended: 4, left: 0 });
  expect(events.filter(event => event.type === 'host-lost')).toEqual([
    { type: 'host-lost', host: 'h1', failure: expect.objectContaining({ class: 'unreachable' }) },
  ]);
  expect(events).toContainEqual({ type: 'step-blocked', step: w.id('h2/g'), host: 'h2', root: w.id('h1/f1') });
  expect(events).toContainEqual({ type: 'step-blocked', step: w.id('h2/f3'), host: 'h2', root: w.id('h1/f1') });
  w.host('h1').down = false;
  expect(await carryOut(w.plan(), w.context(), () => {})).toMatchObject({ ok: true });
  expect(whole(w)).toBe(true);
});

test('a host that was down from the beginning costs only its own', async () => {
  const w = worldOf([
    { host: 'h1', name: 'a', want: { text: 'a' } },
    { host: 'h2', name: 'a', want: { text: 'a' } },
  ]);
  w.host('h1').down = true;
  expect(await carryOut(w.plan(), w.context(), () => {})).toMatchObject({
    mended: 1,
    exitCode: 10,
    failures: [{ class: 'unreachable', host: 'h1' }],
  });
});

test('a shell killed at any moment leaves nothing half-written, and the next run converges', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 450 }), fc.constantFrom('kill', 'cut', 'down'), async (ms, how) => {
      const w = worldOf(wanted);
      const running = carryOut(w.plan(), w.context(), () => {});
      await pause(ms);
      for (const host of w.hosts.values()) {
        if (how === 'kill') host.kill();
        else {
          host.down = how === 'down';
          host.cut();
        }
      }
      await running;
      // Each file is what it was or what it shall be.
      for (const each of w.resources)
        expect(['', each.want.text]).toContain(w.read(`${each.host}/${each.key.slice(-2)}`));
      for (const host of w.hosts.values()) host.down = false;
      expect(await carryOut(w.plan(), w.context(), () => {})).toMatchObject({ ok: true });
      expect(whole(w)).toBe(true);
      expect(leftovers(w)).toEqual([]);
      w.clean();
    }),
    { numRuns: 12 },
  );
});

test('replaying any prefix of a run, then running, ends where an uninterrupted run ends (L4)', async () => {
  const full = worldOf(wanted);
  const { events, emit } = recorded();
  await carryOut(full.plan(), full.context(), emit);
  const done = events
    .flatMap(event => (event.type === 'step-done' ? [event.step] : []))
    .map(id => id.replace(`${full.root}/`, ''));
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: done.length }), async length => {
      const w = worldOf(wanted);
      const plan = w.plan();
      // What the prefix says was done is done; the rest of the same plan is run as if nothing were known.
      const prefix = new Set(done.slice(0, length));
      const kept = plan.steps.filter(step => prefix.has(step.id.replace(`${w.root}/`, '')));
      await carryOut(
        {
          ...plan,
          steps: kept.map(step => ({ ...step, after: step.after.filter(id => kept.some(each => each.id === id)) })),
        },
        w.context(),
        () => {},
      );
      expect(await carryOut(plan, w.context(), () => {})).toMatchObject({
        ok: true,
        converged: length,
        mended: done.length - length,
      });
      expect(whole(w)).toBe(true);
      w.clean();
    }),
    { numRuns: 5 },
  );
});

test('a script left alone by a dead control machine ends by itself, and the next one waits for it', async () => {
  const w = worldOf([
    {
      host: 'h1',
      name: 'a',
      want: { text: 'a', after: [{ do: 'wait', script: sh`false`, seconds: 600, says: 'for ever' }] },
    },
    { host: 'h1', name: 'b', after: ['h1/a'], want: { text: 'b' } },
  ]);
  const first = carryOut(w.plan(), w.context(), event => {
    if (event.type === 'step-waiting') {
      w.host('h1').down = true;
      w.host('h1').cut();
    }
  });
  expect(await first).toMatchObject({ exitCode: 10 });
  w.host('h1').down = false;
  expect(w.read('h1/a')).toBe('a');
  const began = performance.now();
  expect(await carryOut(w.plan(), w.context(), () => {})).toMatchObject({ ok: true, mended: 1 });
  expect(performance.now() - began).toBeLessThan(60_000);
  expect(() => statSync(w.path('h1/scratch/script'))).toThrow();
});
