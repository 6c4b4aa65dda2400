/**
 * `kw --help` from the launcher to its last byte: at most 0.2 s. `npx tsx bench/cli.ts`; exit code 1 when it takes
 * longer.
 */
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

const limitMs = 200;
const runs = 15;
const kw = join(resolve(import.meta.dirname, '..'), 'kw');

const time = (program: string, argv: readonly string[]): number => {
  const began = performance.now();
  const { status, stderr } = spawnSync(program, argv, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${argv.join(' ')}: exit code ${status}: ${stderr}`);
  return performance.now() - began;
};
const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

// The first one may install and build.
time(kw, ['--help']);
const pairs = Array.from({ length: runs }, () => ({
  help: time(kw, ['--help']),
  node: time(process.execPath, ['-e', '0']),
}));
const help = median(pairs.map(pair => pair.help));
const node = median(pairs.map(pair => pair.node));
const ok = help <= limitMs;
process.stdout.write(
  `${JSON.stringify({ what: 'kw --help', ms: Math.round(help), limitMs, nodeMs: Math.round(node), ratioToNode: Number((help / node).toFixed(2)), runs, ok })}\n`,
);
process.exit(ok ? 0 : 1);
