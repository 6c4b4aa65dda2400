/** How far the exchange of each CA has come, by the files of control planes; the vault signs and trusts by it. */
import type { AuthorityName, Input } from '../../blueprint/input.js';
import type { Session } from '../../engine/session.js';
import type { Vault } from '../../engine/vault.js';
import { authoritySecret } from '../../engine/vault/names.js';
import { withRole } from '../../model/cluster.js';
import { WorldFailed } from '../../model/event.js';
import {
  authorityFiles,
  authorityKeys,
  type RotatingAuthorities,
  type RotatingAuthority,
} from '../../model/rotated-authorities.js';
import type { Certificate } from '../../pki/certificate.js';
import { keyMatches } from '../../pki/key.js';
import { readCertificates } from '../../pki/read.js';
import { isSameAuthority, isYounger } from '../../pki/renewal.js';
import { rotationFor } from './rotation.js';
import { type AuthoritySeen, isContradiction, seenIn, type Standing, standingOf, trustOf } from '../../pki/standing.js';

type Asked = Pick<Session, 'spec' | 'secretFiles'>;
export type Exchanging = Pick<Input, 'authorities' | 'rotating'>;

/** What lies on control planes that were seen: a worker's word never counts. */
export const seenOf = (
  spec: Session['spec'],
  facts: Input['facts'],
  name: AuthorityName,
): ReadonlyMap<string, AuthoritySeen> =>
  new Map(
    withRole(spec, 'controlPlane').flatMap(({ name: host }) => {
      const mark = facts.get(host)?.authorities?.[name];
      return mark ? [[host, seenIn(mark)] as const] : [];
    }),
  );

/** Throws WorldFailed (refused) where hosts contradict each other, or a key is needed that may not be copied. */
export async function authoritiesFor(session: Asked, facts: Input['facts'], vault: Vault): Promise<Exchanging> {
  const rotating: Partial<Record<AuthorityName, RotatingAuthority>> = {};
  for (const name of authorityKeys) {
    const seen = seenOf(session.spec, facts, name);
    const standing = standingFrom(session.spec, seen, name, vault);
    if (!standing) continue;
    if (!(await hasPairs(session, [...seen.keys()], name, standing, vault))) continue;
    if (standing.phase === 'settled') await vault.succeed(name, standing.signer);
    else rotating[name] = exchange(vault, name, standing);
  }
  return exchanging(vault, rotating);
}

/** All that a vault gives to the blueprint, as control planes say that it stands. */
export async function standsOn(
  session: Asked,
  facts: Input['facts'],
  vault: Vault,
): Promise<Exchanging & Pick<Input, 'rotation' | 'chainPem' | 'reveal'>> {
  const { chainPem, reveal } = vault;
  const authorities = await authoritiesFor(session, facts, vault);
  const rotation = await rotationFor(session, facts, vault);
  return { ...authorities, ...(rotation ? { rotation } : {}), chainPem, reveal };
}

export const exchanging = (vault: Vault, rotating: RotatingAuthorities): Exchanging => ({
  authorities: vault.authorities,
  ...(Object.keys(rotating).length > 0 ? { rotating } : {}),
});

/** undefined: the vault's first CA is the cluster's, and nothing is under way. */
export const standingIn = (
  spec: Session['spec'],
  facts: Input['facts'],
  name: AuthorityName,
  vault: Vault,
): Standing | undefined => standingFrom(spec, seenOf(spec, facts, name), name, vault);

/**
 * @param seen Of control planes.
 * @param believed Whether a CA is taken over from them that came while this machine was away. Of the cluster's own, by
 *   which clusters are told apart, admission alone can say that (`preflight/heir.ts`).
 */
