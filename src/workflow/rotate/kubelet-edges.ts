/** Logs and exec: each API server asks each kubelet, and each of the two shows what the cluster's CA has signed. */
import type { Api } from '../../engine/context.js';
import { nodes, withRole } from '../../model/cluster.js';
import { eventually } from './eventually.js';
import type { Edge, Turning } from './rotatable.js';

export const kubeletEdges = (at: Turning): Promise<readonly Edge[]> =>
  eventually(async () => {
    const hosts = withRole(at.session.spec, 'controlPlane').map(({ name }) => name);
    const names = nodes(at.session.spec).map(({ name }) => name);
    return (await Promise.all(hosts.map(host => from(at, host, names)))).flat();
  });

const from = async ({ session }: Turning, host: string, names: readonly string[]): Promise<readonly Edge[]> => {
  const named = (node: string) => `${host}: its API server to the kubelet of ${node}`;
  try {
    const api = await session.apiAt(host);
    return await Promise.all(names.map(async node => ({ name: named(node), ...(await asked(api, node)) })));
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error);
    return names.map(node => ({ name: named(node), ok: 'unknown' as const, says }));
  }
};

const asked = async (api: Api, node: string): Promise<Pick<Edge, 'ok' | 'says'>> => {
  const { status } = await api.request('GET', `/api/v1/nodes/${node}/proxy/healthz`);
  return { ok: status === 200, says: status === 200 ? 'it lets it in' : `it is answered with ${status}` };
};
