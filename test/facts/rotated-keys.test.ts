/** The script runs in this machine's own shell, on files of a folder. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { encryptionConfigText } from '../../src/blueprint/components/secrets-at-rest.js';
import { fields } from '../../src/facts/host/fields.js';
import { keysScript, readKeys } from '../../src/facts/host/rotated-keys.js';
import { reveal } from '../../src/model/content.js';
import { exchangeMark } from '../../src/model/rotation.js';
import { serviceAccountKey } from '../../src/pki/key.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const seen = (files: Readonly<Record<string, string>>) => {
  const root = mkdtempSync(join(tmpdir(), 'kw-keys-'));
  folders.push(root);
  mkdirSync(join(root, 'pki'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  const output = execFileSync('sh', ['-c', keysScript.replaceAll('/etc/kubernetes', root)], { encoding: 'utf8' });
  return readKeys(output, fields(output));
};

test('what a control plane of two keys says; no secret is in it', async () => {
  const [one, two] = await Promise.all([serviceAccountKey(), serviceAccountKey()]);
  const encryption = reveal(encryptionConfigText(['key2', 'key1']), name =>
    Buffer.from(name.padEnd(32)).toString('base64'),
  );
  const keys = seen({
    'pki/sa.pub': `${exchangeMark}\n${one.publicPem}${two.publicPem}`,
    'pki/sa.key': one.privatePem,
    'pki/sa-0123456789ab.key': two.privatePem,
    'pki/sa-of-mine.key.key': '',
    'encryption.yaml': encryption,
  });
  expect(keys).toEqual({
    verifies: [one.publicPem, two.publicPem],
    waiting: ['0123456789ab'],
    encrypts: ['key2', 'key1'],
    signer: createHash('sha256').update(one.privatePem).digest('hex'),
    verifiesSince: expect.any(Number),
  });
});

test('a list of two keys that no rotation wrote is not believed', async () => {
  const [one, two] = await Promise.all([serviceAccountKey(), serviceAccountKey()]);
  expect(seen({ 'pki/sa.pub': one.publicPem + two.publicPem })?.verifies).toEqual([]);
  expect(seen({ 'pki/sa.pub': one.publicPem })?.verifies).toEqual([one.publicPem]);
});

test('a host without any, and one whose files make no sense', () => {
  expect(seen({})).toBeUndefined();
  expect(seen({ 'pki/sa.pub': 'nonsense', 'encryption.yaml': '- name: mine\n' })).toMatchObject({
    verifies: [],
    encrypts: [],
  });
});
