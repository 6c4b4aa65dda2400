/** Whose folder it is: what is remembered on the control machine belongs to a cluster's identity, never to its name. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuthorityName } from '../../blueprint/input.js';
import type { ClusterSpec } from '../../model/cluster.js';
import { WorldFailed } from '../../model/event.js';
import {
  type ClusterIdentity,
  compareIdentities,
  type EtcdMember,
  identityText,
  joinIdentities,
} from '../../model/identity.js';
import { fingerprintsIn, type KnownCluster } from '../../preflight/ownership.js';
import { certifiedKeysIn } from '../../pki/read.js';
import { certOf, isSecretOf } from './names.js';
import type { HostFiles } from './recover.js';
import { readSecret, secretsIn, writeSecret } from './store.js';

const name = 'identity.json';

/**
 * What a folder remembers; the CA of its vault is a part of it, so that folders of older versions have an identity too.
 */
export const rememberedIdentity = async (dir: string): Promise<ClusterIdentity> => {
  const [text, cas] = await Promise.all([readSecret(dir, name), allOf(dir, 'ca')]);
  const known = text === undefined ? { authorities: [] } : parsed(dir, text);
  return joinIdentities(known, { authorities: cas.flatMap(fingerprintsIn) });
};

/** What was written by hand or cut off is not taken for "nothing is known": any cluster would be let in then. */
const parsed = (dir: string, text: string): ClusterIdentity => {
  try {
    const { authorities, uid, etcd, members = [] } = JSON.parse(text) as Partial<ClusterIdentity>;
    const words = [uid ?? '', ...(etcd ?? []), ...members.flatMap(({ name, address }) => [name, address])];
    if (Array.isArray(authorities) && [...authorities, ...words].every(isText))
      return {
        authorities,
        ...(uid !== undefined && { uid }),
        ...(etcd !== undefined && { etcd }),
        ...(members.length > 0 && { members: members.map(({ name, address }) => ({ name, address })) }),
      };
  } catch {
    /* said below, as of any other text that is not an identity */
  }
  throw new WorldFailed({
    class: 'refused',
    message: `${join(dir, name)} does not say which cluster the folder belongs to`,
    help: 'put it back from a backup; or move it away: the CA in the folder then tells',
  });
};

const isText = (value: unknown): boolean => typeof value === 'string';

/** What this control machine knows of the file's cluster, for telling its hosts from another's. */
export const knownCluster = async (
  dir: string,
  { name: cluster, components, pki, adopted }: Pick<ClusterSpec, 'name' | 'components' | 'pki' | 'adopted'>,
): Promise<KnownCluster> => {
  const [{ authorities, etcd = [] }, cas, etcdCas] = await Promise.all([
    rememberedIdentity(dir),
    allOf(dir, 'ca'),
    allOf(dir, 'etcd/ca'),
  ]);
  const ours = [...new Set([...authorities, ...cas.flatMap(fingerprintsIn)])];
  const token = components.etcd.extraArgs['initial-cluster-token'];
  return {
    names: token === undefined ? [cluster] : [cluster, String(token)],
    authorities: adopted ? [...new Set([adopted.ca, ...ours])] : ours,
    keys: [...new Set([...cas, ...etcdCas].flatMap(certifiedKeysIn))],
    etcdAuthorities: etcdCas.flatMap(fingerprintsIn),
    signers: cas,
    etcd,
    shared: pki.ca !== undefined,
  };
};

/** The CA that the vault began with, and those that came in its place since. */
const allOf = async (dir: string, name: AuthorityName): Promise<readonly string[]> => {
  const later = (await secretsIn(dir, 'pki')).filter(one => isSecretOf(name, one, 'crt'));
  const all = await Promise.all([certOf(name), ...later].map(one => readSecret(dir, one)));
  return all.filter(one => one !== undefined);
};

/**
 * Throws WorldFailed (refused), with both identities, where the folder is another cluster's; else remembers this one.
 */
export const claim = async (dir: string, identity: ClusterIdentity): Promise<void> => {
  const known = await rememberedIdentity(dir);
  // Its own CA under another UID is a cluster that was reset and built again out of this very folder.
  const rebuilt = known.authorities.some(each => identity.authorities.includes(each));
  if (!rebuilt && compareIdentities(known, identity) === 'other') throw another(dir, known, identity);
  await write(dir, joinIdentities(known, identity));
};

/** Its etcd is gone from these hosts by a reset; where that were all, no id of it is known any more. */
export const forgetEtcd = async (dir: string, hosts: readonly EtcdMember[]): Promise<void> => {
  const { etcd = [], members = [], ...rest } = await rememberedIdentity(dir);
  const left = members.filter(({ address }) => !hosts.some(host => host.address === address));
  await write(dir, left.length > 0 ? { ...rest, etcd, members: left } : rest);
};

const write = async (dir: string, identity: ClusterIdentity): Promise<void> => {
  const text = JSON.stringify(identity);
  if (identity.authorities.length > 0 && text !== (await readSecret(dir, name))) await writeSecret(dir, name, text);
};

/** A cluster that is founded anew out of this folder gets another `kube-system`. */
export const forgetUid = async (dir: string): Promise<void> => {
  const { uid, ...rest } = await rememberedIdentity(dir);
  if (uid !== undefined) await writeSecret(dir, name, JSON.stringify(rest));
};

/**
 * The folder below `base` for a cluster that others built. A folder that has only its name (older versions made such)
 * is taken where its CA is this cluster's, and refused where it is another's.
 * @param hosts What tells clusters apart where nothing of their CAs was seen: the addresses that were asked.
 */
export const folderFor = async (
  base: string,
  cluster: string,
  identity: ClusterIdentity,
  hosts: readonly string[],
): Promise<string> => {
  const old = join(base, cluster);
  if (await isThere(old)) {
    const known = await rememberedIdentity(old);
    const verdict = compareIdentities(known, identity);
    if (verdict === 'other') throw another(old, known, identity);
    if (verdict === 'same') return old;
  }
  for (const authority of identity.authorities) {
    const own = join(base, `${cluster}-${authority.slice(0, 12)}`);
    if (await isThere(own)) return own;
  }
  const word =
    identity.authorities[0] ??
    createHash('sha256')
      .update([...hosts].sort().join(' '))
      .digest('hex');
  return join(base, `${cluster}-${word.slice(0, 12)}`);
};

/** By the CA files of control planes and etcd hosts. */
export const identityOfFiles = (hosts: readonly HostFiles[]): ClusterIdentity => ({
  authorities: [
    ...new Set(hosts.flatMap(({ files }) => fingerprintsIn(files[`/etc/kubernetes/${certOf('ca')}`]))),
  ].sort(),
});

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

export const another = (dir: string, known: ClusterIdentity, seen: ClusterIdentity): WorldFailed =>
  new WorldFailed({
    class: 'refused',
    message:
      `${dir} belongs to another cluster (${identityText(known)}); the hosts that answered belong to ` +
      `${identityText(seen)}`,
    help: 'run kw in another folder, or move that one away if its cluster is gone; nothing was changed or overwritten',
  });
