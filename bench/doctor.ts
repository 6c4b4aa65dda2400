/**
 * `kw doctor` on a healthy cluster of five lab hosts, wall time as a person waits for it. `npx tsx bench/doctor.ts
 * [runs]`, as root. Builds its own lab and cluster first, and takes them away.
 */
import { withLab } from '../src/lab/index.js';
import { controlMachine, quiet } from './control-machine.js';
import { median, table, verdict } from './table.js';

const runs = Number(process.argv[2] ?? 5);
const says = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

process.exitCode = await withLab(
  { name: 'bench-doctor', hosts: 5, ephemeral: true },
  async lab => {
    const home = await controlMachine(lab);
    try {
      says(`built in ${(await home.kw(['up', '--yes'])).toFixed(1)} s`);
      await quiet(says);
      const all: number[] = [];
      for (let n = 0; n < runs; n += 1) all.push(await home.kw(['doctor']));
      process.stdout.write(
        `${table([['run', 'seconds'], ...all.map((seconds, n) => [String(n + 1), seconds.toFixed(2)])])}\n`,
      );
      return verdict([{ what: 'kw doctor, 5 healthy hosts (median)', value: median(all), limit: 4.0, unit: 's' }]);
    } finally {
      await home.leave();
    }
  },
  { progress: says },
);
