/** What a row of the table, or a saved cluster, was made by: digests of sources. */
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Depends, Row } from './row.js';

/** Of all files below these paths, by their names and contents; `but` leaves out what begins so. A path may be missing. */
export const digestOf = (root: string, paths: readonly string[], but: readonly string[] = []): string => {
  const hash = createHash('sha256');
  for (const file of paths.flatMap(path => filesBelow(root, path)).filter(one => !but.some(no => one.startsWith(no))))
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  return hash.digest('hex').slice(0, 12);
};

const filesBelow = (root: string, path: string): readonly string[] => {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  if (!statSync(full).isDirectory()) return [path];
  return readdirSync(full)
    .sort()
    .flatMap(name => filesBelow(root, join(path, name)));
};

/** What decides how a cluster in the lab comes to be. */
export const builders = ['catalog', 'pki', 'spec', 'resources', 'blueprint', 'plan', 'engine', 'artifacts', 'lab'].map(
  one => `src/${one}`,
);

const caseFolder = 'src/clinic/cases';
const shared = ['model', 'net', 'shell', 'catalog', 'facts'].map(one => `src/${one}`);
const healers = ['resources', 'blueprint', 'plan', 'engine', 'transport', 'kube', 'workflow'].map(one => `src/${one}`);

/** Digests by case; the parts that all cases share are read once. */
export const dependencies = (root: string): ((id: string) => Depends) => {
  const clinic = digestOf(root, ['src/clinic', ...shared], [`${caseFolder}/`]);
  const heal = digestOf(root, healers);
  const groups = readdirSync(join(root, caseFolder));
  return id => ({
    case: digestOf(
      root,
      groups.map(group => `${caseFolder}/${group}/${id}`),
    ),
    fault: digestOf(root, [
      ...groups.map(group => `src/lab/faults/${group}/${id}.ts`),
      ...readdirSync(join(root, 'src/lab/faults'))
        .filter(name => name.endsWith('.ts') && name !== 'index.ts')
        .map(name => `src/lab/faults/${name}`),
    ]),
    clinic,
    heal,
  });
};

/** The group of each case: its folder. */
export const groups = (root: string): ((id: string) => string | undefined) => {
  const found = new Map(
    readdirSync(join(root, caseFolder), { withFileTypes: true })
      .filter(one => one.isDirectory())
      .flatMap(group => readdirSync(join(root, caseFolder, group.name)).map(id => [id, group.name] as const)),
  );
  return id => found.get(id);
};

export const parts = ['case', 'fault', 'clinic', 'heal'] as const;

/** What has changed since this row was played; a row of before digests were kept may differ in all. */
export const changedSince = (row: Row | undefined, now: Depends): readonly (keyof Depends)[] =>
  parts.filter(part => row?.depends?.[part] !== now[part]);

/** Short hash of HEAD; `+` where the tree is not clean, but for the table's own files; undefined: no git here. */
export const commitOf = (root: string): string | undefined => {
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', root, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const tables = ['clinic', 'conformance'].flatMap(name => [`:!docs/${name}.jsonl`, `:!docs/${name}.md`]);
    const touched = git('status', '--porcelain', '--', '.', ...tables);
    return `${git('rev-parse', '--short', 'HEAD')}${touched === '' ? '' : '+'}`;
  } catch {
    return undefined;
  }
};
