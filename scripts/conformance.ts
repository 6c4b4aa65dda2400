/**
 * Upstream's conformance tests against a lab cluster: `sudo npx tsx scripts/conformance.ts [--full | --tests N |
 * --focus EXPRESSION] [--version 1.37.2] [--build]`. Builds e2e.test and the images that its tests ask for (a quarter
 * of an hour on two cores, once; `--build`: that alone), brings a lab up, and appends what came out to
 * docs/conformance.jsonl; docs/conformance.md is written from it. Without an option it plays 40 tests, those whose last
 * row is the oldest.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { built } from '../src/artifacts/go/build.js';
import { conformanceRecipe } from '../src/artifacts/go/conformance.js';
import { defaultCache } from '../src/artifacts/options.js';
import { defaultVersion } from '../src/catalog/index.js';
import { imagesOf, testsOf } from '../src/engine/conformance/e2e-program.js';
import { clusterFileForLab, labDown, labUp } from '../src/lab/index.js';
import type { ConformanceTest } from '../src/model/conformance.js';
import { commitOf } from '../test/lab/clinic/digest.js';
import { conformancePage } from '../test/lab/conformance/page.js';
import { executable, importImages, record, rowsOf, verifyArgs } from '../test/lab/conformance/play.js';
import { readRows, rotation } from '../test/lab/conformance/row.js';
import { standIns } from '../test/lab/conformance/stand-ins.js';

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    build: { type: 'boolean', default: false },
    tests: { type: 'string', default: '40' },
    focus: { type: 'string' },
    version: { type: 'string', default: defaultVersion('go') },
    hosts: { type: 'string', default: '5' },
  },
});
const { version } = values;
const [rowsFile, pageFile] = ['docs/conformance.jsonl', 'docs/conformance.md'];
const say = (says: string): void => void process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${says}\n`);
const kw = resolve('kw');

const call = (argv: readonly string[], cwd: string): Promise<number> => {
  const child = spawn(kw, argv, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
  return new Promise(done => child.once('close', code => done(code ?? 137)));
};

const chosen = async (all: readonly ConformanceTest[]): Promise<readonly ConformanceTest[]> => {
  if (values.full) return all;
  if (values.focus !== undefined) return all.filter(({ name }) => new RegExp(values.focus ?? '').test(name));
  const names = all.map(one => one.name);
  const due = new Set(rotation(names, await readRows(rowsFile), version, Number(values.tests)));
  return all.filter(one => due.has(one.name));
};

const main = async (): Promise<number> => {
  const options = { cache: defaultCache(process.env), progress: say };
  const made = await built(conformanceRecipe(version), options);
  const dir = await mkdtemp(join(tmpdir(), 'kw-conformance-lab-'));
  const program = await executable({ path: made['e2e.test']?.file ?? '', version }, dir);
  const images = await standIns(version, await imagesOf(program), options);
  if (values.build) {
    await rm(dir, { recursive: true });
    return 0;
  }
  const name = 'conformance';
  const lab = await labUp({ name, hosts: Number(values.hosts) }, { progress: say });
  try {
    const file = clusterFileForLab(lab, { name, version: { kubernetes: version, source: 'go' } });
    await writeFile(join(dir, 'cluster.yaml'), stringify(file));
    if ((await call(['up', '--yes'], dir)) !== 0) return 1;
    say('importing the images of the tests on all hosts');
    await importImages(
      name,
      lab.hosts.map(host => host.name),
      images,
    );
    const all = await testsOf(program);
    const tests = await chosen(all);
    const at = new Date().toISOString();
    const results = join(dir, 'results');
    const code = await call(
      verifyArgs(program, tests, results).filter(word => word !== '--json'),
      dir,
    );
    const commit = commitOf(resolve('.')) ?? '';
    await record(rowsFile, await rowsOf(results, { at, version, of: all.length, commit }));
    await writeFile(pageFile, conformancePage(await readRows(rowsFile)));
    if (code === 0) await rm(dir, { recursive: true });
    else say(`results and logs: ${results}`);
    return code;
  } finally {
    await labDown(name);
  }
};

process.exitCode = await main();
