/** The secrets of a cluster whose hosts may contradict each other: of every CA the pair that most of them have. */
import { publicPemOf, spkiOfKey } from '../../pki/key.js';
import { certifiedKeysIn } from '../../pki/read.js';
import { signerIn } from '../../pki/signer.js';
import { authorityNames, certOf, keyOf } from './names.js';
import type { HostFiles } from './recover.js';

/**
 * Secrets by name; whole pairs only. A certificate that lies somewhere without its key cannot sign, so it is no
 * candidate, however many hosts have it. Unlike `recover` this never refuses: the clinic is asked because something is
 * wrong.
 * @param kept Certificates of the CAs in the vault, by name, and `sa.key`: what any host still has wins over a
 * majority.
 */
export const electSecrets = (
  hosts: readonly Voter[],
  kept: Readonly<Record<string, string | undefined>> = {},
): Readonly<Record<string, string>> => {
  const voters = hosts.filter(({ roles }) => roles.some(role => role === 'controlPlane' || role === 'etcd'));
  return Object.assign(
    accountOf(voters, kept['sa.key']),
    ...authorityNames.map(name => authorityOf(name, voters, kept[name])),
  );
};

/** Only who signs, or keeps what is signed, has a vote: whoever is root on a worker can put any CA there. */
export interface Voter extends HostFiles {
  readonly roles: readonly string[];
}

const authorityOf = (
  name: (typeof authorityNames)[number],
  hosts: readonly HostFiles[],
  kept: string | undefined,
): Readonly<Record<string, string>> => {
  const keys = hosts.flatMap(({ files }) => files[`/etc/kubernetes/${keyOf(name)}`] ?? []);
  const certs = hosts.flatMap(({ files }) => files[`/etc/kubernetes/${certOf(name)}`] ?? []);
  const [first] = certifiedKeysIn(kept ?? '');
  if (first !== undefined && certs.some(text => certifiedKeysIn(text).includes(first))) return {};
  // While a CA is exchanged a file has two, and signs with the one whose key is there.
  const signerOf = (text: string): string | undefined => signerIn(text, keys)?.certificate.spkiSha256;
  const best = most(
    certs,
    text => signerOf(text) ?? certifiedKeysIn(text)[0],
    text => signerOf(text) !== undefined,
  );
  const signer = best === undefined ? undefined : signerIn(best, keys);
  if (best === undefined || !signer) return {};
  const cert = certifiedKeysIn(best).length > 1 ? signer.certificate.pem : best;
  return { [certOf(name)]: cert, [keyOf(name)]: signer.keyPem };
};

const accountOf = (hosts: readonly HostFiles[], kept: string | undefined): Record<string, string> => {
  const keys = hosts.flatMap(({ files }) => files['/etc/kubernetes/pki/sa.key'] ?? []);
  if (kept !== undefined && keys.some(one => spkiOfKey(one) === spkiOfKey(kept))) return {};
  const key = most(keys, spkiOfKey, () => true);
  const publicPem = key && publicPemOf(key);
  return key && publicPem ? { 'pki/sa.key': key, 'pki/sa.pub': publicPem } : {};
};

/**
 * The text whose identity more than half of those have that `may` be chosen. A host says itself that it is a control
 * plane: where it stands alone against another, neither is believed.
 */
const most = (
  texts: readonly string[],
  identity: (text: string) => string | undefined,
  may: (text: string) => boolean,
): string | undefined => {
  const votes = new Map<string, { count: number; readonly text: string }>();
  for (const text of texts) {
    const id = identity(text);
    if (id === undefined || !may(text)) continue;
    const entry = votes.get(id) ?? { count: 0, text };
    entry.count += 1;
    votes.set(id, entry);
  }
  const all = [...votes.values()].reduce((sum, { count }) => sum + count, 0);
  return [...votes.values()].find(({ count }) => count * 2 > all)?.text;
};
