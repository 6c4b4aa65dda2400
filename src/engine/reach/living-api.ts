/** The API through any control plane that lives: asked in turn, kept, and looked for again when it is lost. */
import type { Duplex } from 'node:stream';
import { apiserverPort } from '../../model/components.js';
import { WorldFailed } from '../../model/event.js';
import { kubeClient, type KubeClient } from '../../kube/client.js';
import type { Credentials } from './admin.js';
import type { Api, Context } from '../context.js';
import { failureOf } from '../run/step-tracker.js';

export interface ApiParts {
  /** Control planes, in the order in which they are tried. */
  readonly hosts: readonly string[];
  readonly connections: Context['connections'];
  readonly caPem: () => Promise<string>;
  readonly credentials: () => Promise<Credentials>;
  readonly apiPort?: (host: string) => number | undefined;
  /** Where no certificate verifies, one that does not is taken: for a doctor, over ssh to the server's own host. */
  readonly unverified?: true;
}

export interface LivingApi {
  /** Rejects with WorldFailed (unreachable) where no control plane has an API server that is ready. */
  readonly get: () => Promise<Api>;
  close(): void;
}

export const livingApi = (parts: ApiParts): LivingApi => {
  let current: Promise<KubeClient> | undefined;
  const client = (): Promise<KubeClient> => {
    current ??= choose(parts).catch(error => {
      current = undefined;
      throw error;
    });
    return current;
  };
  const drop = (lost: KubeClient): void => {
    lost.close();
    current = undefined;
  };
  const api: Api = {
    async request(method, path, body, contentType) {
      const through = await client();
      try {
        return await through.request(method, path, body, contentType);
      } catch (error) {
        if (!['unreachable', 'timeout'].includes(failureOf(error).class)) throw error;
        drop(through);
        // What changes nothing may be asked of the next one; a write may have been done.
        if (method === 'GET') return (await client()).request(method, path);
        throw error;
      }
    },
  };
  return {
    get: async () => {
      await client();
      return api;
    },
    close: () => {
      void current?.then(
        each => each.close(),
        () => {},
      );
    },
  };
};

const choose = async (parts: ApiParts): Promise<KubeClient> => {
  const whys: string[] = [];
  const [authority, who] = await Promise.all([parts.caPem(), parts.credentials()]);
  for (const unverified of parts.unverified ? [false, true] : [false]) {
    for (const host of parts.hosts) {
      const client = kubeClient({
        serverName: '127.0.0.1',
        caPem: authority,
        credentials: who,
        timeoutMs: 30_000,
        ...(unverified ? { unverified: true } : {}),
        connect: async (): Promise<Duplex> =>
          (await parts.connections(host)).forward('127.0.0.1', parts.apiPort?.(host) ?? apiserverPort),
      });
      const why = await client.request('GET', '/readyz').then(
        ({ status }) => (status === 200 ? undefined : `/readyz says ${status}`),
        error => failureOf(error).message,
      );
      if (why === undefined) return client;
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
