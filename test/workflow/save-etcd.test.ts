import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { saveEtcd } from '../../src/workflow/build/save-etcd.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kw-save-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const at = new Date(Date.UTC(2026, 0, 2, 3, 4, 5));
const content = Buffer.alloc(8 * 2 ** 20 + 5, 7);
const sum = createHash('sha256').update(content).digest();
const bytes = Buffer.concat([content, sum]);

/** Hosts whose etcd is dead, and one that makes a snapshot of `bytes`. */
const run =
  (good: string, comes: Buffer = bytes) =>
  async (host: string, script: string) => {
    const answer = (stdout: string, code = 0) => ({ code, stdout, stderr: code === 0 ? '' : 'connection refused' });
    if (host !== good) return answer('', 1);
    if (script.includes('snapshot save')) return answer(`${sum.toString('hex')}\n`);
    const skip = Number(/skip='?(\d+)/.exec(script)?.[1]);
    return answer(comes.subarray(skip * 8 * 2 ** 20, (skip + 1) * 8 * 2 ** 20).toString('base64'));
  };

test('the snapshot of the first member that can make one comes here, for its owner alone', async () => {
  const saving = { before: 'reset', hosts: ['a', 'b'], dir, at, run: run('b') } as const;
  const { path, ...saved } = await saveEtcd(saving);
  expect(path).toBe(join(dir, 'backup', 'etcd-before-reset-20260102T030405Z.db'));
  expect(saved).toEqual({ host: 'b', sha256: sum.toString('hex'), bytes: bytes.length });
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

test.each([
  ['came short', bytes.subarray(0, 99)],
  ['is another than the host has', Buffer.concat([Buffer.from(content).fill(8, 9, 10), sum])],
])('a snapshot that %s is none', async (_what, comes) => {
  await expect(saveEtcd({ before: 'reset', hosts: ['b'], dir, at, run: run('b', comes) })).rejects.toMatchObject({
    failure: { class: 'exit' },
  });
});

describe('an upgrade that was cut off while etcd stood still', () => {
  const upgrade = { before: 'upgrade', hosts: ['a'], at, run: run('none'), to: '1.37.2' } as const;
  const left = (name: string, what: Buffer) => {
    mkdirSync(join(dir, 'backup'), { recursive: true });
    writeFileSync(join(dir, 'backup', name), what);
  };

  test('goes on with the newest whole snapshot of the same upgrade', async () => {
    left('etcd-before-upgrade-1.37.2-20260102T000000Z.db', bytes);
    left('etcd-before-upgrade-1.37.2-20260102T010000Z.db', bytes.subarray(1));
    left('etcd-before-upgrade-1.37.20-20260102T020000Z.db', bytes);
    expect(await saveEtcd({ ...upgrade, dir })).toEqual({
      path: join(dir, 'backup', 'etcd-before-upgrade-1.37.2-20260102T000000Z.db'),
      sha256: sum.toString('hex'),
      bytes: bytes.length,
    });
  });

  test('and not with one of another version, or a broken one', async () => {
    left('etcd-before-upgrade-1.36.4-20260102T000000Z.db', bytes);
    left('etcd-before-upgrade-1.37.2-20260102T010000Z.db', bytes.subarray(1));
    await expect(saveEtcd({ ...upgrade, dir })).rejects.toMatchObject({ failure: { class: 'refused' } });
  });
});
