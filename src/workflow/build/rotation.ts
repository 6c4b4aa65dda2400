/** Which keys stand on the hosts in place of those that a cluster begins with; read each time, remembered nowhere. */
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
import { accountKeyId, spkiOfKey } from '../../pki/key.js';

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
  const names = encryptionStanding([...hosts.values()])?.names;
  if (!names || (names.length === 1 && names[0] === firstEncryptionKey)) return undefined;
  const lacks = (): boolean => names.some(name => !vault.has(encryptionSecret(name)));
  if (lacks()) {
    for (const { files } of await session.secretFiles([...hosts.keys()], [encryptionConfig]))
      learnEncryption(vault, encryptionKeysIn(files[encryptionConfig] ?? ''));
    if (!lacks()) await vault.keep();
  }
  // A name whose key is nowhere was written by hand.
  return lacks() ? undefined : names;
}

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
  const standing = accountStanding([...hosts.values()]);
  if (!standing) return undefined;
  const isFirst = isFirstKey(vault, standing.verifies[0] ?? '');
  const waited = [...new Set([...hosts.values()].flatMap(({ waiting }) => waiting))];
  if (standing.stands === 0 && isFirst && waited.length === 0) return undefined;
  const ids = [
    ...(isFirst ? [] : [accountKeyId(standing.verifies[0] ?? '')]),
    ...(standing.waits ? [standing.waits] : []),
  ];
  await copyAccountKeys(session, [...hosts.keys()], ids, vault);
  return ids.every(id => vault.has(accountSecret(id))) ? wantedOf(standing, isFirst, waited) : undefined;
}

const wantedOf = ({ verifies, waits }: AccountStanding, isFirst: boolean, waiting: readonly string[]): AccountKeys => ({
  verifies,
  signs: isFirst ? 'pki/sa.key' : accountSecret(accountKeyId(verifies[0] ?? '')),
  ...(waits ? { waits } : {}),
  waited: waiting.filter(id => verifies.some(key => accountKeyId(key) === id) && id !== waits),
});

const isFirstKey = (vault: Vault, pem: string): boolean => spkiOfKey(vault.reveal('pki/sa.key')) === spkiOfKey(pem);

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
