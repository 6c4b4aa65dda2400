import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { saveEtcd } from '../../src/workflow/build/save-etcd.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kw-save-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const at = new Date(Date.UTC(2026, 0, 2, 3, 4, 5));
const bytes = Buffer.alloc(8 * 2 ** 20 + 5, 7);

/** Hosts whose etcd is dead, and one that makes a snapshot of `bytes`. */
const run =
  (good: string, size = bytes.length) =>
  async (host: string, script: string) => {
    const answer = (stdout: string, code = 0) => ({ code, stdout, stderr: code === 0 ? '' : 'connection refused' });
    if (host !== good) return answer('', 1);
    if (script.includes('snapshot save')) return answer('abc, 3, 100, 20 kB');
    if (script.startsWith('wc')) return answer(`${size}\n`);
    const skip = Number(/skip='?(\d+)/.exec(script)?.[1]);
    return answer(bytes.subarray(skip * 8 * 2 ** 20, (skip + 1) * 8 * 2 ** 20).toString('base64'));
  };

test('the snapshot of the first member that can make one comes to the control machine, for its owner alone', async () => {
  const path = await saveEtcd({ before: 'reset', hosts: ['a', 'b'], dir, at, run: run('b') });
  expect(path).toBe(join(dir, 'backup', 'etcd-before-reset-20260102T030405Z.db'));
  expect(readFileSync(path).equals(bytes)).toBe(true);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('with no member to make one, the reset is refused with the way out', async () => {
  await expect(saveEtcd({ before: 'reset', hosts: ['a'], dir, at, run: run('b') })).rejects.toMatchObject({
    failure: {
      class: 'refused',
      message: expect.stringContaining('connection refused'),
      help: expect.stringContaining('--without-backup'),
    },
  });
  expect(readdirSync(dir)).toEqual([]);
});

test('a snapshot that came short is none', async () => {
  await expect(saveEtcd({ before: 'reset', hosts: ['b'], dir, at, run: run('b', 99) })).rejects.toMatchObject({
    failure: { class: 'exit' },
  });
});
