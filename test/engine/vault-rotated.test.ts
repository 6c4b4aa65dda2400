/** A vault that knows more than one key: lost and found again in the middle of an exchange, and after one. */
import { afterEach, expect, test } from 'vitest';
import { encryptionConfigText } from '../../src/blueprint/components/secrets-at-rest.js';
import { holdInMemory, letGo, readSecret } from '../../src/engine/vault/store.js';
import { type HostFiles, recover } from '../../src/engine/vault/recover.js';
import { openVault, type Vault } from '../../src/engine/vault.js';
import type { ClusterSpec } from '../../src/model/cluster.js';
import { reveal } from '../../src/model/content.js';
import { accountSecret, exchangeMark } from '../../src/model/rotation.js';
import { accountKeyId, publicKeysIn, serviceAccountKey } from '../../src/pki/key.js';

const dir = '/nowhere/rotated';
afterEach(() => letGo(dir));

const opened = async (first: Readonly<Record<string, string>> = {}): Promise<Vault> => {
  holdInMemory(dir, first);
  const spec = { name: 'demo', pki: { algorithm: 'ecdsa-p256', caDays: 3650, leafDays: 365, sans: [] } };
  const checked = await openVault(dir, spec as unknown as ClusterSpec, {
    now: () => new Date(),
    found: async () => [],
  });
  if (!checked.ok) throw new Error('it has problems');
  return checked.value;
};

const secret = (name: string): string => Buffer.from(name.padEnd(32)).toString('base64');
const host = (name: string, key: string, list: readonly string[], encryption: readonly string[]): HostFiles => ({
  host: name,
  files: {
    '/etc/kubernetes/pki/sa.key': key,
    '/etc/kubernetes/pki/sa.pub': [exchangeMark, '\n', ...list].join(''),
    '/etc/kubernetes/encryption.yaml': reveal(encryptionConfigText(encryption), secret),
  },
});

test('hosts that differ by one phase of an exchange are no contradiction: all keys are recovered by name', async () => {
  const [old, next] = await Promise.all([serviceAccountKey(), serviceAccountKey()]);
  const found = recover([
    host('kw-1', next.privatePem, [next.publicPem, old.publicPem], ['key2', 'key1']),
    host('kw-2', old.privatePem, [old.publicPem, next.publicPem], ['key1', 'key2']),
  ]);
  expect(found).toEqual({
    'pki/sa.key': next.privatePem,
    'pki/sa.pub': next.publicPem,
    [accountSecret(accountKeyId(old.privatePem))]: old.privatePem,
    'encryption/key': secret('encryption/key'),
    'encryption/key2': secret('encryption/key2'),
  });
});

test('hosts that sign with keys which not all verify with are one', async () => {
  const [one, other] = await Promise.all([serviceAccountKey(), serviceAccountKey()]);
  const hosts = [
    host('kw-1', one.privatePem, [one.publicPem], ['key1']),
    host('kw-2', other.privatePem, [other.publicPem], ['key1']),
  ];
  expect(() => recover(hosts)).toThrow(/different .*sa\.key/);
});

test('two keys of one name are one too', () => {
  const hosts = ['a', 'b'].map(key => ({
    host: key,
    files: { '/etc/kubernetes/encryption.yaml': reveal(encryptionConfigText(['key2']), () => secret(key)) },
  })) satisfies readonly HostFiles[];
  expect(() => recover(hosts)).toThrow(/different .*encryption\.yaml/);
});

test('a cluster whose first encryption key was dropped gets no other of that name', async () => {
  const vault = await opened({ 'encryption/key7': secret('seven') });
  expect(vault.has('encryption/key')).toBe(false);
  expect(vault.encryptionKeys()).toEqual(['key7']);
});

test('what was learned is kept once it is agreed to, and never takes the place of another', async () => {
  const vault = await opened();
  vault.learn({ 'encryption/key2': secret('two') });
  expect(await readSecret(dir, 'encryption/key2')).toBeUndefined();
  await vault.keep();
  expect(await readSecret(dir, 'encryption/key2')).toBe(secret('two'));
  vault.learn({ 'encryption/key2': secret('another') });
  await vault.keep();
  expect(vault.reveal('encryption/key2')).toBe(secret('two'));
  expect(vault.encryptionKeys()).toEqual(['key2', 'key1']);
});

test('the key that alone stands becomes the first; the one before keeps a name of its own', async () => {
  const vault = await opened();
  const before = vault.reveal('pki/sa.key');
  const { privatePem, publicPem } = await serviceAccountKey();
  const name = accountSecret(accountKeyId(privatePem));
  vault.learn({ [name]: privatePem });
  await vault.promote(name);
  expect([vault.reveal('pki/sa.key'), vault.reveal('pki/sa.pub')]).toEqual([privatePem, publicPem]);
  expect(await readSecret(dir, 'pki/sa.key')).toBe(privatePem);
  expect(await readSecret(dir, accountSecret(accountKeyId(before)))).toBe(before);
});

test('a crash between the two halves of a key is mended: the public half is that of the private one', async () => {
  const first = await serviceAccountKey();
  const stale = await serviceAccountKey();
  const vault = await opened({ 'pki/sa.key': first.privatePem, 'pki/sa.pub': stale.publicPem });
  expect(vault.reveal('pki/sa.pub')).toBe(publicKeysIn(first.publicPem)[0]);
});
