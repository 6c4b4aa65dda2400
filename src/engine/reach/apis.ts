/** The APIs of a session: of any control plane that lives, and of one host alone. */
import type { ClusterSpec } from '../../model/cluster.js';
import { withRole } from '../../model/cluster.js';
import type { Api } from '../context.js';
import { type Administrator, type AdministratorParts, once } from './administrator.js';
import { type ApiParts, type LivingApi, livingApi } from './living-api.js';

export interface ApisParts extends AdministratorParts, Pick<ApiParts, 'apiPort' | 'apiAddress'> {
  readonly unverifiedApi?: true;
  /** Who asks where `administrator` is absent: by what the vault signs. */
  readonly own: Pick<ApiParts, 'caPem' | 'credentials' | 'glass'>;
  readonly administrator?: (parts: AdministratorParts) => Promise<Administrator>;
}

export interface Apis {
  /** The CA by which the API server is known, PEM. */
  caPem(): Promise<string>;
  api(): Promise<Api>;
  /** A connection of its own, made anew at each call. */
  apiAt(host: string): Promise<Api>;
  close(): void;
}

export const apisOf = (parts: ApisParts): Apis => {
  const { spec, lost, connections, apiPort, apiAddress } = parts;
  const who = whoAsks(parts);
  const apiOf = (among: readonly string[]): LivingApi =>
    livingApi({
      hosts: among.filter(host => !lost.has(host)),
      connections,
      ...(parts.unverifiedApi ? { unverified: true } : {}),
      ...(apiPort ? { apiPort } : {}),
      ...(apiAddress ? { apiAddress } : {}),
      ...who,
    });
  const any = apiOf(controlPlanes(spec));
  const single = new Map<string, LivingApi>();
  return {
    caPem: who.caPem,
    api: any.get,
    apiAt: host => {
      single.get(host)?.close();
      const one = apiOf([host]);
      single.set(host, one);
      return one.get();
    },
    close: () => {
      for (const one of [any, ...single.values()]) one.close();
    },
  };
};

const controlPlanes = (spec: ClusterSpec): readonly string[] => withRole(spec, 'controlPlane').map(host => host.name);

const whoAsks = ({ administrator, own, spec, lost, connections }: ApisParts): ApisParts['own'] => {
  if (!administrator) return own;
  const theirs = once(() => administrator({ spec, lost, connections }));
  return {
    caPem: async () => (await theirs()).caPem,
    credentials: async () => (await theirs()).credentials,
    glass: async () => (await theirs()).glass?.(),
  };
};
