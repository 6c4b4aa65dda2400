/** A control machine for benches: a folder with a cluster file, and ./kw run in it as a person does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { newestHere } from '../src/artifacts/index.js';
import { clusterFileForLab, type LabState } from '../src/lab/index.js';

export interface ControlMachine {
  /** Seconds of wall time. Throws with what was said unless it exits 0. */
  kw(args: readonly string[]): Promise<number>;
  leave(): Promise<void>;
}

export const controlMachine = async (lab: LabState): Promise<ControlMachine> => {
  const dir = await mkdtemp(join(tmpdir(), 'kw-bench-'));
  await writeFile(
    join(dir, 'cluster.yaml'),
    stringify(clusterFileForLab(lab, { name: 'bench', version: await newestHere() })),
  );
  return {
    async kw(args) {
      const began = performance.now();
      const child = spawn(resolve('kw'), args, { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] });
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text;
        });
      const [code] = (await once(child, 'close')) as [number | null];
      if (code !== 0) throw new Error(`kw ${args.join(' ')}: exit code ${code}\n${output.slice(-4000)}`);
      return (performance.now() - began) / 1000;
    },
    leave: () => rm(dir, { recursive: true, force: true }),
  };
};

/**
 * Somebody else's work on this machine would be measured as well: waits for it to end (KW_BENCH_PATIENCE seconds,
 * default 600), and says so where it does not.
 */
export const quiet = async (
  says: (line: string) => void,
  most = 1.5,
  seconds = Number(process.env.KW_BENCH_PATIENCE ?? 600),
): Promise<void> => {
  const end = Date.now() + seconds * 1000;
  while ((loadavg()[0] ?? 0) > most && Date.now() < end) await sleep(2000);
  const [load = 0] = loadavg();
  says(`load average ${load.toFixed(1)}${load > most ? ': NOT A QUIET MACHINE, the times below are too long' : ''}`);
};
