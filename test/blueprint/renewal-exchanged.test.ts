/** The timer of a control plane while a CA is exchanged: in each phase it signs with the one whose turn it is. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { hasOpenssl } from '../pki/made.js';
import { at, authority, pair, read, renew, request, toDo } from './renewal-host.js';

const path = 'pki/etcd/server.crt';
const asked = request({ ca: 'etcd/ca' });

test.skipIf(!hasOpenssl)(
  'in each phase the right CA signs, and leaves of both are renewed',
  { timeout: 300_000 },
  async () => {
    const next = await authority('etcd/ca', 'ecdsa-p256', { days: 3650, age: 1 });
    const nextKey = read('pki/etcd/ca.key');
    const old = await authority('etcd/ca');
    const both = old.certPem + next.certPem;
    mkdirSync(at('pki/rotation/etcd-ca'), { recursive: true });
    const signs = (pem: string) => writeFileSync(at('pki/rotation/etcd-ca/signer.crt'), pem);

    // Both are trusted, the old one signs.
    writeFileSync(at('pki/etcd/ca.crt'), both);
    signs(old.certPem);
    await pair(old, path, { asked });
    expect(renew()).toMatchObject({ code: 0, stderr: '' });
    expect(toDo(path, old, asked)).toEqual([]);

    // The new one signs; what the old one has signed is still there, and is due.
    writeFileSync(at('pki/etcd/ca.key'), nextKey);
    signs(next.certPem);
    await pair(old, path, { asked });
    expect(renew()).toMatchObject({ code: 0, stderr: '' });
    expect(toDo(path, next, asked)).toEqual([]);

    // The old one is trusted no more; the mark is left for a moment longer than the file.
    writeFileSync(at('pki/etcd/ca.crt'), next.certPem);
    for (const clean of [false, true]) {
      if (clean) rmSync(at('pki/rotation'), { recursive: true });
      await pair(next, path, { asked });
      expect(renew()).toMatchObject({ code: 0, stderr: '' });
      expect(toDo(path, next, asked)).toEqual([]);
    }
    await pair(old, path, { asked });
    expect(renew()).toMatchObject({ code: 1 });
  },
);

test.skipIf(!hasOpenssl)('a key that is not yet that of the one who signs is said, and nothing is signed', async () => {
  const next = await authority('etcd/ca', 'ecdsa-p256', { days: 3650, age: 1 });
  const old = await authority('etcd/ca');
  mkdirSync(at('pki/rotation/etcd-ca'), { recursive: true });
  writeFileSync(at('pki/etcd/ca.crt'), old.certPem + next.certPem);
  writeFileSync(at('pki/rotation/etcd-ca/signer.crt'), next.certPem);
  await pair(old, path, { asked });
  const before = read(path);
  const { code, stderr } = renew();
  expect(code).toBe(1);
  expect(stderr).toMatch(/is not the key of .*rotation\/etcd-ca\/signer\.crt/);
  expect(read(path)).toBe(before);
});
