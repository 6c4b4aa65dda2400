/** A dry run on an external cluster leaves none of its keys behind, however it ends. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keepSecret } from '../../src/engine/vault/keep-secret.js';
import { readSecret, writeSecret } from '../../src/engine/vault/store.js';
import { keeping, passing } from '../../src/workflow/adopt.js';

const textsBelow = (folder: string): string =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(name => join(folder, name))
    .filter(path => statSync(path).isFile())
    .map(path => readFileSync(path, 'utf8'))
    .join('\n');

test('it signs with what the control machine has, and no key is ever in a file: a killed run leaves none', async () => {
  const own = mkdtempSync(join(tmpdir(), 'kw-own-'));
  try {
    mkdirSync(join(own, 'pki', 'etcd'), { recursive: true });
    writeFileSync(join(own, 'pki', 'etcd', 'ca.key'), 'PLANTED-known');
    const { dir, leave } = passing(own);
    expect(await readSecret(dir, 'pki/etcd/ca.key')).toBe('PLANTED-known');
    await writeSecret(dir, 'pki/ca.key', 'PLANTED-written');
    await keepSecret(dir, 'encryption/key', 'PLANTED-kept');
    expect(await readSecret(dir, 'pki/ca.key')).toBe('PLANTED-written');
    // As a kill would find it.
    expect(textsBelow(dir)).not.toContain('PLANTED');
    expect(statSync(dir).mode & 0o077).toBe(0);
    leave();
    expect([existsSync(dir), await readSecret(dir, 'pki/ca.key')]).toEqual([false, undefined]);
    expect(readdirSync(own, { recursive: true })).not.toContain('pki/ca.key');
  } finally {
    rmSync(own, { recursive: true });
  }
});

test('what happens to the keys is said, with the place where they stay', () => {
  expect(keeping(['pki/ca.crt', 'pki/ca.key'], 'c', undefined)).toMatch(/pki\/ca\.key.*dry run, and not kept/);
  expect(keeping(['pki/ca.crt', 'pki/ca.key'], 'c', '/x/.kubewizard/c')).toMatch(/kept in \/x\/\.kubewizard\/c/);
});
