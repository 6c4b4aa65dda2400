/** The ways on which the API is reached from one host, by the control machine's own credential, over ssh. */
import type { Duplex } from 'node:stream';
import { type ClusterSpec, servedOf, withRole } from '../../model/cluster.js';
import { apiserverPort } from '../../model/components.js';
import { kubeClient } from '../../kube/client.js';
import { failureOf } from '../run/step-tracker.js';
import type { ApiWay, Context } from '../context.js';
import type { Credentials } from './admin.js';

export interface ApiWayParts {
  readonly spec: ClusterSpec;
  readonly connections: Context['connections'];
  readonly caPem: () => Promise<string>;
  readonly credentials: () => Promise<Credentials>;
}

/** Nobody is let in to it without a role; every cluster has it. */
const asked = '/api/v1/namespaces/kube-system';

/** The host's own server, where it has one, and each endpoint as this host finds it. */
export const apiWaysOf = ({ spec, connections, caPem, credentials }: ApiWayParts) => {
  const own = new Set(withRole(spec, 'controlPlane').map(({ name }) => name));
  return async (host: string): Promise<readonly ApiWay[]> => {
    const parts = { caPem: await caPem(), credentials: await credentials(), timeoutMs: 5000 };
    const way = (name: string, serverName: string, dial: number): ApiWay => ({
      name,
      async ask() {
        const connect = async (): Promise<Duplex> => (await connections(host)).forward(serverName, dial);
        const client = kubeClient({ ...parts, serverName, connect });
        try {
          const { status } = await client.request('GET', asked);
          const refused = status === 401 || status === 403;
          return status === 200 ? undefined : { says: `GET ${asked} is answered with ${status}`, refused };
        } catch (error) {
          return { says: failureOf(error).message, refused: false };
        } finally {
          client.close();
        }
      },
    });
    return [
      ...(own.has(host) ? [way(`the API server of ${host}`, '127.0.0.1', apiserverPort)] : []),
      ...servedOf(spec).map(({ address, port }) => way(`the endpoint ${address}:${port}`, address, port)),
    ];
  };
};
