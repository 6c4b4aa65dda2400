/**
 * Every session trusts, and signs by, the cluster's own CA as control planes say that it stands: also of commands that
 * ask no host for its facts. Otherwise a credential would be signed by whom nobody trusts any more.
 */
import type { Session } from '../../engine/session.js';
import { certOf } from '../../engine/vault/names.js';
import { readSecret } from '../../engine/vault/store.js';
import type { Certificate } from '../../pki/certificate.js';
import { readCertificates } from '../../pki/read.js';
import { type AuthoritySeen, type Standing, isContradiction, standingOf } from '../../pki/standing.js';
import { exchange, hasPairs, standingFrom } from './authorities.js';

type Opened = Pick<Session, 'spec' | 'dir' | 'vault' | 'secretFiles'>;
type Seen = ReadonlyMap<string, AuthoritySeen>;

/**
 * In memory; a CA that alone stands becomes the vault's own where its key is here, or may be copied. What cannot be
 * told, or opened, is for the command to say that needs it.
 * @param heir The CA that came while this control machine was away.
 */
export async function trustAsHosts(session: Opened, seen: Seen, heir?: Certificate): Promise<void> {
  if (isContradiction(standingOf(seen)) || !(await isChanging(session.dir, seen))) return;
  const checked = await session.vault().catch(() => undefined);
  if (!checked?.ok) return;
  const vault = checked.value;
  const standing = standingFrom(session.spec, seen, 'ca', vault, heir !== undefined);
  if (!standing) return;
  const has = await hasPairs(session, [...seen.keys()], 'ca', standing, vault).catch(() => false);
  if (isOver(standing) && has) await vault.succeed('ca', standing.signer);
  else exchange(vault, 'ca', standing);
}

const isOver = ({ phase }: Standing): boolean => phase === 'settled';

/** Told without opening the vault, which may have to make what it lacks. */
const isChanging = async (dir: string, seen: Seen): Promise<boolean> => {
  const all = [...seen.values()];
  if (all.some(({ signer, next }) => signer !== undefined || next !== undefined)) return true;
  const [kept] = readCertificates((await readSecret(dir, certOf('ca'))) ?? '').certificates;
  return kept !== undefined && all.some(({ trust: [first] }) => first && first.fingerprint !== kept.fingerprint);
};
