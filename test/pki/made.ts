/** Certificates for tests: real ones, made once. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CertificateRequest } from '../../src/model/resource.js';

export const now = new Date('2026-06-01T12:00:00Z');

export const request = (more: Partial<CertificateRequest> = {}): CertificateRequest => ({
  ca: 'ca',
  commonName: 'kube-apiserver',
  organizations: [],
  usages: ['server'],
  days: 365,
  sans: ['kubernetes.default.svc', 'localhost', '127.0.0.1', '10.96.0.1', 'fd00:0::1'],
  ...more,
});

export const hasOpenssl = ((): boolean => {
  try {
    execFileSync('openssl', ['version']);
    return true;
  } catch {
    return false;
  }
})();

/** Output of openssl on a folder in which `files` lie; throws with its stderr. */
export const openssl = (files: Readonly<Record<string, string>>, ...args: readonly string[]): string => {
  const dir = mkdtempSync(join(tmpdir(), 'kw-pki-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  return execFileSync('openssl', args, { cwd: dir, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
};

/** An owner's PKI as openssl makes it: a root, and an intermediate signed by it, with PrintableString names. */
export const ownersPki = (days = 3650): { root: string; intermediate: string; key: string } => {
  const dir = mkdtempSync(join(tmpdir(), 'kw-owner-'));
  const run = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  writeFileSync(
    join(dir, 'ext'),
    'basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n',
  );
  run(
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-384',
    '-nodes',
    '-keyout',
    'root.key',
    '-out',
    'root.crt',
    '-days',
    String(days),
    '-subj',
    '/C=DE/O=Owner/CN=Root',
  );
  run(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'mid.key',
    '-out',
    'mid.csr',
    '-subj',
    '/C=DE/O=Owner GmbH/CN=Middle',
  );
  run(
    'x509',
    '-req',
    '-in',
    'mid.csr',
    '-CA',
    'root.crt',
    '-CAkey',
    'root.key',
    '-CAcreateserial',
    '-days',
    String(days),
    '-extfile',
    'ext',
    '-out',
    'mid.crt',
  );
  const read = (name: string) => execFileSync('cat', [name], { cwd: dir, encoding: 'utf8' });
  return { root: read('root.crt'), intermediate: run('x509', '-in', 'mid.crt'), key: read('mid.key') };
};
