/** `kw test`: checks, unit tests, lab scenarios; the last line is their sum. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout } from '../../artifacts/checkout.js';
import { embedded } from '../../artifacts/embedded.js';
import { mistaken } from '../../workflow/mistaken.js';
import { install, noLab } from '../testing/needs.js';
import { none, ofReport, one, redLines, sum, type Tally, tallyLine } from '../testing/tally.js';
import { endedBy, tool } from '../testing/tool.js';

export interface TestOptions {
  readonly unit?: boolean;
  readonly lab?: boolean;
  readonly only?: readonly string[];
}

/** Longer than test/lab/runner.ts gives itself: it ends in order, and says what was left out. */
const labMinutes = 74;

/** The type check alone takes a minute on two quiet cores, and was seen to take seven on busy ones. */
const checkMinutes = 20;

export const run = async (options: TestOptions): Promise<number> => {
  if (embedded)
    throw mistaken(
      'no-checkout',
      'kw test tests its own sources, and this kw came without them',
      'clone its repository',
    );
  const root = checkout();
  const only = options.only ?? [];
  await install(root);
  const total = sum([
    ...(options.lab || only.length > 0 ? [] : await checks(root)),
    ...(options.lab || endedBy() ? [] : [await units(root, only)]),
    ...(options.unit || endedBy() ? [] : [await scenarios(root, only)]),
  ]);
  const empty = total.passed + total.failed === 0;
  if (empty && !endedBy())
    process.stdout.write(
      `nothing was tested${only.length > 0 ? `: no test has '${only.join("' or '")}' in its name` : ''}\n`,
    );
  if (endedBy()) process.stdout.write(`ended by ${endedBy()} before everything was tested\n`);
  process.stdout.write(`\n${redLines(total)}${tallyLine(total)}\n`);
  return total.failed > 0 || empty || endedBy() ? 1 : 0;
};

const bin = (root: string, name: string): string => join(root, 'node_modules/.bin', name);

const checks = async (root: string): Promise<readonly Tally[]> => {
  const all: readonly (readonly [string, readonly string[]])[] = [
    ['types', [bin(root, 'tsc'), '--noEmit']],
    ['lint', [bin(root, 'biome'), 'check', '--diagnostic-level=error', '.']],
    ['architecture', [bin(root, 'depcruise'), '--config', '.dependency-cruiser.cjs', 'src']],
  ];
  const tallies: Tally[] = [];
  for (const [name, argv] of all) {
    if (endedBy()) break;
    process.stdout.write(`== ${name}\n`);
    const code = await tool(argv, { cwd: root, seconds: checkMinutes * 60 });
    if (code !== 0) process.stdout.write(`FAILED: ${name} (exit code ${code}): ${argv.join(' ')}\n`);
    tallies.push(one(code === 0, name));
  }
  return tallies;
};

const units = async (root: string, only: readonly string[]): Promise<Tally> => {
  const tally = await counted(
    root,
    'unit',
    [
      bin(root, 'vitest'),
      'run',
      ...(only.length > 0 ? ['--passWithNoTests', ...names(only)] : []),
      '--reporter=default',
      '--reporter=json',
    ],
    30 * 60,
  );
  // vitest calls those skipped that nobody chose.
  return only.length > 0 ? { ...tally, skipped: 0 } : tally;
};

const names = (only: readonly string[]): readonly string[] =>
  only.length === 0 ? [] : ['-t', only.map(name => name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join('|')];

const scenarios = async (root: string, only: readonly string[]): Promise<Tally> => {
  const why = noLab();
  if (why === undefined)
    return counted(
      root,
      'lab',
      [process.execPath, '--import', 'tsx', 'test/lab/runner.ts', ...only.flatMap(name => ['--only', name])],
      labMinutes * 60,
    );
  process.stdout.write(`== lab\nSKIPPED, all of it: ${why}\n`);
  return { ...none, skipped: 1 };
};

/** Runs a program that writes its report, in vitest's format, to a file. */
const counted = async (root: string, name: string, argv: readonly string[], seconds: number): Promise<Tally> => {
  const report = join(root, 'dist/test', `${name}.json`);
  await mkdir(join(root, 'dist/test'), { recursive: true });
  await rm(report, { force: true });
  process.stdout.write(`== ${name}\n`);
  const code = await tool([...argv, `--outputFile=${report}`], { cwd: root, seconds });
  if (code === 124) process.stdout.write(`FAILED: ${name}: stopped after ${seconds / 60} minutes\n`);
  return existsSync(report) ? ofReport(JSON.parse(await readFile(report, 'utf8')), code) : one(false, name);
};
