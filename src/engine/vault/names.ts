/** What the vault holds, by the names that plans use, and where each lies on a control plane. */
import type { AuthorityName } from '../../blueprint/input.js';
import { encryptionConfig, pki } from '../../blueprint/render/paths.js';
import { ownAuthorityName } from '../../pki/made-here.js';

export const authorityNames = ['ca', 'etcd/ca', 'front-proxy-ca'] as const satisfies readonly AuthorityName[];

export const commonNames: Readonly<Record<AuthorityName, string>> = {
  ca: ownAuthorityName,
  'etcd/ca': 'etcd-ca',
  'front-proxy-ca': 'kubernetes-front-proxy-ca',
};

export const certOf = (name: AuthorityName): string => `pki/${name}.crt`;
export const keyOf = (name: AuthorityName): string => `pki/${name}.key`;
/** Of a CA that is not the first: it came in its place, or was there before. */
export const authoritySecret = (
  name: AuthorityName,
  { fingerprint }: { readonly fingerprint: string },
  what: 'crt' | 'key',
): string => `pki/${name.replace('/', '-')}-${fingerprint.slice(0, 12)}.${what}`;

export const isSecretOf = (name: AuthorityName, secret: string, what: 'crt' | 'key'): boolean =>
  secret.startsWith(`pki/${name.replace('/', '-')}-`) &&
  /-[0-9a-f]{12}\.(crt|key)$/.test(secret) &&
  secret.endsWith(what);
/** Certificates that go behind every leaf: the owner's intermediates. Missing: there are none. */
export const chainName = 'pki/ca-chain.crt';

/** Every secret that must be there. */
export const secretNames: readonly string[] = [
  ...authorityNames.flatMap(name => [certOf(name), keyOf(name)]),
  'pki/sa.key',
  'pki/sa.pub',
  'encryption/key',
];

/** What a vault lacks; a cluster whose encryption key was exchanged has another one than its first. */
export const missingIn = (have: Readonly<Record<string, string>>): readonly string[] =>
  secretNames.filter(
    name =>
      have[name] === undefined &&
      !(name === 'encryption/key' && Object.keys(have).some(other => other.startsWith('encryption/'))),
  );

/** Behind its leaf stand the intermediates. */
export const apiserverCert = `${pki}/apiserver.crt`;

/** Files of a control plane (and of etcd's hosts) from which a lost vault is rebuilt. */
export const recoveryPaths: readonly string[] = [
  ...authorityNames.flatMap(name => [`${pki}/${name}.crt`, `${pki}/${name}.key`]),
  `${pki}/sa.key`,
  `${pki}/sa.pub`,
  encryptionConfig,
  apiserverCert,
];
