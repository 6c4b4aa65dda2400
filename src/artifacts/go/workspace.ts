/**
 * A module of our own that requires what shall be built, with sums pinned in this repository where it knows the
 * version.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../command.js';
import { programFile } from '../program-files.js';
import type { GoRecipe } from './recipes.js';
import { downloadModule, reproducible } from './toolchain.js';

export interface Workspace {
  readonly folder: string;
  /** False: its sums came from the checksum database this time. */
  readonly pinned: boolean;
}

/** Where go.mod and go.sum of a recipe are kept, among the program's files: `pins/go/kubernetes-1.37.2`. */
export const pinsOf = ({ name, version }: GoRecipe): string => `pins/go/${name}-${version}`;

export async function workspaceFor(
  recipe: GoRecipe,
  folder: string,
  how: { readonly log: string; readonly signal?: AbortSignal },
): Promise<Workspace> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'programs.go'), programsFile(recipe));
  const [mod, sum] = await Promise.all(['go.mod', 'go.sum'].map(file => programFile(`${pinsOf(recipe)}/${file}`)));
  if (mod !== undefined && sum !== undefined) {
    await writeFile(join(folder, 'go.mod'), mod);
    await writeFile(join(folder, 'go.sum'), sum);
    return { folder, pinned: true };
  }
  await writeFile(join(folder, 'go.mod'), await goModFor(recipe, how.signal));
  await run({
    argv: ['go', 'mod', 'tidy'],
    cwd: folder,
    env: reproducible,
    says: `find what ${recipe.module} ${recipe.version} is made of`,
    help: 'Look at `go env GOPROXY GOSUMDB`: the module proxy and the checksum database must answer.',
    ...how,
  });
  return { folder, pinned: false };
}

/** Never compiled: it makes `go mod tidy` keep the modules of all programs. */
const programsFile = ({ programs }: GoRecipe): string =>
  `//go:build never\n\npackage programs\n\nimport (\n${programs.map(one => `\t_ "${one.path}"\n`).join('')})\n`;

async function goModFor(recipe: GoRecipe, signal?: AbortSignal): Promise<string> {
  const own = await readFile((await downloadModule(recipe.module, recipe.version, signal)).goMod, 'utf8');
  const language = /^go (\S+)$/m.exec(own)?.[1] ?? '1.26';
  return [
    'module kubewizard.invalid/programs',
    `go ${language}`,
    ...blockOf(own, 'godebug'),
    `require ${recipe.module} v${recipe.version}`,
    ...replacements(own, recipe.staging),
    '',
  ].join('\n');
}

/** Lines `keyword …` and blocks `keyword ( … )`, as they stand. */
const blockOf = (goMod: string, keyword: string): readonly string[] =>
  goMod.match(new RegExp(`^${keyword} (?:\\([^)]*\\)|[^(\\n]*)$`, 'gm')) ?? [];

/**
 * `k8s.io/api => ./staging/src/k8s.io/api` becomes the module that is served; other replacements hold for us as well.
 */
function replacements(goMod: string, staging: string | undefined): readonly string[] {
  const lines = blockOf(goMod, 'replace').flatMap(block =>
    block
      .replace(/^replace \(?/, '')
      .replace(/\)$/, '')
      .split('\n')
      .map(line => line.replace(/\/\/.*$/, '').trim())
      .filter(line => line.includes('=>')),
  );
  return lines.flatMap(line => {
    const [from = '', to = ''] = line.split('=>').map(part => part.trim());
    const name = from.split(' ')[0] ?? from;
    if (!to.startsWith('.')) return [`replace ${from} => ${to}`];
    return staging === undefined ? [] : [`replace ${name} => ${name} ${staging}`];
  });
}
