/** Makes what a vault still lacks. */
import { randomBytes } from 'node:crypto';
import type { AuthorityName } from '../../blueprint/input.js';
import type { ClusterSpec } from '../../model/cluster.js';
import { serviceAccountKey } from '../../pki/key.js';
import { authorityNames, certOf, commonNames, keyOf, missingIn } from './names.js';

/** Secrets by name; whole pairs, so that no new certificate ever meets an old key. */
export const createMissing = async (
  have: Readonly<Record<string, string>>,
  spec: ClusterSpec,
  now: Date,
): Promise<Readonly<Record<string, string>>> => {
  const made: Record<string, string> = {};
  for (const name of authorityNames) {
    if (have[certOf(name)] === undefined) Object.assign(made, await authority(name, spec, now));
  }
  if (have['pki/sa.key'] === undefined) {
    const { privatePem, publicPem } = await serviceAccountKey();
    Object.assign(made, { 'pki/sa.key': privatePem, 'pki/sa.pub': publicPem });
  }
  if (missingIn(have).includes('encryption/key')) made['encryption/key'] = randomSecret(32);
  return made;
};

/** `bytes` random bytes in base64. */
export const randomSecret = (bytes: number): string => randomBytes(bytes).toString('base64');

const authority = async (
  name: AuthorityName,
  spec: ClusterSpec,
  now: Date,
): Promise<Readonly<Record<string, string>>> => {
  // The library behind it costs a quarter of a second: only a first run pays.
  const { createAuthority } = await import('../../pki/issue.js');
  const { certPem, keyPem } = await createAuthority({
    commonName: commonNames[name],
    days: spec.pki.caDays,
    algorithm: spec.pki.algorithm,
    now,
  });
  return { [certOf(name)]: certPem, [keyOf(name)]: keyPem };
};
