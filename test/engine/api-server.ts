/** An API server of its own authority on loopback, and the way to it as a control machine has it. */
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import type { ApiWay } from '../../src/engine/gather/api.js';
import type { CertificateRequest } from '../../src/model/resource.js';
import { createAuthority, issueCertificate, type Pair } from '../../src/pki/issue.js';

export interface ApiServer {
  readonly way: ApiWay;
  readonly authority: Pair;
  /** A client certificate of its authority. */
  issue(request: Pick<CertificateRequest, 'commonName' | 'organizations'>): Promise<Pair>;
  close(): void;
}

export const apiServer = async (now: Date, answer: RequestListener): Promise<ApiServer> => {
  const authority = await createAuthority({ commonName: 'ca', days: 1, algorithm: 'ecdsa-p256', now });
  const options = { algorithm: 'ecdsa-p256' as const, now };
  const own = await issueCertificate(
    authority,
    { ca: 'ca', commonName: 'kube-apiserver', organizations: [], sans: ['127.0.0.1'], usages: ['server'], days: 1 },
    options,
  );
  const issue: ApiServer['issue'] = who =>
    issueCertificate(authority, { ca: 'ca', sans: [], usages: ['client'], days: 1, ...who }, options);
  const credentials = await issue({ commonName: 'me', organizations: [] });
  const server = createServer(
    { cert: own.certPem, key: own.keyPem, ca: authority.certPem, requestCert: true, rejectUnauthorized: false },
    answer,
  );
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    way: {
      server: 'kw-1',
      serverName: '127.0.0.1',
      caPem: authority.certPem,
      credentials,
      trusted: false,
      connect: async () => connect(port, '127.0.0.1'),
    },
    issue,
    authority,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
