import type { ClusterSpec } from '../../model/cluster.js';
import { sh } from '../../shell/sh.js';
import { fetchScript, greeting, port, type Workload } from './workload.js';
import { Disproved, type Proof, until, type World } from './world.js';

interface Pod {
  readonly name: string;
  readonly host: string;
  readonly hostAddress: string;
  readonly address: string;
}
interface Item {
  readonly metadata: { readonly name: string };
  readonly spec?: { readonly nodeName?: string };
  readonly status?: {
    readonly podIP?: string;
    /** Of its node, which may be one that the file no longer names. */
    readonly hostIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  };
}
const items = (body: unknown): readonly Item[] => (body as { items?: readonly Item[] }).items ?? [];
const isReady = (item: Item): boolean =>
  item.status?.conditions?.some(one => one.type === 'Ready' && one.status === 'True') === true;

// Without a cache directory it would leave one in root's home.
const kubectl =
  '/usr/local/bin/kubectl --kubeconfig /etc/kubernetes/admin.conf --cache-dir=/run/kubewizard/kubectl ' +
  '--request-timeout=20s';

/** Pods, services, names, logs and exec: asked from inside the pods that the proof put there. */
export function trafficProofs(
  spec: ClusterSpec,
  world: World,
  workload: Workload,
  probeHost: string,
): readonly Proof[] {
  const { namespace } = workload;
  const seen: Deployed = { pods: [], clusterIp: '', nodePort: 0 };
  const from = () => {
    const pod = seen.pods[0];
    if (!pod) throw new Disproved('no pod of the proof runs');
    return pod;
  };
  const to = () => seen.pods.at(-1) ?? from();
  const alone = workload.replicas < 2;
  const fetches = (name: string, says: string, url: () => string): Proof => ({
    name,
    says,
    check: () => fetchFrom(world, probeHost, namespace, from().name, url()),
  });
  const podToPod = alone
    ? 'kubectl exec, and a pod reaches its own address (there is no other host to reach)'
    : 'kubectl exec, and a pod reaches a pod of another host';
  const nodePort = alone ? 'a pod reaches a node port of its own host' : 'a pod reaches a node port of another host';
  const byName = `http://web.${namespace}.svc.${spec.network.domain}/`;
  return [
    deployment(world, workload, seen),
    fetches('pod-to-pod', podToPod, () => `http://${urlHost(to().address)}:${port}/`),
    fetches('cluster-ip', 'a pod reaches a service', () => `http://${urlHost(seen.clusterIp)}/`),
    fetches('node-port', nodePort, () => `http://${urlHost(to().hostAddress)}:${seen.nodePort}/`),
    ...(spec.addons.dns ? [fetches('dns', 'a pod reaches a service by name', () => byName)] : []),
    { name: 'logs', says: 'kubectl logs', check: () => logsOf(world, probeHost, namespace, to().name) },
  ];
}

/** Learned from the proof's deployment, and needed by the proofs after it. */
interface Deployed {
  pods: readonly Pod[];
  clusterIp: string;
  nodePort: number;
}

const deployment = (world: World, workload: Workload, seen: Deployed): Proof => ({
  name: 'deployment',
  says:
    workload.replicas < 2
      ? 'a pod on the only host that takes pods'
      : `${workload.replicas} pods on ${workload.replicas} hosts`,
  check: async () => {
    seen.pods = await readyPods(world, workload);
    const service = await world.request('GET', `/api/v1/namespaces/${workload.namespace}/services/web`);
    const body = service.body as { spec: { clusterIP: string; ports: readonly { nodePort: number }[] } };
    seen.clusterIp = body.spec.clusterIP;
    seen.nodePort = body.spec.ports[0]?.nodePort ?? 0;
    return seen.pods.map(pod => `${pod.name} on ${pod.host}`).join(', ');
  },
});

async function logsOf(world: World, probeHost: string, namespace: string, pod: string): Promise<string> {
  const answer = await world.run(probeHost, sh`${[...kubectl.split(' ')]} logs -n ${namespace} ${pod}`, 30_000);
  if (!answer.stdout.includes(greeting))
    throw new Disproved(`kubectl logs: ${answer.stderr.trim() || answer.stdout.trim() || 'nothing'}`);
  return answer.stdout.trim();
}

const urlHost = (address: string): string => (address.includes(':') ? `[${address}]` : address);

async function readyPods(world: World, { namespace, replicas }: Workload): Promise<readonly Pod[]> {
  let last: readonly Item[] = [];
  return until(
    90,
    async () => {
      last = items((await world.request('GET', `/api/v1/namespaces/${namespace}/pods`)).body);
      const ready = last.filter(isReady);
      return ready.length < replicas
        ? undefined
        : ready.map(pod => ({
            name: pod.metadata.name,
            host: pod.spec?.nodeName ?? '',
            hostAddress: pod.status?.hostIP ?? '',
            address: pod.status?.podIP ?? '',
          }));
    },
    () =>
      `${last.filter(isReady).length} of ${replicas} pods are ready: ${
        last
          .filter(pod => !isReady(pod))
          .map(waiting)
          .join('; ') || 'none was made'
      }`,
  );
}

const waiting = (pod: Item): string =>
  `${pod.metadata.name} on ${pod.spec?.nodeName ?? 'no node'}: ` +
  `${pod.status?.conditions?.find(one => one.status !== 'True')?.message ?? 'not ready'}`;

async function fetchFrom(
  world: World,
  probeHost: string,
  namespace: string,
  pod: string,
  url: string,
): Promise<string> {
  const script = sh`${[...kubectl.split(' ')]} exec -n ${namespace} ${pod} -- sh -c ${fetchScript(url)}`;
  const answer = await world.run(probeHost, script, 60_000);
  if (!answer.stdout.includes(greeting))
    throw new Disproved(
      `${url} from ${pod}: ${answer.stderr.trim() || answer.stdout.trim() || `exit code ${answer.code}`}`,
    );
  return `${url}: ${answer.stdout.trim()}`;
}

/** All nodes of the file are Ready; those that are not of it are counted, and said to be beside it. */
export const nodesProof = (spec: ClusterSpec, world: World): Proof => ({
  name: 'nodes',
  says: 'all nodes of the file are Ready',
  check: async () => {
    const wanted = spec.hosts
      .filter(host => host.roles.includes('controlPlane') || host.roles.includes('worker'))
      .map(host => host.name);
    let missing: readonly string[] = wanted;
    return until(
      60,
      async () => {
        const nodes = items((await world.request('GET', '/api/v1/nodes')).body);
        const ready = new Set(nodes.filter(isReady).map(item => item.metadata.name));
        missing = wanted.filter(name => !ready.has(name));
        return missing.length === 0 ? `${wanted.length} of ${wanted.length}${beside(nodes, wanted)}` : undefined;
      },
      () => `not Ready: ${missing.join(', ')}`,
    );
  },
});

const beside = (nodes: readonly Item[], wanted: readonly string[]): string => {
  const others = nodes.filter(({ metadata: { name } }) => !wanted.includes(name));
  const words = others.map(one => `${one.metadata.name} (${isReady(one) ? 'Ready' : 'not Ready'})`);
  return words.length === 0 ? '' : `; not in the file: ${words.join(', ')}`;
};
