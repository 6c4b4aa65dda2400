/** What a host shows that joins by itself (TLS bootstrap): made, listed, deleted. */
import { bootstrapKubeconfig, instant, type Token } from '../blueprint/access/bootstrap-token.js';
import { outsideServer, outsideServers } from '../blueprint/access/kubeconfigs.js';
import { bootstrappers, kubeadmBootstrappers } from '../blueprint/access/rbac.js';
import type { ClusterSpec } from '../model/cluster.js';
import { WorldFailed } from '../model/event.js';
import { pinOf } from '../pki/key.js';
import { readCertificates } from '../pki/read.js';
import type { ClusterFile } from './cluster-file.js';
import type { Ports } from './ports.js';
import { begin, vaultOf, within } from './story.js';
import { deleteToken, listTokens, newToken } from './token/api.js';

/** It holds the secret half. */
export interface MadeToken {
  readonly id: string;
  readonly token: string;
  readonly expires: string;
  readonly groups: readonly string[];
  readonly server: string;
  /** Other ways to the same cluster. */
  readonly ways: readonly string[];
  readonly caCertHash: string;
  readonly kubeconfig: string;
}

export interface WantedToken {
  /** Milliseconds for which it is valid. */
  readonly ttl: number;
  readonly description: string;
}

export const createToken = (file: ClusterFile, ports: Ports, wanted: WantedToken): Promise<MadeToken> =>
  within(begin(ports, file.warnings), file, { purpose: 'cure', adopted: true }, async session => {
    const expires = new Date(ports.clock().getTime() + wanted.ttl);
    const group = groupFor(file.spec);
    if (!file.spec.adopted) await vaultOf(session);
    const ca = await session.caPem();
    const { description } = wanted;
    const { id, secret } = await newToken(await session.api(), { expires, description, group });
    const made = {
      id,
      token: `${id}.${secret}`,
      expires: instant(expires),
      groups: [group],
      server: outsideServer(session.spec),
      ways: outsideServers(session.spec)
        .slice(1)
        .map(({ server }) => server),
      caCertHash: pinOf(newestIn(ca)),
    };
    return { ...made, kubeconfig: bootstrapKubeconfig(session.spec.name, made.server, ca, made.token) };
  });

/** Whom the cluster lets ask for a kubelet's certificate. Throws WorldFailed where nobody may. */
const groupFor = ({ name, adopted }: ClusterSpec): string => {
  if (adopted?.from !== 'rke1') return adopted ? kubeadmBootstrappers : bootstrappers;
  throw new WorldFailed({
    class: 'refused',
    message: `${name} is a cluster of RKE1: its hosts do not join by tokens. Nothing was changed`,
    help: 'hosts join it as they always did: rke up, with its own cluster.yml',
  });
};

/** While the CA is exchanged two are trusted, and the one that comes is the last: it stays. */
const newestIn = (caPem: string): string => readCertificates(caPem).certificates.at(-1)?.pem ?? caPem;

export const tokens = (file: ClusterFile, ports: Ports): Promise<readonly Token[]> =>
  within(begin(ports, file.warnings), file, sees, async session => listTokens(await session.api()));

/** Throws Mistaken where there is no such token. */
export const removeToken = (file: ClusterFile, ports: Ports, id: string): Promise<void> =>
  within(begin(ports, file.warnings), file, sees, async session => deleteToken(await session.api(), id));

const sees = { purpose: 'cure', adopted: true } as const;
