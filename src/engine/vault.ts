/**
 * The control machine's store of secrets near the cluster file (`.kubewizard/NAME/`): three CAs, the service-account
 * key, the encryption key.
 */
import type { AuthorityName } from '../blueprint/input.js';
import type { ClusterSpec } from '../model/cluster.js';
import type { Reveal } from '../model/content.js';
import type { Checked } from '../model/diagnostic.js';
import { WorldFailed } from '../model/event.js';
import type { Certificate } from '../pki/certificate.js';
import type { Pair } from '../pki/issue.js';
import { accountSecret, encryptionNames } from '../model/rotation.js';
import { accountKeyId, keyMatches, publicPemOf } from '../pki/key.js';
import type { Issue } from './context.js';
import { createMissing } from './vault/create.js';
import { keepSecret } from './vault/keep-secret.js';
import { authorityNames, certOf, chainName, keyOf, missingIn, secretNames } from './vault/names.js';
import { type Exchange, signersOf } from './vault/signers.js';
import { succeedIn } from './vault/succeed.js';
import { takeOwnAuthority } from './vault/own-authority.js';
import { type HostFiles, recover } from './vault/recover.js';
import { readSecret, secretsIn, withLock, writeSecret } from './vault/store.js';

/** Everything but `authorities` and `chainPem` is a function: a vault that is serialised by mistake shows no secret. */
export interface Vault {
  /** Certificates of the CAs: what hosts trust. */
  readonly authorities: Readonly<Record<AuthorityName, string>>;
  /** The owner's intermediates that stand behind every leaf of `ca`; usually ''. */
  readonly chainPem: string;
  readonly reveal: Reveal;
  /** The pair that signs. Throws WorldFailed (refused) where its key is on the hosts alone. */
  readonly authority: (name: AuthorityName) => Pair;
  /** From now on so is a CA trusted, and so it signs, as control planes say: in memory, the next command asks again. */
  readonly exchange: (name: AuthorityName, to: Exchange) => void;
  /** A CA that alone stands becomes the vault's own; the one before keeps a name of its own: old backups need it. */
  readonly succeed: (name: AuthorityName, certificate: Certificate) => Promise<void>;
  readonly has: (name: string) => boolean;
  /** The vault's names of all private keys of service accounts that it has. */
  readonly accountKeys: () => readonly string[];
  /** Names of all encryption keys that it has, the newest first: `key2`, `key1`. */
  readonly encryptionKeys: () => readonly string[];
  readonly names: () => readonly string[];
  /** Secrets of a rotation, by names of their own: in memory until `keep`. One that is there stays as it is. */
  readonly learn: (secrets: Secrets) => void;
  /** Writes down what was learned. Throws WorldFailed (refused) where the folder has another one of that name. */
  readonly keep: () => Promise<void>;
  /** A service-account key that alone stands becomes the first; the one before keeps a name of its own. */
  readonly promote: (name: string) => Promise<void>;
  /** Carries out the `issue` action: a new key, signed now. `certPem` goes on with the intermediates. */
  readonly issue: Issue;
}

export type { Exchange } from './vault/signers.js';

export interface Opening {
  readonly now: () => Date;
  /**
   * Asked only when something is missing: the `recoveryPaths` of every host that could be asked. An empty answer
   * says that no host has anything, and allows new CAs.
   */
  readonly found: () => Promise<readonly HostFiles[]>;
}

type Secrets = Readonly<Record<string, string>>;

/**
 * Opens the vault in `dir`; what is missing is recovered from the hosts or, where they have nothing, made.
 * Problems are the owner's, about their own CA. Throws WorldFailed (refused, locked) where going on would do harm.
 */
export const openVault = async (dir: string, spec: ClusterSpec, opening: Opening): Promise<Checked<Vault>> => {
  const have = await readAll(dir);
  if (spec.adopted) return ofOthers(have, { dir, spec, now: opening.now });
  const own = spec.pki.ca ? await takeOwnAuthority(spec.pki.ca, have, opening.now()) : nothing;
  if (!own.ok) return own;
  const complete =
    isComplete(have) && Object.keys(own.value).length === 0
      ? have
      : await withLock(dir, () => complement(dir, spec, own.value, opening));
  check(complete);
  return { ok: true, value: vaultOf(complete, { dir, spec, now: opening.now }), warnings: own.warnings };
};

/**
 * Of a cluster that others built: what a person has agreed to copy, and nothing is made. New keys beside those that the
 * hosts have would be another cluster's.
 */
const ofOthers = (have: Secrets, room: Room): Checked<Vault> => {
  const { name, adopted } = room.spec;
  if (have[certOf('ca')] === undefined || have[keyOf('ca')] === undefined)
    throw new WorldFailed({
      class: 'refused',
      message:
        `${name} is a cluster of ${adopted?.from}: for its file no key is made, and the key of its CA is not on this ` +
        'control machine',
      help: 'kw kubeconfig asks whether it may copy it from the control planes: docs/operations/adopt.md',
    });
  check(have);
  return { ok: true, value: vaultOf(have, room), warnings: [] };
};

const nothing: Checked<Secrets> = { ok: true, value: {}, warnings: [] };

