/** Modules that are fetched ahead, by a `go` that writes down what it was asked, and does not end by itself. */
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fetchAhead } from '../../src/artifacts/go/ahead.js';
import { recipesFor } from '../../src/artifacts/go/recipes.js';
import { folders } from '../../src/artifacts/options.js';
import { optionsFor, scratch } from './scratch.js';

const recipes = recipesFor('1.37.2').filter(one => ['etcd', 'etcdctl'].includes(one.name));

let folder: string;
const asked = (): Promise<string> => readFile(join(folder, 'asked'), 'utf8').catch(() => '');

const goThat = async (ends: string): Promise<void> => {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'go'), `#!/bin/sh\necho "$@" >>'${folder}/asked'\n${ends}\n`);
  await chmod(join(bin, 'go'), 0o755);
  vi.stubEnv('PATH', `${bin}${delimiter}${process.env.PATH}`);
};

beforeEach(async () => {
  folder = await scratch();
});
afterEach(() => {
  vi.unstubAllEnvs();
});

test('all that is left to build is asked for, one after another, and nothing stays behind', async () => {
  await goThat('exit 0');
  const options = optionsFor(folder);
  const ahead = fetchAhead(recipes, options);
  await vi.waitFor(async () => expect(await asked()).toMatch(/etcd\/server[^\n]*\n[^\n]*etcdctl/), { timeout: 60_000 });
  await ahead.stop();
  expect(await readdir(folders(options.cache).builds)).toEqual([]);
});

test('what cannot be fetched stops nobody: the next is asked for', async () => {
  await goThat('exit 1');
  const ahead = fetchAhead(recipes, optionsFor(folder));
  await vi.waitFor(async () => expect(await asked()).toContain('etcdctl'), { timeout: 60_000 });
  await ahead.stop();
});

test('it ends when it is told to, also in the middle of a fetch', async () => {
  await goThat('exec sleep 3600');
  const ahead = fetchAhead(recipes, optionsFor(folder));
  await vi.waitFor(async () => expect(await asked()).toContain('etcd/server'), { timeout: 60_000 });
  await ahead.stop();
  expect(await asked()).not.toContain('etcdctl');
});
