/** A page and a bundle are nobody's but the person's, whatever lies already where they are to be. */
import { chmod, lstat, mkdtemp, open, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeOut } from '../../src/cli/write.js';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'kw-out-'));
});
afterEach(() => rm(root, { recursive: true }));

test('a file that somebody has put there and holds open gets nothing of it', async () => {
  const path = join(root, 'x.kwbundle');
  await writeFile(path, 'theirs');
  await chmod(path, 0o666);
  const held = await open(path, 'r');
  await writeOut(path, 'evidence', 0o600);
  expect(await held.readFile('utf8')).toBe('theirs');
  await held.close();
  expect((await lstat(path)).mode & 0o777).toBe(0o600);
  expect(await readFile(path, 'utf8')).toBe('evidence');
});

test('a link is not followed to the file of somebody else', async () => {
  const [path, victim] = [join(root, 'x.kwbundle'), join(root, 'victim')];
  await writeFile(victim, 'theirs');
  await symlink(victim, path);
  await writeOut(path, 'evidence', 0o600);
  expect([await readFile(victim, 'utf8'), await readFile(path, 'utf8')]).toEqual(['theirs', 'evidence']);
  expect((await lstat(path)).isFile()).toBe(true);
});

test('what is no file stays what it is', async () => {
  await writeOut('/dev/null', 'evidence', 0o600);
  expect((await lstat('/dev/null')).isCharacterDevice()).toBe(true);
});
