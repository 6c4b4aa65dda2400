/** The API through any control plane that lives: asked in turn, kept, and looked for again when it is lost. */
import type { Duplex } from 'node:stream';
import { apiserverPort } from '../../model/components.js';
import { WorldFailed } from '../../model/event.js';
import { administers } from '../../kube/administers.js';
import { kubeClient, type KubeClient, type KubeOptions } from '../../kube/client.js';
import type { Api, Context } from '../context.js';
import { failureOf } from '../run/step-tracker.js';

type Credentials = KubeOptions['credentials'];

export interface ApiParts {
  /** Control planes, in the order in which they are tried. */
  readonly hosts: readonly string[];
  readonly connections: Context['connections'];
  readonly caPem: () => Promise<string>;
  readonly credentials: () => Promise<Credentials>;
  /** Where the API server says that those may not do everything: past all roles, for this run. */
  readonly glass?: () => Promise<Credentials | undefined>;
  readonly apiPort?: (host: string) => number | undefined;
  /** The address on the host itself, which its certificate must have; absent: loopback. */
  readonly apiAddress?: (host: string) => string | undefined;
  /** Where no certificate verifies, one that does not is taken: for a doctor, over ssh to the server's own host. */
  readonly unverified?: true;
}

export interface LivingApi {
  /** Rejects with WorldFailed (unreachable) where no control plane has an API server that is ready. */
  readonly get: () => Promise<Api>;
  close(): void;
}

interface Chosen {
  readonly client: KubeClient;
  /** By a certificate that is past all roles, and ends soon. */
  readonly glass: boolean;
}

export const livingApi = (parts: ApiParts): LivingApi => {
  let current: Promise<Chosen> | undefined;
  const chosen = (): Promise<Chosen> => {
    current ??= choose(parts).catch(error => {
      current = undefined;
      throw error;
    });
    return current;
  };
  const drop = ({ client }: Chosen): void => {
    client.close();
    current = undefined;
  };
  const api: Api = {
    async request(method, path, body, contentType) {
      const through = await chosen();
      try {
        const answer = await through.client.request(method, path, body, contentType);
        // Whom the server does not know has changed nothing. The hour of that certificate may be over.
        if (answer.status !== 401 || !through.glass) return answer;
        drop(through);
        return await (await chosen()).client.request(method, path, body, contentType);
      } catch (error) {
        if (!['unreachable', 'timeout'].includes(failureOf(error).class)) throw error;
        drop(through);
        // What changes nothing may be asked of the next one; a write may have been done.
        if (method === 'GET') return (await chosen()).client.request(method, path);
        throw error;
      }
    },
  };
  return {
    get: async () => {
      await chosen();
      return api;
    },
    close: () => {
      void current?.then(
        each => each.client.close(),
        () => {},
      );
    },
  };
};

const choose = async (parts: ApiParts): Promise<Chosen> => {
  const whys: string[] = [];
  const [authority, who] = await Promise.all([parts.caPem(), parts.credentials()]);
  for (const unverified of parts.unverified ? [false, true] : [false]) {
    for (const host of parts.hosts) {
      const to = (credentials: Credentials) => clientOf(parts, host, authority, credentials, unverified);
      const client = to(who);
      const why = await client.request('GET', '/readyz').then(
        ({ status }) => (status === 200 ? undefined : `/readyz says ${status}`),
        error => failureOf(error).message,
      );
      if (why === undefined) {
        const refused = parts.glass && (await administers(client).catch(() => undefined)) === false;
        const stronger = parts.glass && refused ? await parts.glass() : undefined;
        if (!stronger) return { client, glass: false };
        client.close();
        return { client: to(stronger), glass: true };
      }
      client.close();
      whys.push(`${host}: ${why}`);
    }
  }
  throw new WorldFailed({
    class: 'unreachable',
    host: 'cluster',
    message: `no API server answers (${whys.join('; ') || 'the cluster file names no control plane'})`,
  });
};

const clientOf = (
  { connections, apiPort, apiAddress }: ApiParts,
  host: string,
  caPem: string,
  credentials: Credentials,
  unverified: boolean,
): KubeClient => {
  const serverName = apiAddress?.(host) ?? '127.0.0.1';
  return kubeClient({
    serverName,
    caPem,
    credentials,
    timeoutMs: 30_000,
    ...(unverified ? { unverified: true } : {}),
    connect: async (): Promise<Duplex> =>
      (await connections(host)).forward(serverName, apiPort?.(host) ?? apiserverPort),
  });
};
