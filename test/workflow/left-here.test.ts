import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Ended } from '../../src/workflow/build/execute.js';
import { leftHere } from '../../src/workflow/build/left-here.js';

let dir = '';
beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'kw-left-')), 'prod');
  for (const [folder, file] of [
    ['pki', 'ca.key'],
    ['encryption', 'key'],
    ['control machine', 'admin.key'],
    ['journal', 'x.jsonl'],
  ] as const) {
    mkdirSync(join(dir, folder), { recursive: true });
    writeFileSync(join(dir, folder, file), 'x');
  }
});
afterEach(() => rmSync(join(dir, '..'), { recursive: true }));

const ran = (ok = true, unseen: readonly string[] = []): Ended => ({
  ended: 'ran',
  outcome: { ok } as never,
  proven: true,
  unseen: unseen.map(host => ({ host, why: 'away' })),
});
const backup = (): void => {
  mkdirSync(join(dir, 'backup'));
  writeFileSync(join(dir, 'backup', 'etcd.db'), 'x');
};

test('what stays is said by its place, and stays', async () => {
  expect(await leftHere({ dir }, ran(), false)).toBe(
    'left on this machine, in .kubewizard/prod beside the cluster file: pki (keys), control machine (keys), encryption (keys), ' +
      'journal; a new kw up uses the same keys, kw reset --remove-keys removes them',
  );
  expect(readdirSync(dir)).toHaveLength(4);
});

test('keys go on request, the journal stays', async () => {
  expect(await leftHere({ dir }, ran(), true)).toMatch(
    /^removed from .*: pki, control machine, encryption; left there: journal$/,
  );
  expect(readdirSync(dir)).toEqual(['journal']);
});

test('what reads a saved snapshot stays beside it', async () => {
  backup();
  expect(await leftHere({ dir }, ran(), true)).toContain('encryption reads the secrets in backup');
  expect(readdirSync(dir).sort()).toEqual(['backup', 'encryption', 'journal']);
});

test.each<[string, Ended]>([
  ['a host was not seen', ran(true, ['kw-3'])],
  ['the reset failed', ran(false)],
  ['nobody agreed', { ended: 'refused' }],
])('no key is removed where %s', async (_, ended) => {
  const says = await leftHere({ dir }, ended, true);
  if (ended.ended === 'ran' && ended.outcome.ok) expect(says).toContain('kw-3 was not seen and may still trust them');
  expect(readdirSync(dir)).toHaveLength(4);
});
