import type { Session } from '../../engine/session.js';
import { names, type WholeRow } from './whole.js';

export interface NodeRow {
  readonly name: string;
  readonly ready: boolean;
  readonly version: string;
  readonly says: string;
}
export interface ApiStatus {
  readonly nodes: readonly NodeRow[];
  readonly api: string;
  readonly whole: readonly WholeRow[];
}

interface NodeObject {
  readonly metadata: { readonly name: string };
  readonly status?: {
    readonly nodeInfo?: { readonly kubeletVersion: string };
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  };
}
interface EndpointsObject {
  readonly subsets?: readonly { readonly addresses?: readonly unknown[] }[];
}

/** The nodes and the cluster's DNS as the API sees them; an API that does not answer leaves them unknown. */
export async function askApi({ spec, api }: Pick<Session, 'spec' | 'api'>): Promise<ApiStatus> {
  try {
    const through = await api();
    const [nodes, dns] = await Promise.all([
      through.request('GET', '/api/v1/nodes'),
      spec.addons.dns ? through.request('GET', '/api/v1/namespaces/kube-system/endpoints/kube-dns') : undefined,
    ]);
    if (nodes.status !== 200) return without(spec.addons.dns, `it answers ${nodes.status} when it is asked for nodes`);
    return {
      api: 'ok',
      nodes: ((nodes.body as { items?: readonly NodeObject[] }).items ?? []).map(nodeRow),
      whole: dns ? [names(readyBehind(dns))] : [],
    };
  } catch (error) {
    return without(spec.addons.dns, error instanceof Error ? error.message : String(error));
  }
}

const without = (dns: boolean, api: string): ApiStatus => ({ api, nodes: [], whole: dns ? [names(undefined)] : [] });

function readyBehind({ status, body }: { readonly status: number; readonly body: unknown }): number | undefined {
  if (status === 404) return 0;
  if (status !== 200) return undefined;
  return ((body as EndpointsObject).subsets ?? []).reduce((sum, subset) => sum + (subset.addresses?.length ?? 0), 0);
}

function nodeRow(node: NodeObject): NodeRow {
  const ready = node.status?.conditions?.find(one => one.type === 'Ready');
  return {
    name: node.metadata.name,
    ready: ready?.status === 'True',
    version: node.status?.nodeInfo?.kubeletVersion ?? '',
    says: ready?.message ?? '',
  };
}
