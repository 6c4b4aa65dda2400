/** A CA takes the place of the vault's own one, once it alone stands on the hosts. */
import type { AuthorityName } from '../../blueprint/input.js';
import type { Reveal } from '../../model/content.js';
import type { Certificate } from '../../pki/certificate.js';
import { readCertificates } from '../../pki/read.js';
import { keepSecret } from './keep-secret.js';
import { authoritySecret, certOf, keyOf } from './names.js';
import { dropSecret, writeSecret } from './store.js';

/**
 * Nothing is thrown away: the pair before gets a name of its own first. A vault without the certificate takes it from
 * the hosts; so killed anywhere it never has a certificate with another one's key. @returns secrets by name.
 */
export const succeedIn = async (
  dir: string,
  name: AuthorityName,
  certificate: Certificate,
  reveal: Reveal,
): Promise<Readonly<Record<string, string>>> => {
  const [certPem, keyPem] = [reveal(certOf(name)), reveal(keyOf(name))];
  const [before] = readCertificates(certPem).certificates;
  if (!before || before.fingerprint === certificate.fingerprint) return {};
  const next = reveal(authoritySecret(name, certificate, 'key'));
  const kept = { [authoritySecret(name, before, 'key')]: keyPem, [authoritySecret(name, before, 'crt')]: certPem };
  for (const [secret, text] of Object.entries(kept)) await keepSecret(dir, secret, text);
  await dropSecret(dir, certOf(name));
  await writeSecret(dir, keyOf(name), next);
  await writeSecret(dir, certOf(name), certificate.pem);
  return { ...kept, [keyOf(name)]: next, [certOf(name)]: certificate.pem };
};
