/** What is asked of `go`, by one that writes down what it was asked. */
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fetchAhead } from '../../src/artifacts/go/ahead.js';
import { built } from '../../src/artifacts/go/build.js';
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

test('a machine that took twice as long as was said is told twice as long of the next', async () => {
  await goThat('while [ "$1" != -o ]; do shift; done; mkdir -p "$(dirname "$2")"; echo program >"$2"');
  const said: string[] = [];
  const options = optionsFor(folder, { progress: says => said.push(says) });
  const [etcd, etcdctl] = recipes;
  if (!etcd || !etcdctl) throw new Error('no recipes');
  const pace = { expected: 100, took: 200 };
  await built(etcd, options, pace);
  expect(said).toContainEqual(expect.stringMatching(/^building etcd 3\S+ \(about 40 s\)$/));
  expect(pace.expected).toBe(120);
  pace.took = 360;
  await built(etcdctl, options, pace);
  expect(said).toContainEqual(expect.stringMatching(/^building etcdctl 3\S+ \(about 30 s\)$/));
});
