/** What hosts still know of a lost vault. Pure: files in, secrets out, or the reason why not. */
import type { AuthorityName } from '../../blueprint/input.js';
import { encryptionConfig } from '../../blueprint/render/paths.js';
import { WorldFailed } from '../../model/event.js';
import { accountSecret, encryptionSecret } from '../../model/rotation.js';
import { accountKeyId, publicKeysIn, publicPemOf, spkiOfKey } from '../../pki/key.js';
import { certifiedKeysIn, readCertificates } from '../../pki/read.js';
import { signerIn } from '../../pki/signer.js';
import { encryptionKeysIn } from './encryption-keys.js';
import { apiserverCert, authorityNames, certOf, chainName, isSecretOf, keyOf } from './names.js';

/** Files of one host, content by absolute path (`recoveryPaths`); a file that is not there has no entry. */
export interface HostFiles {
  readonly host: string;
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Secrets by name: whole pairs only. Throws WorldFailed where hosts contradict each other, or a CA has lost its key.
 */
export const recover = (
  hosts: readonly HostFiles[],
  kept: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> => {
  const found: Record<string, string> = {};
  for (const name of authorityNames) Object.assign(found, recoverAuthority(name, hosts, kept));
  Object.assign(found, recoverAccount(hosts), recoverEncryption(hosts));
  const chain =
    kept[chainName] === undefined ? chainBehind(kept[certOf('ca')] ?? found[certOf('ca')], hosts) : undefined;
  if (chain) found[chainName] = chain;
  return found;
};

/**
 * What a host still sends behind its leaf, if it begins with the CA that signs: an owner's intermediates, whose files
 * the control machine may have lost.
 */
const chainBehind = (ca: string | undefined, hosts: readonly HostFiles[]): string | undefined => {
  const signer = ca && fingerprintOf(ca);
  for (const { files } of hosts) {
    const [, ...rest] = readCertificates(files[apiserverCert] ?? '').certificates;
    if (signer && rest[0]?.fingerprint === signer) return rest.map(one => one.pem).join('');
  }
  return undefined;
};

const recoverAuthority = (
  name: AuthorityName,
  hosts: readonly HostFiles[],
  kept: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> => {
  const path = `/etc/kubernetes/${certOf(name)}`;
  const common = commonIn(path, hosts);
  const cert = kept[certOf(name)] ?? common;
  if (cert === undefined) return {};
  if (common !== undefined && !knownIn(name, kept, cert).some(one => certifiedKeysIn(common).includes(one)))
    throw refused(
      `the hosts trust another CA ${name} than the one that was given`,
      'give the CA that the hosts have, or reset the cluster first; a new CA would cut off everything that ' +
        'trusts the old one',
    );
  const keys = [kept[keyOf(name)], ...hosts.map(({ files }) => files[`/etc/kubernetes/${keyOf(name)}`])];
  const signer = signerIn(
    cert,
    keys.filter(one => one !== undefined),
  );
  if (signer)
    return {
      [certOf(name)]: fingerprintsOf(cert).length > 1 ? signer.certificate.pem : cert,
      [keyOf(name)]: signer.keyPem,
    };
  const holders = hosts.filter(({ files }) => files[path] !== undefined).map(({ host }) => host);
  throw refused(
    `the CA ${name} is in use (${holders.join(', ') || 'in the vault'}), but its key is neither in the vault nor ` +
      'on any control plane that answered',
    `put the key into the vault as ${keyOf(name)}, or make every control plane reachable; a new CA would cut off ` +
      'everything that trusts the old one',
  );
};

/** What all hosts that have the file trust: while a CA is exchanged, some trust one more than others. */
const commonIn = (path: string, hosts: readonly HostFiles[]): string | undefined => {
  const sets = hosts.flatMap(({ files }) => {
    const text = files[path];
    const keys = text === undefined ? [] : certifiedKeysIn(text);
    return text === undefined || keys.length === 0 ? [] : [{ text, keys, since: youngestIn(text) }];
  });
  const [first] = [...sets].sort((one, other) => one.keys.length - other.keys.length || other.since - one.since);
  if (!first) return undefined;
  if (sets.every(({ keys }) => first.keys.every(one => keys.includes(one)))) return first.text;
  return agreed(path, hosts, text => certifiedKeysIn(text).join(' '));
};

const youngestIn = (text: string): number =>
  Math.max(...readCertificates(text).certificates.map(one => Date.parse(one.notBefore)));

/** The CA that was kept, and those that came in its place since (`workflow/build/authorities.ts`). */
const knownIn = (name: AuthorityName, kept: Readonly<Record<string, string>>, cert: string): readonly string[] => [
  ...certifiedKeysIn(cert),
  ...Object.keys(kept)
    .filter(one => isSecretOf(name, one, 'crt'))
    .flatMap(one => certifiedKeysIn(kept[one] ?? '')),
];

/** The content on which all hosts that have it agree, compared by `identity`; unreadable copies count for nothing. */
const agreed = (
  path: string,
  hosts: readonly HostFiles[],
  identity: (text: string) => string | undefined,
): string | undefined => {
  const copies = hosts.flatMap(({ host, files }) => {
    const text = files[path];
    const id = text === undefined ? undefined : identity(text);
    return text === undefined || id === undefined ? [] : [{ host, text, id }];
  });
  const [first] = copies;
  const other = copies.find(copy => copy.id !== first?.id);
  if (first && other)
    throw refused(
      `${first.host} and ${other.host} have different ${path}`,
      'make them the same first (kw doctor says which one is right), then run again',
    );
  return first?.text;
};

const fingerprintsOf = (text: string): readonly string[] =>
  readCertificates(text).certificates.map(one => one.fingerprint);

const fingerprintOf = (text: string): string | undefined => fingerprintsOf(text)[0];

/** While keys are exchanged, hosts differ in which one signs, and each of them verifies with all. */
const recoverAccount = (hosts: readonly HostFiles[]): Readonly<Record<string, string>> => {
  const held = hosts.flatMap(({ files }) => {
    const key = files['/etc/kubernetes/pki/sa.key'];
    const id = key === undefined ? undefined : spkiOfKey(key);
    const verified = publicKeysIn(files['/etc/kubernetes/pki/sa.pub'] ?? '').map(spkiOfKey);
    return key === undefined || id === undefined ? [] : [{ key, id, verified }];
  });
  const ids = new Set(held.map(({ id }) => id));
  const exchanged = held.every(({ verified }) => [...ids].every(id => verified.includes(id)));
  if (!exchanged) agreed('/etc/kubernetes/pki/sa.key', hosts, spkiOfKey);
  const [first] = held;
  const publicPem = first && publicPemOf(first.key);
  if (!first || !publicPem) return {};
  return {
    'pki/sa.key': first.key,
    'pki/sa.pub': publicPem,
    ...Object.fromEntries(
      held.flatMap(({ key, id }) => (id === first.id ? [] : [[accountSecret(accountKeyId(key)), key] as const])),
    ),
  };
};

/** By name: a key is the same wherever its name is. */
const recoverEncryption = (hosts: readonly HostFiles[]): Readonly<Record<string, string>> => {
  const names = new Set(hosts.flatMap(({ files }) => Object.keys(encryptionKeysIn(files[encryptionConfig] ?? ''))));
  if (names.size === 0) return {};
  return Object.fromEntries(
    [...names].flatMap(name => {
      const text = agreed(encryptionConfig, hosts, content => encryptionKeysIn(content)[name]);
      const key = encryptionKeysIn(text ?? '')[name];
      return key === undefined ? [] : [[encryptionSecret(name), key] as const];
    }),
  );
};

const refused = (message: string, help: string): WorldFailed => new WorldFailed({ class: 'refused', message, help });
