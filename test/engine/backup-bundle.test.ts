import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openBundle, writeBundle } from '../../src/engine/backup/bundle.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kw-bundle-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const snapshot = randomBytes(300_000);
const files = new Map([
  ['cluster.yaml', 'name: prod\n'],
  ['kubewizard/pki/ca.key', 'A VERY SECRET KEY'],
]);
const parts = () => ({
  files,
  snapshot: {
    size: snapshot.length,
    bytes: (async function* () {
      for (let at = 0; at < snapshot.length; at += 65_536) yield snapshot.subarray(at, at + 65_536);
    })(),
  },
});
const target = (): string => join(dir, 'prod.kwbackup');

test('what is sealed for a key is opened by it, byte for byte, and shows nothing to others', async () => {
  const identity = await generateX25519Identity();
  await writeBundle(target(), parts(), { recipients: [await identityToRecipient(identity)] });
  expect(statSync(target()).mode & 0o777).toBe(0o600);
  expect(readFileSync(target()).includes('SECRET')).toBe(false);
  const names = await openBundle(target(), join(dir, 'open'), { identities: [identity] });
  expect(names).toEqual([...files.keys(), 'etcd.db']);
  expect(readFileSync(join(dir, 'open/etcd.db')).equals(snapshot)).toBe(true);
  expect(readFileSync(join(dir, 'open/kubewizard/pki/ca.key'), 'utf8')).toBe('A VERY SECRET KEY');
  expect(statSync(join(dir, 'open/kubewizard/pki/ca.key')).mode & 0o777).toBe(0o600);
  const other = await generateX25519Identity();
  await expect(openBundle(target(), join(dir, 'other'), { identities: [other] })).rejects.toMatchObject({
    failure: { class: 'refused' },
  });
});

test('a passphrase opens it, another one does not', async () => {
  await writeBundle(target(), parts(), { passphrase: 'correct horse' });
  await expect(openBundle(target(), join(dir, 'x'), { passphrase: 'battery' })).rejects.toThrow('cannot be opened');
  expect(await openBundle(target(), join(dir, 'y'), { passphrase: 'correct horse' })).toContain('etcd.db');
});

test.each([
  ['a flipped byte', (bytes: Buffer) => bytes.fill(bytes[100_000] === 0 ? 1 : 0, 100_000, 100_001)],
  ['its end missing', (bytes: Buffer) => bytes.subarray(0, bytes.length - 5)],
  ['half of it missing', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
])('with %s it is refused', async (_what, damage) => {
  const identity = await generateX25519Identity();
  await writeBundle(target(), parts(), { recipients: [await identityToRecipient(identity)] });
  writeFileSync(target(), damage(readFileSync(target())));
  await expect(openBundle(target(), join(dir, 'open'), { identities: [identity] })).rejects.toThrow('cannot be opened');
});

test('what cannot be read to its end leaves no file', async () => {
  const identity = await generateX25519Identity();
  const bytes = (async function* (): AsyncGenerator<Buffer> {
    yield snapshot.subarray(0, 1000);
    throw new Error('the host is gone');
  })();
  const broken = { files, snapshot: { size: snapshot.length, bytes } };
  const recipients = [await identityToRecipient(identity)];
  await expect(writeBundle(target(), broken, { recipients })).rejects.toThrow('the host is gone');
  expect(readdirSync(dir)).toEqual([]);
});

test('what is no key is said so', async () => {
  await expect(writeBundle(target(), parts(), { recipients: ['age1nonsense'] })).rejects.toThrow('public key');
});
