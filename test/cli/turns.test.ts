/** Which scenarios a day plays: those that take turns all get one, and nothing else is left out. */
import { expect, test } from 'vitest';
import { jobs, notToday } from '../lab/jobs.js';

const day = (n: number): Date => new Date(n * 86_400_000);

test('what takes turns is played within a few days, two a day; all else is played each day', () => {
  for (const turning of [0, 1, 2, 3, 5, 8]) {
    const names = Array.from({ length: turning }, (_, n) => `turn ${n}`);
    const all = [{ name: 'always' }, ...names.map(name => ({ name, rotates: true }))];
    const days = Math.ceil(turning / 2) + 1;
    for (const first of [20_000, 20_001, 20_017]) {
      const left = Array.from({ length: days }, (_, n) => notToday(all, day(first + n)));
      expect(left.flat()).not.toContain('always');
      for (const one of left) expect(one).toHaveLength(Math.max(0, turning - 2));
      for (const name of names)
        expect(
          left.some(one => !one.includes(name)),
          `${name} of ${turning}`,
        ).toBe(true);
    }
  }
});

test('the scenarios that take turns are told by their files, and a core takes none', async () => {
  const all = await jobs('test/lab');
  const turning = all.filter(job => job.rotates).map(job => job.file);
  expect(turning).toContain('test/lab/wizard/second-etcd.scenario.ts');
  for (const core of ['five-hosts', 'interrupted', 'newest-minor', 'red-team', 'one-host'])
    expect(
      turning.some(file => file.includes(core)),
      core,
    ).toBe(false);
});
