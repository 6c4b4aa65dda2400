/** Plays conformance tests on a cluster of the lab: images onto its hosts, `kw verify --conformance`, a row for each. */
import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { appendFile, chmod, constants, copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { conformanceRecipe } from '../../../src/artifacts/go/conformance.js';
import { type Built, goRecord } from '../../../src/artifacts/go/build.js';
import { recall } from '../../../src/artifacts/store/record.js';
import { focusOn } from '../../../src/engine/conformance/choose.js';
import type { E2eProgram } from '../../../src/engine/conformance/e2e-program.js';
import { labSshArgv } from '../../../src/lab/index.js';
import type { Artifact } from '../../../src/model/artifact.js';
import type { ConformanceTest, TestOutcome } from '../../../src/model/conformance.js';
import { standInsRecord } from './stand-ins.js';
import type { Row } from './row.js';

export interface Ready {
  readonly program: E2eProgram;
  readonly images: Artifact;
}

/** undefined: not all of it was built yet on this machine. */
export const readyInCache = async (version: string, cache: string): Promise<Ready | undefined> => {
  const [made, images] = [
    await recall<Built>(goRecord(conformanceRecipe(version)), cache),
    await recall<Artifact>(standInsRecord(version), cache),
  ];
  const program = made?.['e2e.test'];
  return program && images ? { program: { path: program.file, version }, images } : undefined;
};

/** One host after the other: they share one disk. */
export const importImages = async (lab: string, hosts: readonly string[], images: Artifact): Promise<void> => {
  for (const host of hosts) {
    const [program = '', ...argv] = [...(await labSshArgv(lab, host)), 'ctr -n k8s.io images import - >&2'];
    const child = spawn(program, argv, { stdio: ['pipe', 'ignore', 'pipe'] });
    let output = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-2000);
    });
    createReadStream(images.file).pipe(child.stdin);
    child.stdin.on('error', () => undefined);
    const code = await new Promise<number | null>(resolve => child.once('close', resolve));
    if (code !== 0) throw new Error(`${host}: ctr images import: ${output}`);
  }
};

/** Options of `kw verify` for exactly these tests. */
export const verifyArgs = (
  { path }: E2eProgram,
  tests: readonly ConformanceTest[],
  results: string,
): readonly string[] => ['verify', '--conformance', path, '--focus', focusOn(tests), '--results', results, '--json'];

export const rowsOf = async (
  results: string,
  known: Pick<Row, 'at' | 'version' | 'of' | 'commit'>,
): Promise<readonly Row[]> => {
  const { at, version, of, commit } = known;
  const lines = (await readFile(join(results, 'results.jsonl'), 'utf8')).split('\n').filter(line => line !== '');
  return lines
    .map(line => JSON.parse(line) as TestOutcome)
    .map(({ name: test, result, seconds, why }) => ({
      at,
      version,
      test,
      result,
      seconds: Math.round(seconds * 10) / 10,
      ...(why === undefined ? {} : { why: why.slice(0, 500) }),
      of,
      commit,
    }));
};

export const record = (file: string, rows: readonly Row[]): Promise<void> =>
  appendFile(file, rows.map(row => `${JSON.stringify(row)}\n`).join(''));

/** Files of the store are nobody's to run. */
export const executable = async ({ path, version }: E2eProgram, folder: string): Promise<E2eProgram> => {
  const own = join(folder, 'e2e.test');
  await copyFile(path, own, constants.COPYFILE_FICLONE);
  await chmod(own, 0o755);
  return { path: own, version };
};
