/** Signs certificates. Loaded only when one is due: the library behind it costs a quarter of a second. */
import 'reflect-metadata';
import { createPrivateKey, createPublicKey, randomBytes, webcrypto, type KeyObject } from 'node:crypto';
import { parseAddress } from '../net/address.js';
import * as x509 from '@peculiar/x509';
import type { KeyAlgorithm } from '../model/cluster.js';
import type { CertificateRequest } from '../model/resource.js';
import { type Certificate, pemOf } from './certificate.js';
import { makeKeyPair, privatePemOf } from './key.js';
import { backdatedMs } from './life.js';
import { readCertificates } from './read.js';

export interface Pair {
  readonly certPem: string;
  readonly keyPem: string;
}

interface Draft {
  readonly subject: x509.Name | x509.JsonName;
  readonly issuer: x509.Name | x509.JsonName;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly extensions: readonly x509.Extension[];
}

/** A self-signed CA that may sign leaves only (path length 0). */
export const createAuthority = async ({
  commonName,
  days,
  algorithm,
  now,
}: {
  commonName: string;
  days: number;
  algorithm: KeyAlgorithm;
  now: Date;
}): Promise<Pair> => {
  const { privateKey, publicKey } = await makeKeyPair(algorithm);
  const subject = [{ CN: [commonName] }];
  const certPem = await sign({
    subject,
    issuer: subject,
    publicKey,
    signer: privateKey,
    ...validity(days, now),
    extensions: authorityExtensions(await keyId(publicKey)),
  });
  return { certPem, keyPem: privatePemOf(privateKey) };
};

/**
 * The certificate of a CA once more, PEM: of the same key, name and key id, so that all that it has signed verifies
 * against the old one and the new. Only of a CA that signs itself. Throws where it is unreadable.
 */
export const renewAuthority = async (
  { certPem, keyPem }: Pair,
  { days, now }: { days: number; now: Date },
): Promise<string> => {
  const [ca] = readCertificates(certPem).certificates;
  if (!ca || ca.subjectDer !== ca.issuerDer) throw new Error('renewAuthority: no CA that signs itself');
  const signer = createPrivateKey(keyPem);
  const publicKey = createPublicKey(signer);
  const subject = new x509.Name(Buffer.from(ca.subjectDer, 'hex'));
  return sign({
    subject,
    issuer: subject,
    publicKey,
    signer,
    ...validity(days, now),
    extensions: authorityExtensions(ca.subjectKeyId ?? (await keyId(publicKey))),
  });
};

const authorityExtensions = (subjectKey: string): readonly x509.Extension[] => {
  const usages = x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature;
  return [
    new x509.BasicConstraintsExtension(true, 0, true),
    new x509.KeyUsagesExtension(usages, true),
    new x509.SubjectKeyIdentifierExtension(subjectKey),
    new x509.AuthorityKeyIdentifierExtension(subjectKey),
  ];
};

/**
 * A new key and a certificate for it, signed by the first certificate of `authority` (an owner's file may go on with
 * the rest of the chain). Throws where that is unreadable: the vault has checked it.
 */
export const issueCertificate = async (
  authority: Pair,
  request: CertificateRequest,
  { algorithm, now }: { algorithm: KeyAlgorithm; now: Date },
): Promise<Pair> => {
  const [ca] = readCertificates(authority.certPem).certificates;
  if (!ca) throw new Error('issueCertificate: the authority has no certificate');
  const { privateKey, publicKey } = await makeKeyPair(algorithm);
  const life = validity(request.days, now);
  const end = new Date(ca.notAfter);
  const certPem = await sign({
    subject: subjectOf(request),
    issuer: new x509.Name(Buffer.from(ca.subjectDer, 'hex')),
    publicKey,
    signer: createPrivateKey(authority.keyPem),
    notBefore: life.notBefore,
    notAfter: life.notAfter < end ? life.notAfter : end,
    extensions: await leafExtensions(request, publicKey, ca),
  });
  return { certPem, keyPem: privatePemOf(privateKey) };
};