export const standingFrom = (
  spec: Session['spec'],
  seen: ReadonlyMap<string, AuthoritySeen>,
  name: AuthorityName,
  vault: Vault,
  believed = name !== 'ca',
): Standing | undefined => {
  const standing = standingOf(seen);
  if (isContradiction(standing)) throw contradicts(name, standing.hosts);
  if (standing?.phase !== 'settled') return standing;
  const first = firstOf(vault, name);
  if (first?.fingerprint === standing.signer.fingerprint) return undefined;
  // Signed anew by its own key, here or by another control machine: the younger one is the cluster's.
  if (first && isSameAuthority(first, standing.signer)) return isYounger(standing.signer, first) ? standing : undefined;
  // A CA that this machine has not seen come: only all of them together are believed, and only a younger one.
  const all = withRole(spec, 'controlPlane').every(({ name: host }) => seen.has(host));
  const known = vault.has(authoritySecret(name, standing.signer, 'key'));
  return known || (all && believed && first && isYounger(standing.signer, first)) ? standing : undefined;
};

/** The CA that the vault began with. */
export const firstOf = (vault: Pick<Vault, 'reveal'>, name: AuthorityName): Certificate | undefined =>
  readCertificates(vault.reveal(`pki/${name}.crt`)).certificates[0];

const isFirst = (vault: Vault, name: AuthorityName, certificate: Certificate): boolean =>
  firstOf(vault, name)?.fingerprint === certificate.fingerprint;

/** Name of the secret with its key. */
export const keySecretOf = (vault: Vault, name: AuthorityName, certificate: Certificate): string =>
  isFirst(vault, name, certificate) ? `pki/${name}.key` : authoritySecret(name, certificate, 'key');

/** Tells the vault who signs and who is trusted now, and says so to the blueprint. */
export const exchange = (vault: Vault, name: AuthorityName, standing: Standing): RotatingAuthority => {
  const { phase, signer } = standing;
  const key = keySecretOf(vault, name, signer);
  const trust = trustOf(standing)
    .map(({ pem }) => pem)
    .join('');
  vault.exchange(name, { trust, signer: signer.pem, key });
  return standing.phase === 'trusting'
    ? { phase, signer: signer.pem, key, next: standing.other.pem, nextKey: keySecretOf(vault, name, standing.other) }
    : { phase, signer: signer.pem, key };
};

/** Copies what the vault lacks of the pair that signs, and of the next one. */
export async function hasPairs(
  session: Asked,
  hosts: readonly string[],
  name: AuthorityName,
  standing: Standing,
  vault: Vault,
): Promise<boolean> {
  const needed = standing.phase === 'trusting' ? [standing.signer, standing.other] : [standing.signer];
  const own = vault.reveal(`pki/${name}.key`);
  for (const one of needed)
    if (!vault.has(keySecretOf(vault, name, one)) && keyMatches(one.pem, own)) learnPair(vault, name, one, own);
  const lacking = needed.filter(one => !vault.has(keySecretOf(vault, name, one)));
  if (lacking.length > 0) {
    const { key, nextKey } = authorityFiles(name);
    const found = await session.secretFiles(hosts, [key, nextKey]);
    const keys = found.flatMap(({ files }) => Object.values(files));
    for (const one of lacking) {
      const pem = keys.find(each => keyMatches(one.pem, each));
      if (pem !== undefined) learnPair(vault, name, one, pem);
    }
  }
  const has = needed.every(one => vault.has(keySecretOf(vault, name, one)));
  if (has) await vault.keep();
  else if (standing.phase !== 'settled') throw keyless(name);
  return has;
}

export const learnPair = (vault: Vault, name: AuthorityName, certificate: Certificate, keyPem: string): void =>
  vault.learn({
    [authoritySecret(name, certificate, 'crt')]: certificate.pem,
    [authoritySecret(name, certificate, 'key')]: keyPem,
  });

const contradicts = (name: AuthorityName, hosts: readonly string[]): WorldFailed =>
  new WorldFailed({
    class: 'refused',
    message: `${hosts.join(' and ')} say different things of the exchange of the CA ${name}`,
    help: `compare ${authorityFiles(name).signer} and next.crt beside it on these hosts; nothing was changed`,
  });

const keyless = (name: AuthorityName): WorldFailed =>
  new WorldFailed({
    class: 'refused',
    message: `the CA ${name} is being exchanged, and the key of one that signs is on no control plane that answered`,
    help: 'make every control plane reachable, or use the control machine that began it; nothing was changed',
  });
