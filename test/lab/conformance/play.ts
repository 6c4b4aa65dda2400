/** Plays conformance tests on a cluster of the lab: images onto its hosts, `kw verify --conformance`, a row for each. */
import { appendFile, chmod, constants, copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { conformanceRecipe } from '../../../src/artifacts/go/conformance.js';
import { type Built, goRecord } from '../../../src/artifacts/go/build.js';
import { recall } from '../../../src/artifacts/store/record.js';
import { focusOn } from '../../../src/engine/conformance/choose.js';
import type { E2eProgram } from '../../../src/engine/conformance/e2e-program.js';
import type { LabHost } from '../../../src/lab/index.js';
import type { Artifact } from '../../../src/model/artifact.js';
import type { ConformanceTest, TestOutcome } from '../../../src/model/conformance.js';
import type { Event } from '../../../src/model/event.js';
import { onHost } from './on-host.js';
import { registryRecord, serveImages } from './registry.js';
import type { Row } from './row.js';
import { standInsRecord } from './stand-ins.js';

export interface Ready {
  readonly program: E2eProgram;
  readonly images: Artifact;
  /** Debian's package of one. */
  readonly registry: Artifact;
}

/** undefined: not all of it was built yet on this machine. */
export const readyInCache = async (version: string, cache: string): Promise<Ready | undefined> => {
  const made = await recall<Built>(goRecord(conformanceRecipe(version)), cache);
  const images = await recall<Artifact>(standInsRecord(version), cache);
  const registry = await recall<Artifact>(registryRecord, cache);
  const program = made?.['e2e.test'];
  return program && images && registry ? { program: { path: program.file, version }, images, registry } : undefined;
};

/** One host after the other: they share one disk. */
export const bringImages = async (
  lab: string,
  hosts: readonly LabHost[],
  { images, registry }: Ready,
): Promise<void> => {
  for (const { name } of hosts) await onHost(lab, name, 'ctr -n k8s.io images import - >&2', images.file);
  await serveImages(lab, hosts, registry);
};

/** Options of `kw verify` for exactly these tests. */
export const verifyArgs = (
  { path }: E2eProgram,
  tests: readonly ConformanceTest[],
  results: string,
): readonly string[] => ['verify', '--conformance', path, '--focus', focusOn(tests), '--results', results, '--json'];

/** What all rows of one run share. */
export type Run = Pick<Row, 'at' | 'version' | 'of' | 'commit'>;

export const rowOf = ({ name: test, result, seconds, why }: TestOutcome, { at, version, of, commit }: Run): Row => ({
  at,
  version,
  test,
  result,
  seconds: Math.round(seconds * 10) / 10,
  ...(why === undefined ? {} : { why: why.slice(0, 500) }),
  of,
  commit,
});

export const rowsOf = async (results: string, run: Run): Promise<readonly Row[]> =>
  (await readFile(join(results, 'results.jsonl'), 'utf8'))
    .split('\n')
    .filter(line => line !== '')
    .map(line => rowOf(JSON.parse(line) as TestOutcome, run));

/**
 * A row is in the file as soon as its test has ended: whoever is stopped, or killed, loses none, and goes on from there.
 * What was not begun gets none: nothing is known of it. @param lines What `kw verify --json` prints.
 */
export const recordLive = async (
  lines: AsyncIterable<string>,
  file: string,
  run: Run,
  say: (says: string) => void,
): Promise<void> => {
  for await (const line of lines) {
    const event = JSON.parse(line) as Event;
    if (event.type !== 'conformance-test') {
      if ('says' in event && typeof event.says === 'string') say(event.says);
      continue;
    }
    await record(file, [rowOf(event, run)]);
    const left = `${event.done} of ${event.of}, some ${Math.ceil(event.left / 60)} min left`;
    say(`${event.result} ${event.name} (${Math.round(event.seconds)} s; ${left})${event.why ? `: ${event.why}` : ''}`);
  }
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