/** Under the lock, and so read again: another run may have just made it. */
const complement = async (dir: string, spec: ClusterSpec, own: Secrets, { now, found }: Opening): Promise<Secrets> => {
  const have = await readAll(dir);
  const kept = { ...have, ...own };
  const recovered = isComplete(kept) ? {} : recover(await found(), kept);
  const known = { ...kept, ...recovered };
  const made = await createMissing(known, spec, now());
  const whole = { ...known, ...made };
  // A key before its certificate: a certificate that is there has its key.
  const names = Object.keys(whole)
    .filter(name => whole[name] !== have[name])
    .sort((a, b) => Number(a.endsWith('.crt')) - Number(b.endsWith('.crt')));
  // A key that a crash left without its certificate signs nothing: a new pair may stand in its place.
  for (const name of names) await (name in made ? writeSecret : keepSecret)(dir, name, whole[name] ?? '');
  return whole;
};

const readAll = async (dir: string): Promise<Secrets> => {
  const more = (await Promise.all(['pki', 'encryption'].map(folder => secretsIn(dir, folder)))).flat();
  const names = new Set([...secretNames, chainName, ...more]);
  const all = await Promise.all([...names].map(async name => [name, await readSecret(dir, name)] as const));
  return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== undefined));
};

const isComplete = (have: Secrets): boolean => missingIn(have).length === 0;

const check = (secrets: Secrets): void => {
  for (const name of authorityNames) {
    if (secrets[certOf(name)] === undefined && secrets[keyOf(name)] === undefined) continue;
    if (keyMatches(secrets[certOf(name)] ?? '', secrets[keyOf(name)] ?? '')) continue;
    throw new WorldFailed({
      class: 'refused',
      message: `in the vault, ${keyOf(name)} does not belong to ${certOf(name)}`,
      help: 'put the right one back, or remove both: they are then taken from the control planes',
    });
  }
};

/** A crash may have written the one and not the other. */
const publicHalf = (keyPem: string | undefined): Secrets => {
  const publicPem = keyPem === undefined ? undefined : publicPemOf(keyPem);
  return publicPem === undefined ? {} : { 'pki/sa.pub': publicPem };
};

/** What is learned on the way is in memory until it is kept. */
const learning = (dir: string, secrets: Record<string, string>): Pick<Vault, 'learn' | 'keep'> => {
  const learned = new Set<string>();
  return {
    learn: more => {
      for (const [name, value] of Object.entries(more)) {
        if (secrets[name] !== undefined) continue;
        secrets[name] = value;
        learned.add(name);
      }
    },
    keep: async () => {
      for (const name of learned) await keepSecret(dir, name, secrets[name] ?? '');
      learned.clear();
    },
  };
};

/** The key that signed gets a name of its own before the next one takes its place. */
const promoteIn = async (dir: string, name: string, secrets: Record<string, string>, reveal: Reveal): Promise<void> => {
  const [before, next] = [reveal('pki/sa.key'), reveal(name)];
  await keepSecret(dir, accountSecret(accountKeyId(before)), before);
  await keepSecret(dir, accountSecret(accountKeyId(next)), next);
  await writeSecret(dir, 'pki/sa.key', next);
  Object.assign(secrets, { [accountSecret(accountKeyId(before))]: before, 'pki/sa.key': next }, publicHalf(next));
  await writeSecret(dir, 'pki/sa.pub', reveal('pki/sa.pub'));
};

interface Room {
  readonly dir: string;
  readonly spec: ClusterSpec;
  readonly now: () => Date;
}

const vaultOf = (first: Secrets, { dir, spec, now }: Room): Vault => {
  const secrets: Record<string, string> = { ...first, ...publicHalf(first['pki/sa.key']) };
  const reveal: Reveal = name => {
    const value = secrets[name];
    if (value === undefined) throw new Error(`the vault has no secret named ${name}`);
    return value;
  };
  const { authority, trust, exchange, succeeded } = signersOf(secrets, reveal, spec);
  const chainPem = secrets[chainName] ?? '';
  return {
    get authorities() {
      return { ca: trust('ca'), 'etcd/ca': trust('etcd/ca'), 'front-proxy-ca': trust('front-proxy-ca') };
    },
    chainPem,
    reveal,
    authority,
    exchange,
    succeed: async (name, certificate) => {
      const became = await succeedIn(dir, name, certificate, reveal);
      Object.assign(secrets, became);
      succeeded(name);
    },
    has: name => secrets[name] !== undefined,
    names: () => Object.keys(secrets),
    ...learning(dir, secrets),
    accountKeys: () => Object.keys(secrets).filter(name => /^pki\/sa(-[0-9a-f]{12})?\.key$/.test(name)),
    encryptionKeys: () => encryptionNames(Object.keys(secrets)),
    promote: name => promoteIn(dir, name, secrets, reveal),
    issue: async request => {
      const name = authorityNames.find(one => one === request.ca);
      if (!name) throw new Error(`no CA is named ${request.ca}`);
      const { issueCertificate } = await import('../pki/issue.js');
      const pair = authority(name);
      const { certPem, keyPem } = await issueCertificate(pair, request, { algorithm: spec.pki.algorithm, now: now() });
      return { certPem: certPem + (name === 'ca' ? chainPem : ''), keyPem, caPem: trust(name) };
    },
  };
};
