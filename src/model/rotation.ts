/** Keys and CAs that are being exchanged: what hosts have of them, and what is wanted. Identities, never secrets. */

/** What the files of a control plane name; of each list the first signs or writes, the others are only read with. */
export interface HostKeys {
  /** Public keys that its API server verifies tokens of service accounts with (PEM, `BEGIN PUBLIC KEY`). */
  readonly verifies: readonly string[];
  /** Private keys that lie there and do not sign yet, by id (`accountKeyId`). */
  readonly waiting: readonly string[];
  /** Names of the keys of its encryption configuration, `key1`. */
  readonly encrypts: readonly string[];
  /** When the list of keys was last written, seconds since 1970 by the host's clock; absent: there is none. */
  readonly verifiesSince?: number;
  /** SHA-256 (hex) of the file with the private key that signs; absent: there is none. */
  readonly signer?: string;
}

/** Keys of service accounts as wanted. */
export interface AccountKeys {
  /** PEM, as in `HostKeys`; the first is the public half of the one that signs. */
  readonly verifies: readonly string[];
  /** The vault's name of the private key of the first. */
  readonly signs: string;
  /** Id of the private key that is brought to all control planes, and does not sign yet. */
  readonly waits?: string | undefined;
  /** Ids whose files go: they sign by now. */
  readonly waited: readonly string[];
}

/** What is wanted of keys in place of what a cluster begins with; absent: as it begins. */
export interface Rotation {
  readonly account?: AccountKeys | undefined;
  /** Names of the encryption keys; the first writes. */
  readonly encryption?: readonly string[] | undefined;
}

/**
 * Stands before the keys of a list of two. A list without it was not left behind by a rotation: what somebody added by
 * hand is put right as ever.
 */
export const exchangeMark = '# kw rotate service-account-key: the first of these signs, both are verified with';

/** What a cluster begins with. */
export const firstEncryptionKey = 'key1';

/** The vault's name of an encryption key. */
export const encryptionSecret = (name: string): string =>
  name === firstEncryptionKey ? 'encryption/key' : `encryption/${name}`;

/** The names of keys, the newest first, of the vault's names of secrets. */
export const encryptionNames = (secrets: readonly string[]): readonly string[] =>
  secrets
    .flatMap(name =>
      name === encryptionSecret(firstEncryptionKey) ? firstEncryptionKey : (name.split('encryption/')[1] ?? []),
    )
    .filter(name => numberOfKey(name) !== undefined)
    .sort((a, b) => (numberOfKey(b) ?? 0) - (numberOfKey(a) ?? 0));

/** The vault's name of a service-account key that is not its first. */
export const accountSecret = (id: string): string => `pki/sa-${id}.key`;

/** `key7` → 7; undefined: no name of ours. */
export const numberOfKey = (name: string): number | undefined => {
  const [, number] = /^key([1-9]\d{0,5})$/.exec(name) ?? [];
  return number === undefined ? undefined : Number(number);
};

/** A phase of an exchange, as it is told. */
export interface RotationPhase {
  /** `service-account-key`. */
  readonly thing: string;
  readonly phase: string;
  /** From 1. */
  readonly number: number;
  readonly of: number;
  /** What is true once it is complete. */
  readonly says: string;
  /** It was begun before, and is gone on with. */
  readonly again: boolean;
  /** What cannot be taken back once it has begun. */
  readonly noReturn?: string;
}

export interface RotationNeed {
  /** `Secret shop/token-x`. */
  readonly subject: string;
  readonly says: string;
}
