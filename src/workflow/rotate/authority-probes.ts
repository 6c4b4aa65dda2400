/** What ports of a cluster say to a client of one CA or another, and whose certificate they show. */
import type { AuthorityName } from '../../blueprint/input.js';
import { askTls, type TlsAnswer } from '../../engine/reach/ask-tls.js';
import { isSecretOf } from '../../engine/vault/names.js';
import { type Host, nodes, withRole } from '../../model/cluster.js';
import { apiserverPort, etcdClientPort, etcdPeerPort, kubeletPort } from '../../model/components.js';
import type { Certificate } from '../../pki/certificate.js';
import { isSignedBy } from '../../pki/chain.js';
import { readCertificates } from '../../pki/read.js';
import { firstOf } from '../build/authorities.js';
import type { Edge, Turning } from './rotatable.js';

/** A CA, and the name of the secret with its key. */
export interface Authority {
  readonly certificate: Certificate;
  readonly key: string;
}

export interface Port {
  readonly host: Host;
  readonly address: string;
  readonly port: number;
  readonly program: string;
  /** What is asked there: whatever it says no to only after it has judged the client. */
  readonly path: string;
}

interface Credentials {
  readonly certPem: string;
  readonly keyPem: string;
}

/** Where clients of this CA are verified. */
export const portsOf = ({ session: { spec } }: Pick<Turning, 'session'>, name: AuthorityName): readonly Port[] =>
  name === 'etcd/ca'
    ? withRole(spec, 'etcd').flatMap(host =>
        [etcdClientPort, etcdPeerPort].map(port => ({
          host,
          address: host.address,
          port,
          program: 'etcd',
          path: '/version',
        })),
      )
    : [
        ...withRole(spec, 'controlPlane').map(host => ({
          host,
          address: '127.0.0.1',
          port: apiserverPort,
          program: 'kube-apiserver',
          path: '/version',
        })),
        ...(name === 'ca'
          ? nodes(spec).map(host => ({
              host,
              address: host.address,
              port: kubeletPort,
              program: 'kubelet',
              // A kubelet says 404 to a path that it does not know, whoever asks.
              path: '/healthz',
            }))
          : []),
      ];

const probes: Readonly<Record<AuthorityName, string>> = {
  // Nobody is bound to it: whoever is known and may do nothing is told 403.
  ca: 'kubewizard-probe',
  'etcd/ca': 'kube-etcd-healthcheck-client',
  'front-proxy-ca': 'front-proxy-client',
};

/** A client of a quarter of an hour, which says of itself what the table of certificates says. */
const probeOf = async (
  { vault, clock, session: { spec } }: Turning,
  name: AuthorityName,
  { certificate, key }: Authority,
): Promise<Credentials> => {
  const { issueCertificate } = await import('../../pki/issue.js');
  return issueCertificate(
    { certPem: certificate.pem, keyPem: vault.reveal(key) },
    {
      ca: name,
      commonName: probes[name],
      organizations: [],
      sans: [],
      usages: ['client'],
      days: 1 / 96,
    },
    { algorithm: spec.pki.algorithm, now: clock() },
  );
};

/** undefined: the port cannot be reached. */
const ask = async (
  { session }: Turning,
  { host, address, port, path }: Port,
  client: Credentials,
): Promise<TlsAnswer | undefined> => {
  // Whoever shows the front proxy's certificate is let in as whom it names.
  const headers = { 'X-Remote-User': probes.ca };
  try {
    return await askTls(await session.connections(host.name), { address, port, path, headers, client });
  } catch {
    return undefined;
  }
};

/** An API server says 401 to whom it does not know; etcd ends the connection. */
export const isLetIn = ({ status }: TlsAnswer): boolean => status !== undefined && status !== 401;

const nameOf = ({ host, program, port }: Port): string => `${host.name}: ${program}, port ${port}`;

/** Every port lets in, or refuses, a client of this CA. */
export const edgesOfClient = async (
  at: Turning,
  name: AuthorityName,
  authority: Authority,
  expects: 'let in' | 'refused',
): Promise<readonly Edge[]> => {
  const probe = await probeOf(at, name, authority);
  return Promise.all(
    portsOf(at, name).map(async port => {
      const answer = await ask(at, port, probe);
      // Without a handshake that got as far as the server's certificate nobody has refused anything.
      if (answer?.shows === undefined)
        return { name: nameOf(port), ok: 'unknown' as const, says: 'no handshake succeeded there' };
      if (answer.status === 404)
        return { name: nameOf(port), ok: 'unknown' as const, says: `it does not know ${port.path}, whoever asks` };
      const found = isLetIn(answer) ? 'let in' : 'refused';
      const whose = expects === 'let in' ? 'new' : 'old';
      return { name: nameOf(port), ok: found === expects, says: `a client of the ${whose} CA is ${found}` };
    }),
  );
};

/** Every port shows a certificate that this CA has signed. */
export const edgesOfServer = async (
  at: Turning,
  name: AuthorityName,
  authority: Authority,
): Promise<readonly Edge[]> => {
  const probe = await probeOf(at, name, authority);
  return Promise.all(
    portsOf(at, name).map(async port => {
      const shows = (await ask(at, port, probe))?.shows;
      const [leaf] = readCertificates(shows ?? '').certificates;
      if (!leaf) return { name: nameOf(port), ok: 'unknown' as const, says: 'no handshake succeeded there' };
      const ok = isSignedBy(leaf, authority.certificate);
      return { name: nameOf(port), ok, says: `it shows a certificate of ${ok ? 'the new' : 'another'} CA` };
    }),
  );
};

/** CAs that the vault has had before, and whose keys are at hand: what they have signed must be refused. */
export const formerOf = (
  { vault }: Pick<Turning, 'vault'>,
  name: AuthorityName,
  signer: Certificate,
): readonly Authority[] => {
  const first = firstOf(vault, name);
  const later = vault.names().flatMap(one => {
    if (!isSecretOf(name, one, 'crt')) return [];
    const [certificate] = readCertificates(vault.reveal(one)).certificates;
    return certificate ? [{ certificate, key: one.replace(/crt$/, 'key') }] : [];
  });
  return [...(first ? [{ certificate: first, key: `pki/${name}.key` }] : []), ...later].filter(
    ({ certificate, key }) => certificate.fingerprint !== signer.fingerprint && vault.has(key),
  );
};
