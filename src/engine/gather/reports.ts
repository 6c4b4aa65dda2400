/**
 * Whether the API server would take what kubelets report: tried as a dry run, of which nothing is kept. Policies,
 * webhooks, quotas and rights stand between a kubelet that is well and a node that is; no list of them tells.
 */
import type { Chart } from '../../clinic/chart/chart.js';
import { nodesOf } from '../../clinic/read/hosts.js';
import { nodeNameOf } from '../../clinic/read/kubelet.js';
import type { ReportTried } from '../../facts/traffic/seen.js';
import type { Answer } from '../../kube/answer.js';
import { contentTypes, kubeClient, type KubeClient } from '../../kube/client.js';
import type { ApiWay } from './api.js';

/** Of many nodes some are enough: what turns away one kubelet for its own sake is seen in its log. */
const mostNodes = 5;
const timeoutMs = 4000;
const againMs = 1000;

/** Never rejects: where nobody may ask so, nothing is tried. */
export const triedReports = async (
  chart: Chart,
  ways: () => Promise<readonly ApiWay[]>,
): Promise<readonly ReportTried[]> => {
  const [way] = await ways().catch(() => []);
  if (!way || 'missing' in chart.api.version) return [];
  const nodes = nodesOf(chart)
    .map(host => ({ host: host.name, node: nodeNameOf(host) }))
    .slice(0, mostNodes);
  return (await Promise.all(nodes.map(one => triedOf(way, one)))).flat();
};

const triedOf = async (
  way: ApiWay,
  { host, node }: { readonly host: string; readonly node: string },
): Promise<readonly ReportTried[]> => {
  const as = { user: `system:node:${node}`, groups: ['system:nodes', 'system:authenticated'] };
  const client = kubeClient({ ...way, timeoutMs, as });
  const name = encodeURIComponent(node);
  try {
    return (
      await Promise.all([
        tried(client, host, 'the state of its node', `/api/v1/nodes/${name}/status`),
        tried(client, host, 'its lease', `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${name}`),
      ])
    ).flat();
  } finally {
    client.close();
  }
};

const tried = async (client: KubeClient, host: string, what: string, path: string): Promise<readonly ReportTried[]> => {
  const ask = (): Promise<Answer | undefined> =>
    client.request('PATCH', `${path}?dryRun=All`, {}, contentTypes.merge).catch(() => undefined);
  const first = await ask();
  const answer = first && isForNow(first) ? ((await sleep(againMs)) ?? (await ask())) : first;
  return answer && isOfTheReport(answer)
    ? [{ host, what, path, status: answer.status, message: messageIn(answer).slice(0, 500) }]
    : [];
};

/** A server that has much to do turns some requests away; whom it turns away twice it does not serve. */
const isForNow = ({ status }: Answer): boolean => status === 429 || status >= 500;

const sleep = (ms: number): Promise<undefined> =>
  new Promise(resolve => {
    setTimeout(() => resolve(undefined), ms);
  });

const messageIn = ({ body }: Answer): string => {
  const message = (body as { message?: unknown } | null)?.message;
  return typeof message === 'string' ? message : '';
};

/** Who may not stand for another learns nothing; nor does who asks for a node that is gone, or a webhook. */
const isOfTheReport = (answer: Answer): boolean =>
  answer.status !== 404 && !/cannot impersonate|does not support dry run|dryRun/.test(messageIn(answer));
