/** How long it will take still: from what was seen so far, and at the beginning from what a lab of ours has seen. */
import type { ConformanceTest } from '../../model/conformance.js';

interface Seen {
  readonly amount: number;
  readonly seconds: number;
}

/** Of 1.36.3 on five hosts, six at a time: what one test takes of one process. */
const usual = { parallel: 25, serial: 60 };

/** As many tests as the usual time counts for, beside those that were seen. */
const weight = 10;

const mean = (usually: number, { amount, seconds }: Seen): number => (usually * weight + seconds) / (weight + amount);

export interface Pace {
  /** A test has ended. */
  add(name: string, seconds: number): void;
  /** Seconds. */
  left(): number;
}

export const paceOf = (tests: readonly ConformanceTest[], processes: number): Pace => {
  const open = new Map(tests.map(({ name, serial }) => [name, serial ? ('serial' as const) : ('parallel' as const)]));
  const seen = { parallel: { amount: 0, seconds: 0 }, serial: { amount: 0, seconds: 0 } };
  return {
    add: (name, seconds) => {
      const sort = open.get(name);
      if (!sort) return;
      open.delete(name);
      seen[sort] = { amount: seen[sort].amount + 1, seconds: seen[sort].seconds + seconds };
    },
    left: () => {
      const serial = [...open.values()].filter(sort => sort === 'serial').length;
      const parallel = open.size - serial;
      const beside = Math.ceil(parallel / processes) * mean(usual.parallel, seen.parallel);
      return Math.round(beside + serial * mean(usual.serial, seen.serial));
    },
  };
};
