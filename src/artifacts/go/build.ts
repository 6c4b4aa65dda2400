/** Builds the programs of one recipe, one at a time, into the store; what was built once is recorded. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Artifact } from '../../model/artifact.js';
import { run } from '../command.js';
import { folders, type ResolveOptions } from '../options.js';
import { once } from '../store/record.js';
import { storeFile } from '../store/store.js';
import type { GoProgram, GoRecipe } from './recipes.js';
import { building } from './toolchain.js';
import { workspaceFor } from './workspace.js';

export type Built = Readonly<Record<string, Artifact>>;

/** Raised when what was built before must not be used any more: each host would be given the same program anew. */
const recipeFormat = 1;

export const goRecord = ({ name, version }: GoRecipe): string => `go-${name}-${version}-amd64-${recipeFormat}`;

/** Seconds that builds were expected to take, and took, on this machine and beside whatever else it does. */
export interface Pace {
  expected: number;
  took: number;
}

/**
 * All programs of the recipe, by name.
 *
 * @param pace What was built before it in this run: what is said of the next is corrected by it.
 */
export const built = (
  recipe: GoRecipe,
  options: ResolveOptions,
  pace: Pace = { expected: 0, took: 0 },
): Promise<Built> =>
  once(goRecord(recipe), options, async () => {
    const { builds, store } = folders(options.cache);
    const folder = join(builds, `go-${recipe.name}-${recipe.version}`);
    const how = { log: `${folder}.log`, ...(options.signal ? { signal: options.signal } : {}) };
    await mkdir(builds, { recursive: true });
    options.progress(`fetching the Go modules of ${recipe.name} ${recipe.version}`);
    const workspace = await workspaceFor(recipe, folder, how);
    const done: Record<string, Artifact> = {};
    for (const program of recipe.programs) {
      const output = join(folder, 'out', program.name);
      const says = `building ${program.name} ${recipe.version} (${estimate(program, pace)})`;
      const took = await told(says, options, () =>
        run({ ...buildCommand(recipe, program, output), cwd: workspace.folder, ...how }),
      );
      pace.expected += program.seconds;
      pace.took += took;
      done[program.name] = { name: program.name, version: recipe.version, ...(await storeFile(store, output)) };
    }
    await Promise.all([rm(folder, { recursive: true, force: true }), rm(how.log, { force: true })]);
    return done;
  });

const buildCommand = (recipe: GoRecipe, { name, path, test }: GoProgram, output: string) => ({
  argv: [
    'go',
    ...(test ? ['test', '-c', '-vet=off'] : ['build']),
    '-mod=readonly',
    '-trimpath',
    // What -w below drops is not made first: a fifth of the compiler's time.
    '-gcflags=all=-dwarf=false',
    ...(recipe.tags ? [`-tags=${recipe.tags.join(',')}`] : []),
    `-ldflags=-s -w -buildid= ${Object.entries(recipe.stamps)
      .map(([variable, value]) => `-X ${variable}=${value}`)
      .join(' ')}`,
    '-o',
    output,
    path,
  ] as const,
  env: building,
  says: `build ${name} ${recipe.version}`,
  help:
    'Correct what the log names (often a full disk, or too little memory), then run the command again: what is ' +
    'built is kept.',
});

const estimate = ({ seconds }: GoProgram, { expected, took }: Pace): string =>
  expected === 0 ? `about ${inWords(seconds)} on 2 cores` : `about ${inWords(Math.ceil((seconds * took) / expected))}`;

const inWords = (seconds: number): string => (seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`);

const everyMs = 10_000;

/** Says again what is being done, with the time that it has taken. @returns the seconds that it took. */
async function told(says: string, { progress }: ResolveOptions, work: () => Promise<void>): Promise<number> {
  const started = Date.now();
  const seconds = (): number => (Date.now() - started) / 1000;
  progress(says);
  const timer = setInterval(() => progress(`${says}: ${Math.round(seconds())} s`), everyMs);
  try {
    await work();
    return seconds();
  } finally {
    clearInterval(timer);
  }
}
