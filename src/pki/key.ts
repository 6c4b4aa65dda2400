/** Private keys: made, and compared with certificates. Text goes in and out, nothing is kept. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  X509Certificate,
} from 'node:crypto';
import { promisify } from 'node:util';
import type { KeyAlgorithm } from '../model/cluster.js';

const generate = promisify(generateKeyPair);

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export const makeKeyPair = (algorithm: KeyAlgorithm): Promise<KeyPair> =>
  algorithm === 'ecdsa-p256'
    ? generate('ec', { namedCurve: 'P-256' })
    : generate('rsa', { modulusLength: algorithm === 'rsa-4096' ? 4096 : 2048 });

/** `BEGIN RSA PRIVATE KEY` or `BEGIN EC PRIVATE KEY`, the forms that kubeadm writes and every component reads. */
export const privatePemOf = (key: KeyObject): string =>
  key.asymmetricKeyType === 'rsa'
    ? key.export({ type: 'pkcs1', format: 'pem' }).toString()
    : key.export({ type: 'sec1', format: 'pem' }).toString();

/** RSA by default: whoever verifies a service account's token outside the cluster knows RS256. */
export const serviceAccountKey = async (
  algorithm: KeyAlgorithm = 'rsa-2048',
): Promise<{ readonly privatePem: string; readonly publicPem: string }> => {
  const { privateKey, publicKey } = await makeKeyPair(algorithm);
  return {
    privatePem: privatePemOf(privateKey),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
};

/** The public key that belongs to a private one, `BEGIN PUBLIC KEY`; undefined: no key can be read. */
export const publicPemOf = (privatePem: string): string | undefined =>
  attempt(() => createPublicKey(createPrivateKey(privatePem)).export({ type: 'spki', format: 'pem' }).toString());

/** Every public key of a file, `BEGIN PUBLIC KEY` in the form in which it is written here; others are left out. */
export const publicKeysIn = (text: string): readonly string[] =>
  (text.match(/-----BEGIN (?:RSA )?PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END (?:RSA )?PUBLIC KEY-----/g) ?? []).flatMap(
    pem => attempt(() => createPublicKey(pem).export({ type: 'spki', format: 'pem' }).toString()) ?? [],
  );

/** By what a service-account key is told from others: the first 12 hexadecimal digits of `spkiOfKey`. */
export const accountKeyId = (pem: string): string => (spkiOfKey(pem) ?? '').slice(0, 12);

/** SHA-256 (hex) over the public key of a private or public key in PEM; undefined: no key can be read. */
export const spkiOfKey = (pem: string): string | undefined =>
  attempt(() => {
    const key = pem.includes('PRIVATE KEY') ? createPublicKey(createPrivateKey(pem)) : createPublicKey(pem);
    return createHash('sha256')
      .update(key.export({ type: 'spki', format: 'der' }))
      .digest('hex');
  });

/**
 * The same, of the `BEGIN PUBLIC KEY` that openssl printed on a host, without parsing the key: a thousandth of the
 * time, and thousands are read in one plan. undefined: there is none in the text.
 */
export const spkiOfPublicPem = (text: string): string | undefined => {
  const [, body] = /-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----/.exec(text) ?? [];
  return body === undefined ? undefined : createHash('sha256').update(Buffer.from(body, 'base64')).digest('hex');
};

/**
 * `sha256:` and the digest over a certificate's public key: how kubeadm pins a CA (`--discovery-token-ca-cert-hash`).
 */
export const pinOf = (certPem: string): string =>
  `sha256:${createHash('sha256')
    .update(new X509Certificate(certPem).publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')}`;

/** Does the private key belong to the first certificate? False also where either cannot be read. */
export const keyMatches = (certPem: string, keyPem: string): boolean =>
  attempt(() => new X509Certificate(certPem).checkPrivateKey(createPrivateKey(keyPem))) ?? false;

const attempt = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch {
    return undefined;
  }
};
