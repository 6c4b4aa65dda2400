/** What upstream's `e2e.test` says of itself, without a cluster: its version, its images, its conformance tests. */
import { execFile } from 'node:child_process';
import { access, constants, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ConformanceTest } from '../../model/conformance.js';
import { WorldFailed } from '../../model/event.js';
import { testsIn } from './spec-report.js';

export interface E2eProgram {
  readonly path: string;
  /** Without a leading v. */
  readonly version: string;
}

const howToGet =
  'name the e2e.test of kubernetes-test-linux-amd64.tar.gz of the same release, or build it from the module';

const refused = (message: string, help: string): WorldFailed => new WorldFailed({ class: 'refused', message, help });

/** Throws WorldFailed (refused) where it is no `e2e.test` that says its version. */
export const openProgram = async (path: string, signal?: AbortSignal): Promise<E2eProgram> => {
  await access(path, constants.X_OK).catch((error: NodeJS.ErrnoException) => {
    throw refused(
      `${path} cannot be run: ${error.code === 'ENOENT' ? 'there is no such file' : `${error.code ?? error.message}`}`,
      error.code === 'EACCES' ? `chmod +x ${path}` : howToGet,
    );
  });
  const output = await ask(path, ['--version'], signal);
  const version = /^v(\d+\.\d+\.\d+)\S*$/m.exec(output)?.[1];
  if (version === undefined)
    throw refused(`${path} does not say which Kubernetes it tests: ${JSON.stringify(output.slice(0, 200))}`, howToGet);
  return { path, version };
};

/** The references that its tests may ask for, sorted. */
export const imagesOf = async ({ path }: E2eProgram, signal?: AbortSignal): Promise<readonly string[]> => {
  const lines = (await ask(path, ['--list-images'], signal)).split('\n').map(line => line.trim());
  return [...new Set(lines.filter(line => /^[\w.:-]+(?:\/[\w.-]+)+:[\w.-]+$/.test(line)))].sort();
};

/** All tests with `[Conformance]` in their name, by a dry run. */
export const testsOf = async ({ path }: E2eProgram, signal?: AbortSignal): Promise<readonly ConformanceTest[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'kw-e2e-'));
  const report = join(folder, 'tests.json');
  try {
    const focus = '-ginkgo.focus=\\[Conformance\\]';
    await ask(path, ['-ginkgo.dry-run', focus, `-ginkgo.json-report=${report}`, '--provider=skeleton'], signal);
    const tests = testsIn(JSON.parse(await readFile(report, 'utf8')));
    if (tests.length === 0) throw refused(`${path} has no test with [Conformance] in its name`, howToGet);
    return tests;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const longestMs = 300_000;

const ask = async (path: string, argv: readonly string[], signal?: AbortSignal): Promise<string> => {
  try {
    const how = { maxBuffer: 256 << 20, timeout: longestMs, ...(signal ? { signal } : {}) };
    return (await promisify(execFile)(path, argv, how)).stdout;
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    const { stderr = '', message } = error as Error & { readonly stderr?: string };
    const last = (stderr.trim() || message).split('\n').slice(-5).join('\n').slice(0, 2000);
    throw refused(`${path} ${argv[0]} failed: ${last}`, howToGet);
  }
};
