/** The Go client of this machine: the ordinary one, with the user's own settings of proxy and checksum database. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { compareVersions } from '../../catalog/index.js';
import { failed } from '../failure.js';

const oldest = '1.26.0';

const howToGet =
  'Install Go 1.26 or newer (https://go.dev/dl, or a package golang-go that is new enough) and put it first in ' +
  'PATH, or choose another artifacts.source.';

const ask = async (
  argv: readonly string[],
  signal?: AbortSignal,
  more: Readonly<Record<string, string>> = {},
): Promise<string> => {
  const env = { ...goEnvironment(), ...more };
  return (await promisify(execFile)('go', argv, { maxBuffer: 64 << 20, env, ...(signal ? { signal } : {}) })).stdout;
};

/** `1.26.8`. Throws WorldFailed where there is no Go, or one that is too old. */
export async function goVersion(): Promise<string> {
  const output = await ask(['env', 'GOVERSION']).catch(() => undefined);
  if (output === undefined)
    throw failed('refused', 'source go builds with the program go, which is not on this machine', howToGet);
  const [, version = ''] = /^go(\d+\.\d+(?:\.\d+)?)/.exec(output.trim()) ?? [];
  const exact = version.split('.').length === 2 ? `${version}.0` : version;
  if (exact === '' || compareVersions(exact, oldest) < 0)
    throw failed('refused', `source go needs Go 1.26 or newer, and this machine has ${output.trim()}`, howToGet);
  return exact;
}

/** Asks the module proxy whether it serves this version. Throws WorldFailed where not. */
export async function moduleIsServed(module: string, version: string, signal?: AbortSignal): Promise<void> {
  // Of a version that no proxy has the client would ask version control, which answers late or never.
  await ask(['list', '-m', `${module}@v${version}`], signal, { GOVCS: '*:off' }).catch(error => {
    throw failed(
      'refused',
      `no Go module proxy serves ${module} ${version}: ${String((error as { stderr?: string }).stderr ?? error)
        .trim()
        .split('\n')
        .at(-1)}`,
      'Look at `go env GOPROXY`, or choose another version or artifacts.source.',
    );
  });
}

export interface Downloaded {
  /** Its go.mod, and its folder in the module cache. */
  readonly goMod: string;
  readonly folder: string;
}

export async function downloadModule(module: string, version: string, signal?: AbortSignal): Promise<Downloaded> {
  const answer = JSON.parse(await ask(['mod', 'download', '-json', `${module}@v${version}`], signal)) as {
    GoMod: string;
    Dir: string;
  };
  return { goMod: answer.GoMod, folder: answer.Dir };
}

/** What makes two builds the same byte for byte, on top of the user's own environment. */
export const goEnvironment = (): Readonly<Record<string, string>> => ({
  ...(process.env as Record<string, string>),
  ...reproducible,
});

export const reproducible = {
  CGO_ENABLED: '0',
  GOFLAGS: '-buildvcs=false',
  GOTOOLCHAIN: 'local',
  GOOS: 'linux',
  GOARCH: 'amd64',
  GOWORK: 'off',
} as const;

/** Go's own programs collect garbage less often while they are small: two at a time stay below 4 GiB. */
export const building = { ...reproducible, GOGC: '400', GOMEMLIMIT: '1500MiB' } as const;
