/** The map in docs/architecture.md is true: every folder of src/ is on it with a sentence, and what it names exists. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const map = await readFile(join(root, 'docs/architecture.md'), 'utf8');

const folders = async (below: string): Promise<readonly string[]> =>
  (await readdir(join(root, below), { withFileTypes: true })).filter(one => one.isDirectory()).map(one => one.name);

interface Row {
  readonly folder: string;
  readonly sentence: string;
  /** Files to read first, below the folder. */
  readonly files: readonly string[];
}

const rooms: readonly Row[] = [...map.matchAll(/^\| `src\/([\w-]+)` \| (.*?) \| (.*?) ?\|$/gm)].map(
  ([, folder = '', sentence = '', files = '']) => ({
    folder,
    sentence,
    files: [...files.matchAll(/`([\w/.-]+\.ts)`/g)].map(([, file = '']) => file),
  }),
);
const within: readonly Row[] = [...map.matchAll(/^- `([\w-]+\/[\w-]+)`: (.*)$/gm)].map(
  ([, folder = '', sentence = '']) => ({ folder, sentence, files: [] }),
);

describe('docs/architecture.md', () => {
  test('names every folder of src/ once, and no other', async () => {
    const there = await folders('src');
    expect(rooms.map(one => one.folder).toSorted()).toEqual(there.toSorted());
  });

  test('names every folder within them once, and no other', async () => {
    const there = await Promise.all(
      (await folders('src')).map(async room => (await folders(`src/${room}`)).map(name => `${room}/${name}`)),
    );
    expect(within.map(one => one.folder)).toEqual(there.flat().toSorted());
  });

  test('has a sentence for each', () => {
    expect([...rooms, ...within].filter(({ sentence }) => sentence.length < 15 || sentence.length > 200)).toEqual([]);
  });

  test('sends readers to files that exist', () => {
    const named = rooms.flatMap(({ folder, files }) => files.map(file => `src/${folder}/${file}`));
    const loose = [...map.matchAll(/`((?:model|cli|workflow|engine|blueprint|plan|clinic)\/[\w/-]+\.ts)`/g)].map(
      ([, file = '']) => `src/${file}`,
    );
    expect([...named, ...loose].filter(file => !existsSync(join(root, file)))).toEqual([]);
    expect(named.length).toBeGreaterThan(20);
  });
});
