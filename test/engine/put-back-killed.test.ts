/** A rollout that is cut off anywhere while a bad turn of it fails, or is put back. */
import { expect, test } from 'vitest';
import fc from 'fast-check';
import { asBefore, labOf, pause } from './put-back-labs.js';
import { type Name, type State, textOf } from './put-back-world.js';

const deferred = () => {
  let resolve = (): void => {};
  const promise = new Promise<void>(done => {
    resolve = done;
  });
  return { promise, resolve };
};

test('killed at any moment, it converges: back with the same wish, forward with a better one', async () => {
  const has: readonly Name[] = ['etcd', 'kube-apiserver', 'kubelet'];
  const moment = fc.record({
    hosts: fc.constantFrom(1, 3),
    name: fc.constantFrom(...has),
    state: fc.constantFrom<State>({ flag: 'bad' }, { config: 'deaf' }, { flag: 'bad', config: 'c2' }),
    // As many events, and then some time: wherever the run is by then, on a fast machine and on a slow one.
    events: fc.integer({ min: 1, max: 12 }),
    ms: fc.integer({ min: 0, max: 400 }),
    how: fc.constantFrom('kill', 'cut', 'down'),
    next: fc.constantFrom('same', 'undone', 'better'),
  });
  await fc.assert(
    fc.asyncProperty(moment, async ({ hosts, name, state, events, ms, how, next }) => {
      const l = await labOf(hosts, has);
      const planned = await l.plan({ [name]: state });
      let told = 0;
      const { promise: reached, resolve } = deferred();
      const running = l.carry(planned, {
        told: () => {
          told += 1;
          if (told === events) resolve();
        },
      });
      await Promise.race([reached, running]);
      await pause(ms);
      for (const host of l.hosts.values()) {
        host.down = how === 'down';
        if (how === 'kill') host.kill();
        else host.cut();
      }
      await running;
      for (const host of l.hosts.values()) host.down = false;
      // What is left of the scripts notices by its pipes.
      await pause(1000);
      const better: State = { flag: 'f3' };
      const { outcome } = await l.up(next === 'same' ? { [name]: state } : next === 'undone' ? {} : { [name]: better });
      expect(outcome.ok).toBe(next !== 'same');
      if (next !== 'better') asBefore(l, has);
      else
        for (const host of l.names) {
          expect(l.runs(host, name)).toBe(textOf(name, better));
          expect(l.kept(host)).toBe(false);
        }
    }),
    { numRuns: Number(process.env.KW_RUNS ?? 8) },
  );
}, 600_000);
