/** Keys and lives of certificates, and the names that only their owner knows. */
import { X509Certificate } from 'node:crypto';
import type { HostChart } from '../../clinic/chart/host-chart.js';
import { flagsOf } from '../../clinic/read/flags.js';
import type { KeyAlgorithm } from '../../model/cluster.js';
import { addressAt, parseIPv4, parseIPv4Cidr } from '../../net/address.js';
import type { Certificate } from '../../pki/certificate.js';
import { isAddressOrName } from '../../spec/names.js';
import type { ClusterFile } from '../../spec/schema.js';
import { authoritiesOf } from '../owner/whole.js';
import { type Line, only, type Part, type Seen } from './drawing.js';

/** @param rest The other parts of the file: what a certificate names anyway follows from them. */
export const drawPki = ({ planes }: Seen, rest: Partial<ClusterFile>): Part => {
  const [plane] = planes.filter(host => servingOf(host) !== undefined);
  const leaf = plane && servingOf(plane);
  const ca = plane && authoritiesOf(plane).find(one => one.isCa);
  if (!plane || !leaf || !ca)
    return { file: {}, from: {}, lines: [{ kind: 'unseen', says: 'no certificate of an API server was seen' }] };
  const [caDays, leafDays] = [daysOf(ca), daysOf(leaf)];
  const sans = [...new Set(planes.flatMap(host => namesOf(servingOf(host))))].filter(one => !isOfFile(one, rest));
  const drawn = sans.filter(isAddressOrName).sort();
  const odd = sans.filter(one => !isAddressOrName(one));
  return {
    file: {
      pki: {
        ...only('algorithm', algorithmOf(leaf)),
        caDays,
        leafDays: Math.min(leafDays, caDays),
        ...(drawn.length > 0 && { sans: drawn }),
      },
    },
    from: {
      pki: `${plane.name}: certificate of the API server (${leaf.notBefore} to ${leaf.notAfter}) and its CA`,
    },
    lines: [
      ...(algorithmOf(leaf) === undefined
        ? [{ kind: 'held' as const, says: `the kind of key of the API server's certificate: a file cannot say it` }]
        : []),
      ...odd.map((one): Line => ({ kind: 'held', says: `the API server's certificate names ${one}` })),
      { kind: 'keep', says: keys },
    ],
  };
};

const keys =
  'keys of the CAs and of service accounts (ca.key, sa.key and their like): they stay on the control planes, and ' +
  'nothing of them was read or copied';

const servingOf = (host: HostChart): Certificate | undefined => {
  const path = flagsOf(host, 'kube-apiserver').inForce?.get('tls-cert-file');
  return ('value' in host.certificates ? host.certificates.value : []).find(one => one.path === path)?.certificates[0];
};

const daysOf = ({ notBefore, notAfter }: Certificate): number =>
  Math.min(36_500, Math.max(1, Math.round((Date.parse(notAfter) - Date.parse(notBefore)) / 86_400_000)));

const algorithmOf = ({ pem }: Certificate): KeyAlgorithm | undefined => {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = new X509Certificate(pem).publicKey;
    if (asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'ecdsa-p256';
    if (asymmetricKeyType !== 'rsa') return undefined;
    if (asymmetricKeyDetails?.modulusLength === 2048) return 'rsa-2048';
    return asymmetricKeyDetails?.modulusLength === 4096 ? 'rsa-4096' : undefined;
  } catch {
    return undefined;
  }
};

const namesOf = (certificate: Certificate | undefined): readonly string[] =>
  certificate ? [...certificate.names, ...certificate.ips] : [];

/** Names that every API server of such a file gets. */
const isOfFile = (name: string, { hosts = [], endpoint, network }: Partial<ClusterFile>): boolean => {
  const services = parseIPv4Cidr(network?.services ?? '');
  const own = hosts.flatMap(host => (typeof host === 'string' ? [host] : [host.name, host.address]));
  return (
    name === 'localhost' ||
    name === '127.0.0.1' ||
    name === endpoint?.address ||
    own.includes(name) ||
    /^kubernetes(\.default(\.svc(\..+)?)?)?$/.test(name) ||
    (services !== undefined && parseIPv4(name) !== undefined && addressAt(services, 1) === name)
  );
};