const leafExtensions = async (
  request: CertificateRequest,
  key: KeyObject,
  ca: Certificate,
): Promise<readonly x509.Extension[]> => {
  const usages =
    x509.KeyUsageFlags.digitalSignature | (key.asymmetricKeyType === 'rsa' ? x509.KeyUsageFlags.keyEncipherment : 0);
  const purposes = request.usages.map(usage => x509.ExtendedKeyUsage[usage === 'server' ? 'serverAuth' : 'clientAuth']);
  const names = request.sans.map(value => ({
    type: parseAddress(value) !== undefined ? ('ip' as const) : ('dns' as const),
    value,
  }));
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(usages, true),
    new x509.ExtendedKeyUsageExtension(purposes),
    new x509.SubjectKeyIdentifierExtension(await keyId(key)),
    ...(ca.subjectKeyId ? [new x509.AuthorityKeyIdentifierExtension(ca.subjectKeyId)] : []),
    ...(names.length ? [new x509.SubjectAlternativeNameExtension(names)] : []),
  ];
};

const sign = async ({ publicKey, signer, extensions, ...draft }: Draft): Promise<string> => {
  const certificate = await x509.X509CertificateGenerator.create(
    {
      ...draft,
      extensions: [...extensions],
      serialNumber: serial(),
      publicKey: await webKey(publicKey, ['verify']),
      signingKey: await webKey(signer, ['sign']),
      signingAlgorithm: { ...algorithmOf(signer) },
    },
    webcrypto as never,
  );
  return pemOf(Buffer.from(certificate.rawData));
};

const webKey = async (key: KeyObject, usages: ('sign' | 'verify')[]): Promise<never> => {
  const [format, type] = key.type === 'private' ? (['pkcs8', 'pkcs8'] as const) : (['spki', 'spki'] as const);
  const der = key.export({ format: 'der', type } as { format: 'der'; type: 'pkcs8' });
  return (await webcrypto.subtle.importKey(format, der, algorithmOf(key), true, usages)) as never;
};

/** An owner's CA may use any of the NIST curves, each with its own digest. */
const algorithmOf = (key: KeyObject) => {
  if (key.asymmetricKeyType === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const curve = curves[key.asymmetricKeyDetails?.namedCurve ?? ''];
  if (key.asymmetricKeyType !== 'ec' || !curve)
    throw new Error(`a key of type ${key.asymmetricKeyType} cannot sign here; RSA, P-256, P-384 and P-521 can`);
  return { name: 'ECDSA', ...curve };
};

const curves: Readonly<Record<string, { namedCurve: string; hash: string }>> = {
  prime256v1: { namedCurve: 'P-256', hash: 'SHA-256' },
  secp384r1: { namedCurve: 'P-384', hash: 'SHA-384' },
  secp521r1: { namedCurve: 'P-521', hash: 'SHA-512' },
};

const keyId = async (key: KeyObject): Promise<string> =>
  (await x509.SubjectKeyIdentifierExtension.create(await webKey(key, ['verify']), false, webcrypto as never)).keyId;

/** Group names first, as Go writes them; one RDN each. */
const subjectOf = ({ organizations, commonName }: CertificateRequest): x509.JsonName => [
  ...organizations.map(name => ({ O: [name] })),
  { CN: [commonName] },
];

/** Backdated: a host's clock may be some minutes behind the control machine's. */
const validity = (days: number, now: Date): { notBefore: Date; notAfter: Date } => ({
  notBefore: new Date(now.getTime() - backdatedMs),
  notAfter: new Date(now.getTime() + days * 86_400_000),
});

/** Positive (the top bit is clear) and never zero, 16 bytes: RFC 5280, 4.1.2.2. */
const serial = (): string => {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
};
