/** Which keys stand on the hosts in place of those that a cluster begins with; read each time, remembered nowhere. */
import { hash } from 'node:crypto';
import type { Session } from '../../engine/session.js';
import type { Vault } from '../../engine/vault.js';
import { encryptionKeysIn } from '../../engine/vault/encryption-keys.js';
import { waitingKey } from '../../blueprint/components/account-keys.js';
import { type AccountStanding, accountStanding } from '../../blueprint/rotation/account-standing.js';
import { encryptionStanding } from '../../blueprint/rotation/encryption-standing.js';
import { encryptionConfig, pki } from '../../blueprint/render/paths.js';
import type { Input } from '../../blueprint/input.js';
import { withRole } from '../../model/cluster.js';
import { WorldFailed } from '../../model/event.js';
import type { HostFacts } from '../../model/host-facts.js';
import {
  type AccountKeys,
  accountSecret,
  encryptionSecret,
  firstEncryptionKey,
  type HostKeys,
  type Rotation,
} from '../../model/rotation.js';
import { accountKeyId, publicPemOf, spkiOfKey } from '../../pki/key.js';

type Asked = Pick<Session, 'spec' | 'secretFiles'>;

/** Files of the hosts that are control planes by the file: only who signs has a word. */
export const keysOf = (spec: Session['spec'], facts: ReadonlyMap<string, HostFacts>): ReadonlyMap<string, HostKeys> =>
  new Map(
    withRole(spec, 'controlPlane').flatMap(({ name }) => {
      const keys = facts.get(name)?.keys;
      return keys ? [[name, keys] as const] : [];
    }),
  );

/** undefined: as the cluster began. What the vault lacks of it is copied from the hosts that have it. */
export async function rotationFor(session: Asked, facts: Input['facts'], vault: Vault): Promise<Rotation | undefined> {
  const hosts = keysOf(session.spec, facts);
  const encryption = await encryptionFor(session, hosts, vault);
  const account = await accountFor(session, hosts, vault);
  return account || encryption ? { ...(account ? { account } : {}), ...(encryption ? { encryption } : {}) } : undefined;
}

async function encryptionFor(session: Asked, hosts: ReadonlyMap<string, HostKeys>, vault: Vault) {
  const names = encryptionStanding([...hosts.values()])?.names ?? encryptionKnown(vault);
  const isFirst = names.length === 1 && names[0] === firstEncryptionKey;
  const lacks = (): boolean => names.some(name => !vault.has(encryptionSecret(name)));
  if (!isFirst && lacks()) {
    for (const { files } of await session.secretFiles([...hosts.keys()], [encryptionConfig]))
      learnEncryption(vault, encryptionKeysIn(files[encryptionConfig] ?? ''));
    if (!lacks()) await vault.keep();
  }
  // A name whose key is nowhere was written by hand.
  const wanted = lacks() ? encryptionKnown(vault) : names;
  return wanted.length === 1 && wanted[0] === firstEncryptionKey ? undefined : wanted;
}

/** Where no host says which ones stand: all that there ever were, the newest first, so that nothing is unreadable. */
const encryptionKnown = (vault: Vault): readonly string[] => {
  const names = vault.encryptionKeys();
  return names.length > 0 ? names : [firstEncryptionKey];
};

/** Throws WorldFailed (refused): whichever of two keys of one name is written, what the other wrote is lost. */
function learnEncryption(vault: Vault, keys: Readonly<Record<string, string>>): void {
  for (const [name, key] of Object.entries(keys)) {
    const secret = encryptionSecret(name);
    vault.learn({ [secret]: key });
    if (vault.reveal(secret) === key) continue;
    throw new WorldFailed({
      class: 'refused',
      message: `two encryption keys are named ${name}: a host has another one than the vault or a second host`,
      help: `which one are the Secrets in etcd written with (kw doctor)? put that into ${encryptionConfig}`,
    });
  }
}

async function accountFor(
  session: Asked,
  hosts: ReadonlyMap<string, HostKeys>,
  vault: Vault,
): Promise<AccountKeys | undefined> {
  const all = [...hosts.values()];
  const first = accountStanding(all);
  if (first) await copyAccountKeys(session, [...hosts.keys()], unknownIn(first, vault), vault);
  const known = new Map(vault.accountKeys().map(name => [spkiOfKey(vault.reveal(name)), name]));
  const nameOf = (pem = ''): string | undefined => known.get(spkiOfKey(pem));
  const standing = accountStanding(all, pem => nameOf(pem) !== undefined);
  const signs = standing ? nameOf(standing.verifies[0]) : signerOf(all, vault);
  if (signs === undefined || (standing?.waits !== undefined && !vault.has(accountSecret(standing.waits))))
    return undefined;
  const verifies = standing?.verifies ?? [publicPemOf(vault.reveal(signs)) ?? ''];
  const waited = [...new Set(all.flatMap(({ waiting }) => waiting))].filter(id => id !== standing?.waits);
  if (verifies.length === 1 && signs === 'pki/sa.key' && waited.length === 0) return undefined;
  return {
    verifies,
    signs,
    ...(standing?.waits ? { waits: standing.waits } : {}),
    waited: waited.filter(id => verifies.some(key => accountKeyId(key) === id)),
  };
}

const unknownIn = ({ verifies: [first = ''], waits }: AccountStanding, vault: Vault): readonly string[] => {
  const isKnown = vault.accountKeys().some(name => spkiOfKey(vault.reveal(name)) === spkiOfKey(first));
  return [...(isKnown ? [] : [accountKeyId(first)]), ...(waits ? [waits] : [])];
};

/** Where the lists say nothing that could be believed: the key of ours with which most of the hosts sign. */
const signerOf = (hosts: readonly HostKeys[], vault: Vault): string | undefined => {
  const names = new Map(vault.accountKeys().map(name => [hash('sha256', vault.reveal(name)), name]));
  const votes = hosts.flatMap(({ signer }) => names.get(signer ?? '') ?? []);
  const count = (name: string): number => votes.filter(one => one === name).length;
  return [...votes].sort((a, b) => count(b) - count(a))[0];
};

/** Private keys that sign or wait, by id. */
export async function copyAccountKeys(
  session: Pick<Session, 'secretFiles'>,
  hosts: readonly string[],
  ids: readonly string[],
  vault: Vault,
): Promise<void> {
  const missing = ids.filter(id => !vault.has(accountSecret(id)));
  if (missing.length === 0) return;
  const paths = [`${pki}/sa.key`, ...missing.map(waitingKey)];
  const files = (await session.secretFiles(hosts, paths)).flatMap(one => Object.values(one.files));
  for (const id of missing) {
    const key = files.find(one => accountKeyId(one) === id);
    if (key !== undefined) vault.learn({ [accountSecret(id)]: key });
  }
  await vault.keep();
}
