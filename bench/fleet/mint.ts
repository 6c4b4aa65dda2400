/**
 * Certificates for thousands of hosts in seconds: one is issued as the product does it, the others are the same bytes
 * with another name, address and serial number, signed again by the CA. Each is a different, valid certificate.
 */
import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import type { CertificateRequest } from '../../src/model/resource.js';
import { pemOf } from '../../src/pki/certificate.js';
import { children, tlvAt } from '../../src/pki/der.js';
import { issueCertificate, type Pair } from '../../src/pki/issue.js';

export interface Minted {
  readonly certPem: string;
  readonly publicPem: string;
}

/** As long as every worker's name; an address that no worker has. */
const stand = { name: 'w-00000', address: '172.31.255.254' };

export const mint = (authorities: Readonly<Record<string, Pair>>, now: Date) => {
  const templates = new Map<string, Promise<Template>>();
  return async (
    host: { readonly name: string; readonly address: string },
    request: CertificateRequest,
  ): Promise<Minted> => {
    const authority = authorities[request.ca];
    if (!authority) throw new Error(`no authority ${request.ca}`);
    const as =
      (from: typeof stand, to: typeof stand) =>
      (text: string): string =>
        text === from.address ? to.address : text.replace(from.name, to.name);
    if (host.name.length !== stand.name.length)
      return templateOf(authority, request, now).then(issued => issued.minted);
    const general: CertificateRequest = {
      ...request,
      commonName: as(host, stand)(request.commonName),
      sans: request.sans.map(as(host, stand)),
    };
    const key = JSON.stringify(general);
    const template = templates.get(key) ?? templateOf(authority, general, now);
    templates.set(key, template);
    return struck(await template, host);
  };
};

interface Template {
  readonly tbs: Buffer;
  readonly algorithm: Buffer;
  readonly signer: KeyObject;
  readonly minted: Minted;
}

const templateOf = async (authority: Pair, request: CertificateRequest, now: Date): Promise<Template> => {
  const { certPem, keyPem } = await issueCertificate(authority, request, { algorithm: 'ecdsa-p256', now });
  const der = Buffer.from(certPem.replace(/-----[^-]*-----/g, ''), 'base64');
  const [tbs, algorithm] = children(der, tlvAt(der, 0, der.length));
  if (!tbs || !algorithm) throw new Error('no certificate');
  return {
    tbs: der.subarray(tbs.start, tbs.to),
    algorithm: der.subarray(algorithm.start, algorithm.to),
    signer: createPrivateKey(authority.keyPem),
    minted: { certPem, publicPem: createPublicKey(keyPem).export({ type: 'spki', format: 'pem' }).toString() },
  };
};

const struck = (
  { tbs, algorithm, signer, minted }: Template,
  host: { readonly name: string; readonly address: string },
): Minted => {
  const text = tbs
    .toString('latin1')
    .replaceAll(stand.name, host.name)
    .replaceAll(bytesOf(stand.address), bytesOf(host.address));
  const mine = Buffer.from(text, 'latin1');
  const [, serial] = children(mine, tlvAt(mine, 0, mine.length));
  if (serial?.tag !== 0x02) throw new Error('no serial number where one should be');
  randomBytes(8).copy(mine, serial.from + 1);
  const signature = sign('sha256', mine, signer);
  const der = sequence(
    0x30,
    Buffer.concat([mine, algorithm, sequence(0x03, Buffer.concat([Buffer.of(0), signature]))]),
  );
  return { certPem: pemOf(der), publicPem: minted.publicPem };
};

const bytesOf = (address: string): string => Buffer.from(address.split('.').map(Number)).toString('latin1');

const sequence = (tag: number, content: Buffer): Buffer => {
  const { length } = content;
  const head =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
};
