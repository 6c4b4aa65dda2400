/**
 * CAs at their end are signed anew by their own keys. All that they have signed verifies against either certificate, so
 * nothing is exchanged in phases: the new file takes the place of the old, in any order.
 */
import type { AuthorityName, Input } from '../../blueprint/input.js';
import type { Vault } from '../../engine/vault.js';
import { authoritySecret, certOf, isSecretOf } from '../../engine/vault/names.js';
import { authorityKeys } from '../../model/rotated-authorities.js';
import type { Plan } from '../../model/plan.js';
import type { Certificate } from '../../pki/certificate.js';
import { expiredIn } from '../../preflight/revival.js';
import { backdatedMs } from '../../pki/life.js';
import { isDue, isSameAuthority, isYounger } from '../../pki/renewal.js';
import { readCertificates } from '../../pki/read.js';
import type { Story } from '../story.js';
import { exchanging, firstOf, learnPair } from './authorities.js';

interface Drawn {
  readonly input: Input;
  readonly vault: Vault;
}

/** A CA that is signed anew in this run, and when the certificate before ends or has ended, ISO 8601. */
export interface RenewedAuthority {
  readonly name: AuthorityName;
  readonly ends: string;
}

/** Something of the cluster's certificates has ended, or is about to with its CA. */
export const isEnding = (
  { renewed }: { readonly renewed: readonly RenewedAuthority[] },
  plan: Pick<Plan, 'steps'>,
  now: Date,
): boolean => renewed.length > 0 || expiredIn(plan, now).length > 0;

const renewedText = (all: readonly RenewedAuthority[]): string =>
  'signed anew, each by its own key, so that all that it has signed stays good: ' +
  all.map(({ name, ends }) => `the CA ${name}, whose certificate ends on ${ends.slice(0, 10)}`).join('; ');

/**
 * Tells the vault in memory, and says it: nothing is kept before a person has agreed (`keepRenewed`).
 * @param stays False: the cluster goes, and nothing is signed for it.
 */
export async function renewing<T extends Drawn>(
  { emit, ports }: Pick<Story, 'emit' | 'ports'>,
  drawn: T,
  stays = true,
): Promise<T & { readonly renewed: readonly RenewedAuthority[] }> {
  const { input, vault } = drawn;
  if (!stays) return { ...drawn, renewed: [] };
  const { rotating = {}, spec } = input;
  const now = ports.clock();
  for (const name of authorityKeys)
    if (!rotating[name] && !(name === 'ca' && spec.pki.ca) && isAtItsEnd(vault, name, now))
      await renew(vault, name, spec.pki.caDays, now);
  const since = renewedAt(vault, now);
  const renewed = renewedIn(vault, input);
  if (renewed.length > 0) emit({ type: 'note', says: renewedText(renewed) });
  const trusts = { ...exchanging(vault, rotating), ...(since !== undefined && { renewed: since }) };
  return { ...drawn, input: { ...input, ...trusts }, renewed };
}

const isAtItsEnd = (vault: Vault, name: AuthorityName, now: Date): boolean => {
  const signer = signerOf(vault, name);
  return signer !== undefined && isDue(signer, now);
};

const signerOf = (vault: Vault, name: AuthorityName): Certificate | undefined =>
  readCertificates(vault.authority(name).certPem).certificates[0];

async function renew(vault: Vault, name: AuthorityName, days: number, now: Date): Promise<void> {
  const { renewAuthority } = await import('../../pki/issue.js');
  const pair = vault.authority(name);
  const pem = await renewAuthority(pair, { days, now });
  const [certificate] = readCertificates(pem).certificates;
  if (!certificate) throw new Error(`the CA ${name} was signed anew, and cannot be read`);
  learnPair(vault, name, certificate, pair.keyPem);
  vault.exchange(name, { trust: pem, signer: pem, key: authoritySecret(name, certificate, 'key') });
}

/** Those that this run signs anew, of what the vault had. */
export const renewedIn = (vault: Vault, { rotating }: Pick<Input, 'rotating'>): readonly RenewedAuthority[] =>
  authorityKeys.flatMap(name => {
    const [first, signer] = [firstOf(vault, name), signerOf(vault, name)];
    if (rotating?.[name] || !first || !signer || first.fingerprint === signer.fingerprint) return [];
    return isSameAuthority(first, signer) ? [{ name, ends: first.notAfter }] : [];
  });

/** Before the first host gets them: whoever is cut off has what the hosts have. */
export async function keepRenewed(vault: Vault, input: Pick<Input, 'rotating'>): Promise<void> {
  for (const { name } of renewedIn(vault, input)) {
    const certificate = signerOf(vault, name);
    if (certificate) await vault.succeed(name, certificate);
  }
}

const fresh = 30 * 86_400_000;

/**
 * When the cluster's CA was last signed anew, ISO 8601: pods that run since before trust an older certificate of it
 * where they read it once. undefined: never, or so long ago that nobody asks any more.
 */
function renewedAt(vault: Vault, now: Date): string | undefined {
  const signer = signerOf(vault, 'ca');
  const others = vault
    .names()
    .filter(one => isSecretOf('ca', one, 'crt') || one === certOf('ca'))
    .flatMap(one => readCertificates(vault.reveal(one)).certificates);
  const before = others.some(one => signer && isSameAuthority(one, signer) && isYounger(signer, one));
  if (!signer || !before) return undefined;
  const signed = Date.parse(signer.notBefore) + backdatedMs;
  return now.getTime() - signed < fresh ? new Date(signed).toISOString() : undefined;
}
