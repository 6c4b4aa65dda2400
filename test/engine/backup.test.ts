import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { access, chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { snapshotScript } from '../../src/engine/heal/backup.js';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

const content = randomBytes(70_000);
const whole = Buffer.concat([content, createHash('sha256').update(content).digest()]);

/** What etcd's gateway answers: pieces of 32 KiB, each encoded for itself. */
const stream = (snapshot: Buffer): string => {
  const pieces: string[] = [];
  for (let at = 0; at < snapshot.length; at += 32_768)
    pieces.push(
      JSON.stringify({
        result: {
          header: { revision: '7' },
          remaining_bytes: String(snapshot.length - at),
          blob: snapshot.subarray(at, at + 32_768).toString('base64'),
        },
      }),
    );
  return `${pieces.join('\n')}\n`;
};

/** A host without etcdctl and crictl whose curl prints `answer`. */
const saved = async (
  answer: string,
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string; readonly target: string }> => {
  const dir = await mkdtemp(join(tmpdir(), 'kw-backup-'));
  folders.push(dir);
  const bin = join(dir, 'bin');
  await mkdir(bin);
  for (const tool of [
    'base64',
    'cat',
    'cut',
    'head',
    'mkdir',
    'mv',
    'od',
    'rm',
    'sed',
    'sha256sum',
    'sync',
    'tail',
    'tr',
  ]) {
    const folder = await access(`/usr/bin/${tool}`).then(
      () => '/usr/bin',
      () => '/bin',
    );
    await symlink(join(folder, tool), join(bin, tool));
  }
  await writeFile(join(dir, 'answer'), answer);
  await writeFile(join(bin, 'curl'), `#!/bin/sh\ncat ${join(dir, 'answer')}\n`);
  await chmod(join(bin, 'curl'), 0o755);
  const target = join(dir, 'backup', 'etcd.db');
  return new Promise(resolve => {
    execFile(
      '/bin/sh',
      ['-c', snapshotScript(target, 'https://127.0.0.1:2379', join(dir, 'pki'))],
      { env: { PATH: bin } },
      (error, stdout, stderr) => {
        resolve({ code: error ? 1 : 0, stdout, stderr, target });
      },
    );
  });
};

test('without etcdctl the snapshot comes from etcd’s gateway, byte for byte', async () => {
  const { code, stdout, target } = await saved(stream(whole));
  expect(code).toBe(0);
  expect((await readFile(target)).equals(whole)).toBe(true);
  expect(stdout.trim()).toBe(createHash('sha256').update(content).digest('hex'));
});

test.each([
  ['cut off', stream(whole).slice(0, 50_000)],
  ['of nothing', ''],
  ['without its sum', stream(content)],
])('a snapshot %s is none, and leaves nothing behind', async (_what, answer) => {
  const { code, stderr, target } = await saved(answer);
  expect(code).toBe(1);
  expect(stderr).toContain('not whole');
  await expect(access(target)).rejects.toThrow();
  await expect(access(`${target}.part`)).rejects.toThrow();
});
