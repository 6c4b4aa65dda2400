/** What a certificate says: read straight from its DER, because thousands are read in one plan. */
import { createHash } from 'node:crypto';
import { parseAddress } from '../net/address.js';
import { children, hexOf, textOf, timeOf, tlvAt, type Tlv } from './der.js';

export interface Certificate {
  /** `O=system:masters, CN=admin`, in the order of the certificate. */
  readonly subject: string;
  readonly issuer: string;
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly names: readonly string[];
  /** IPv6 in its shortest form. */
  readonly ips: readonly string[];
  /** ISO 8601, UTC. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** Extended key usages: `server`, `client`, otherwise the OID's bytes in hex; empty: any use. */
  readonly usages: readonly string[];
  /** May sign certificates: undefined where the key usage extension is missing. */
  readonly signs?: boolean;
  readonly isCa: boolean;
  /** How many CAs may stand below it. */
  readonly pathLength?: number;
  readonly serial: string;
  /** SHA-256 over the SubjectPublicKeyInfo, hex. */
  readonly spkiSha256: string;
  /** SHA-256 over the certificate, hex. */
  readonly fingerprint: string;
  readonly subjectKeyId?: string;
  readonly authorityKeyId?: string;
  /** Raw subject and issuer, hex: what verifiers compare. */
  readonly subjectDer: string;
  readonly issuerDer: string;
  readonly pem: string;
}

/** Throws RangeError, with the reason, where the bytes are no certificate. */
export const parseCertificate = (der: Buffer): Certificate => {
  const whole = tlvAt(der, 0, der.length);
  if (whole.to !== der.length) throw new RangeError(`${der.length - whole.to} bytes follow the certificate`);
  const tbs = at(children(der, whole), 0, 0x30);
  const fields = children(der, tbs);
  const first = fields[0]?.tag === 0xa0 ? 1 : 0;
  const [issuer, validity, subject, spki] = [2, 3, 4, 5].map(n => at(fields, first + n, 0x30)) as [Tlv, Tlv, Tlv, Tlv];
  const [notBefore, notAfter] = children(der, validity);
  if (!notBefore || !notAfter) throw new RangeError('it has no validity');
  const name = readName(der, subject);
  return {
    ...names(name, readName(der, issuer)),
    notBefore: timeOf(der, notBefore).toISOString(),
    notAfter: timeOf(der, notAfter).toISOString(),
    serial: hexOf(der, at(fields, first, 0x02)),
    spkiSha256: sha256(der.subarray(spki.start, spki.to)),
    fingerprint: sha256(der),
    ...readExtensions(
      der,
      fields.find(field => field.tag === 0xa3),
    ),
    subjectDer: der.toString('hex', subject.start, subject.to),
    issuerDer: der.toString('hex', issuer.start, issuer.to),
    pem: pemOf(der),
  };
};

type Name = readonly (readonly [string, string])[];
type Extensions = Pick<
  Certificate,
  'names' | 'ips' | 'usages' | 'isCa' | 'signs' | 'pathLength' | 'subjectKeyId' | 'authorityKeyId'
>;

const names = (subject: Name, issuer: Name) => ({
  subject: show(subject),
  issuer: show(issuer),
  commonName: subject.filter(([type]) => type === 'CN').at(-1)?.[1] ?? '',
  organizations: subject.filter(([type]) => type === 'O').map(([, value]) => value),
});

const show = (name: Name): string => name.map(([type, value]) => `${type}=${value}`).join(', ');

const readName = (der: Buffer, sequence: Tlv): Name =>
  children(der, sequence).flatMap(set =>
    children(der, set).map(pair => {
      const [type, value] = children(der, pair);
      if (!type || !value) throw new RangeError('its name is broken');
      const oid = hexOf(der, type);
      return [nameTypes[oid] ?? oid, textOf(der, value)] as const;
    }),
  );

const nameTypes: Readonly<Record<string, string>> = {
  '550403': 'CN',
  '55040a': 'O',
  '55040b': 'OU',
  '550406': 'C',
  '550407': 'L',
  '550408': 'ST',
  '550405': 'serialNumber',
};

const readExtensions = (der: Buffer, wrapper: Tlv | undefined): Extensions => {
  let found: Extensions = { names: [], ips: [], usages: [], isCa: false };
  const list = wrapper && children(der, wrapper)[0];
  for (const extension of list ? children(der, list) : []) {
    const parts = children(der, extension);
    const value = parts.at(-1);
    if (!parts[0] || value?.tag !== 0x04) throw new RangeError('an extension is broken');
    const reader = extensionReaders[hexOf(der, parts[0])];
    if (reader) found = { ...found, ...reader(der, tlvAt(der, value.from, value.to)) };
  }
  return found;
};

const extensionReaders: Readonly<Record<string, (der: Buffer, value: Tlv) => Partial<Extensions>>> = {
  '551d11': (der, value) => {
    const all = children(der, value);
    return {
      names: all.filter(name => name.tag === 0x82).map(name => der.toString('latin1', name.from, name.to)),
      ips: all.filter(name => name.tag === 0x87).map(name => showAddress(der.subarray(name.from, name.to))),
    };
  },
  '551d25': (der, value) => ({
    usages: children(der, value).map(oid => usageNames[hexOf(der, oid)] ?? hexOf(der, oid)),
  }),
  '551d13': (der, value) => {
    const [ca, length] = children(der, value);
    return {
      isCa: ca?.tag === 0x01 && der[ca.from] !== 0,
      ...(length && { pathLength: Number.parseInt(hexOf(der, length), 16) }),
    };
  },
  // KeyUsage is a BIT STRING whose bit 5, counted from the left after the count of unused bits, is keyCertSign.
  '551d0f': (der, value) => ({ signs: ((der[value.from + 1] ?? 0) & 0x04) !== 0 }),
  '551d0e': (der, value) => ({ subjectKeyId: hexOf(der, value) }),
  '551d23': (der, value) => {
    const id = children(der, value).find(part => part.tag === 0x80);
    return id ? { authorityKeyId: hexOf(der, id) } : {};
  },
};

const usageNames: Readonly<Record<string, string>> = {
  '2b06010505070301': 'server',
  '2b06010505070302': 'client',
  '551d2500': 'any',
};

const showAddress = (bytes: Buffer): string =>
  bytes.length === 4
    ? [...bytes].join('.')
    : bytes.length === 16
      ? shortest(bytes.toString('hex').replace(/....(?=.)/g, '$&:'))
      : `0x${bytes.toString('hex')}`;

/** IPv6 in its shortest form; anything else in lower case. */
export const shortest = (name: string): string =>
  (name.includes(':') ? parseAddress(name) : undefined) ?? name.toLowerCase();

export const pemOf = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;

const at = (all: readonly Tlv[], index: number, tag: number): Tlv => {
  const found = all[index];
  if (found?.tag !== tag) throw new RangeError('it is not an X.509 certificate');
  return found;
};

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
