/**
 * Upstream's conformance tests against a lab cluster: `sudo npx tsx scripts/conformance.ts [--full | --due | --tests N |
 * --focus EXPRESSION] [--minutes N] [--parallel N] [--version 1.37.2] [--keep] [--build]`. Builds e2e.test and the
 * images that its tests ask for (a quarter of an hour on two cores, once; `--build`: that alone), brings a lab up, and
 * appends each result to docs/conformance.jsonl when it is there; docs/conformance.md is written from it. Without an
 * option it plays 40 tests, those whose last row is the oldest; `--due`: all that have not passed yet. After `--minutes`
 * (or Ctrl-C) it ends in order, and the next call goes on: on the same lab after `--keep`.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { built } from '../src/artifacts/go/build.js';
import { conformanceRecipe } from '../src/artifacts/go/conformance.js';
import { defaultCache } from '../src/artifacts/options.js';
import { defaultVersion } from '../src/catalog/index.js';
import { type E2eProgram, imagesOf, testsOf } from '../src/engine/conformance/e2e-program.js';
import { clusterFileForLab, labDown, labUp, watchdog } from '../src/lab/index.js';
import { labDirectory } from '../src/lab/state.js';
import { labWorld } from '../src/lab/world.js';
import type { ConformanceTest } from '../src/model/conformance.js';
import { commitOf } from '../test/lab/clinic/digest.js';
import { conformancePage } from '../test/lab/conformance/page.js';
import { bringImages, executable, type Ready, recordLive, verifyArgs } from '../test/lab/conformance/play.js';
import { registryPackage } from '../test/lab/conformance/registry.js';
import { due, readRows, rotation } from '../test/lab/conformance/row.js';
import { standIns } from '../test/lab/conformance/stand-ins.js';

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    due: { type: 'boolean', default: false },
    build: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    tests: { type: 'string', default: '40' },
    focus: { type: 'string' },
    minutes: { type: 'string' },
    parallel: { type: 'string' },
    version: { type: 'string', default: defaultVersion('go') },
    hosts: { type: 'string', default: '5' },
  },
});
const { version } = values;
const [rowsFile, pageFile] = ['docs/conformance.jsonl', 'docs/conformance.md'];
const say = (says: string): void => void process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${says}\n`);
const kw = resolve('kw');
const name = 'conformance';

/** Aborted by Ctrl-C, or when the time is over. */
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());

const started = (argv: readonly string[], cwd: string, out: 'inherit' | 'pipe') => {
  // A group of its own: Ctrl-C at the terminal is for this script, which hands it on once.
  const child = spawn(kw, argv, { cwd, detached: true, stdio: ['ignore', out, 'inherit'] });
  const end = (): void => void child.kill('SIGINT');
  stop.signal.addEventListener('abort', end, { once: true });
  const code = new Promise<number>(done => child.once('close', ended => done(ended ?? 137)));
  return { code: code.finally(() => stop.signal.removeEventListener('abort', end)), stdout: child.stdout };
};

const chosen = async (all: readonly ConformanceTest[]): Promise<readonly ConformanceTest[]> => {
  if (values.full) return all;
  if (values.focus !== undefined) return all.filter(test => new RegExp(values.focus ?? '').test(test.name));
  const names = all.map(one => one.name);
  const rows = await readRows(rowsFile);
  const those = new Set(values.due ? due(names, rows, version) : rotation(names, rows, version, Number(values.tests)));
  return all.filter(one => those.has(one.name));
};

/** @param dir Holds the cluster file. */
const play = async (dir: string, program: E2eProgram): Promise<number> => {
  const all = await testsOf(program);
  const tests = await chosen(all);
  if (tests.length === 0) {
    say('nothing is left to be played');
    return 0;
  }
  const at = new Date().toISOString();
  const results = join(dir, `results-${at.slice(0, 19).replaceAll(/[-:]/g, '')}`);
  const side = values.parallel === undefined ? [] : ['--parallel', values.parallel];
  const run = { at, version, of: all.length, commit: commitOf(resolve('.')) ?? '' };
  const playing = started([...verifyArgs(program, tests, results), ...side], dir, 'pipe');
  if (playing.stdout) await recordLive(createInterface({ input: playing.stdout }), rowsFile, run, say);
  const code = await playing.code;
  await writeFile(pageFile, conformancePage(await readRows(rowsFile)));
  if (code !== 0) say(`results and logs: ${results}`);
  return code;
};

const onLab = async (dir: string, ready: Ready): Promise<number> => {
  const owner = values.keep ? '' : randomUUID();
  const lab = await labUp({ name, hosts: Number(values.hosts), owner }, { progress: say });
  const release = values.keep ? () => undefined : watchdog(labDirectory(labWorld({}), name), owner);
  try {
    const file = clusterFileForLab(lab, { name, version: { kubernetes: version, source: 'go' } });
    await writeFile(join(dir, 'cluster.yaml'), stringify(file));
    if ((await started(['up', '--yes'], dir, 'inherit').code) !== 0) return 1;
    say('importing the images of the tests on all hosts');
    await bringImages(name, lab.hosts, ready);
    return stop.signal.aborted ? 130 : await play(dir, ready.program);
  } finally {
    if (!values.keep) await labDown(name);
    release();
  }
};

const main = async (): Promise<number> => {
  const options = { cache: defaultCache(process.env), progress: say };
  const made = await built(conformanceRecipe(version), options);
  // The same folder for a lab that is kept: a cluster's keys are beside its file.
  const dir = values.keep ? join(options.cache, 'conformance') : await mkdtemp(join(tmpdir(), 'kw-conformance-lab-'));
  await mkdir(dir, { recursive: true });
  const program = await executable({ path: made['e2e.test']?.file ?? '', version }, dir);
  const images = await standIns(version, await imagesOf(program), options);
  const ready = { program, images, registry: await registryPackage(options) };
  const minutes = Number(values.minutes ?? 0);
  if (minutes > 0) setTimeout(() => stop.abort(), minutes * 60_000).unref();
  const code = values.build ? 0 : await onLab(dir, ready);
  if (code === 0 && !values.keep) await rm(dir, { recursive: true });
  return code;
};

process.exitCode = await main();
