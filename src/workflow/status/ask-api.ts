import { apiService } from '../../blueprint/metrics/objects.js';
import type { Session } from '../../engine/session.js';
import { type ClusterSpec, nodes as nodesOf } from '../../model/cluster.js';
import { askNames, type DnsPod } from './ask-names.js';
import { metrics, names, type WholeRow } from './whole.js';

export interface NodeRow {
  readonly name: string;
  readonly ready: boolean;
  readonly version: string;
  /** As their labels have them: `control-plane`, `etcd`. */
  readonly roles: readonly string[];
  /** Nothing new is scheduled there. */
  readonly cordoned: boolean;
  /** False: it is no host of the cluster file. */
  readonly inFile: boolean;
  /** Seconds that it has been ready, or not; undefined: the API does not say. */
  readonly since?: number;
  readonly says: string;
}
export interface ApiStatus {
  readonly nodes: readonly NodeRow[];
  /** Hosts of the file that shall be nodes and are not. */
  readonly missing: readonly string[];
  readonly api: string;
  readonly whole: readonly WholeRow[];
}

export interface NodeObject {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: { readonly unschedulable?: boolean };
  readonly status?: {
    readonly nodeInfo?: { readonly kubeletVersion: string };
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
      readonly lastTransitionTime?: string;
    }[];
  };
}
interface EndpointsObject {
  readonly subsets?: readonly {
    readonly addresses?: readonly { readonly ip?: string; readonly nodeName?: string }[];
  }[];
}

type Asking = Pick<Session, 'spec' | 'api' | 'connections' | 'lost'>;

/** The nodes and the cluster's DNS as the API sees them; an API that does not answer leaves them unknown. */
export async function askApi(session: Asking, now: Date): Promise<ApiStatus> {
  const { spec, api } = session;
  try {
    const through = await api();
    const [nodes, dns, figures] = await Promise.all([
      through.request('GET', '/api/v1/nodes'),
      spec.addons.dns ? through.request('GET', '/api/v1/namespaces/kube-system/endpoints/kube-dns') : undefined,
      spec.addons.metricsServer ? through.request('GET', apiService) : undefined,
    ]);
    if (nodes.status !== 200) return without(spec.addons, `it answers ${nodes.status} when it is asked for nodes`);
    const inFile = new Set(nodesOf(spec).map(({ name }) => name));
    const rows = ((nodes.body as { items?: readonly NodeObject[] }).items ?? []).map(one => nodeRow(one, inFile, now));
    const pods = dns && readyBehind(dns);
    return {
      api: 'ok',
      nodes: rows,
      missing: [...inFile].filter(name => !rows.some(row => row.name === name)),
      whole: [
        ...(dns ? [names(pods && (await askNames(session, pods)))] : []),
        // What the source could not give is not there, and no news.
        ...(figures && figures.status !== 404 ? [metrics(figures)] : []),
      ],
    };
  } catch (error) {
    return without(spec.addons, error instanceof Error ? error.message : String(error));
  }
}

const without = ({ dns, metricsServer }: ClusterSpec['addons'], api: string): ApiStatus => ({
  api,
  nodes: [],
  missing: [],
  whole: [...(dns ? [names(undefined)] : []), ...(metricsServer ? [metrics(undefined)] : [])],
});

function readyBehind({
  status,
  body,
}: {
  readonly status: number;
  readonly body: unknown;
}): readonly DnsPod[] | undefined {
  if (status === 404) return [];
  if (status !== 200) return undefined;
  return ((body as EndpointsObject).subsets ?? []).flatMap(subset =>
    (subset.addresses ?? []).map(({ ip = '', nodeName = '' }) => ({ address: ip, node: nodeName })),
  );
}

const rolePrefix = 'node-role.kubernetes.io/';

export function nodeRow({ metadata, spec, status }: NodeObject, inFile: ReadonlySet<string>, now: Date): NodeRow {
  const ready = status?.conditions?.find(one => one.type === 'Ready');
  const since = (now.getTime() - Date.parse(ready?.lastTransitionTime ?? '')) / 1000;
  return {
    name: metadata.name,
    ready: ready?.status === 'True',
    version: status?.nodeInfo?.kubeletVersion ?? '',
    roles: Object.keys(metadata.labels ?? {}).flatMap(key =>
      key.startsWith(rolePrefix) ? [key.slice(rolePrefix.length)] : [],
    ),
    cordoned: spec?.unschedulable === true,
    inFile: inFile.has(metadata.name),
    ...(Number.isFinite(since) ? { since: Math.max(0, Math.round(since)) } : {}),
    says: ready?.message ?? '',
  };
}
