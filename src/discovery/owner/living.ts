/** Builders that live on in the cluster, or hide it: what kw would write there they would undo. */
import type { ApiObject, Chart } from '../../clinic/chart/chart.js';
import { flagsOf } from '../../clinic/read/flags.js';
import { listAt } from '../../clinic/read/yaml.js';
import { lookOnly, type Refusal } from './refusal.js';

export interface Living {
  /** As its makers write it. */
  readonly name: string;
  readonly why: string;
  readonly evidence: readonly string[];
}

interface Tell {
  readonly name: string;
  readonly why: string;
  readonly programs?: RegExp;
  /** In a path that a program was told, or of a file. */
  readonly paths?: RegExp;
  /** Of a Node: keys of its labels and annotations, and its system. */
  readonly node?: RegExp;
  readonly namespace?: RegExp;
}

const inOne = 'it holds all components in a program of its own, which writes their settings anew at each start';
const elsewhere = 'its control plane is run by somebody else, and kw sees only nodes of it';
const manager = 'it writes the nodes and the control plane itself, and would undo what kw does';

const tells: readonly Tell[] = [
  { name: 'k3s', why: inOne, programs: /^k3s(-server|-agent)?$/, paths: /^\/(etc|var\/lib)\/rancher\/k3s\// },
  { name: 'RKE2', why: inOne, programs: /^rke2$/, paths: /^\/(etc|var\/lib)\/rancher\/rke2\// },
  { name: 'k0s', why: inOne, programs: /^k0s$/, paths: /^\/var\/lib\/k0s\//, node: /^node\.k0sproject\.io\// },
  { name: 'MicroK8s', why: inOne, programs: /^kubelite$/, node: /^microk8s\.io\// },
  { name: 'Talos', why: 'its hosts have no shell, and its own API alone changes them', node: /^Talos\b/ },
  { name: 'Cluster API', why: manager, node: /^cluster\.x-k8s\.io\// },
  { name: 'kOps', why: manager, node: /^kops\.k8s\.io\// },
  { name: 'Gardener', why: manager, node: /^(node|worker)\.gardener\.cloud\// },
  { name: 'OpenShift', why: manager, node: /^(node\.openshift\.io|machineconfiguration\.openshift\.io)\// },
  { name: 'Rancher', why: manager, namespace: /^cattle-system$/ },
  { name: 'Amazon EKS', why: elsewhere, node: /^(eks\.amazonaws\.com|alpha\.eksctl\.io)\// },
  { name: 'Google GKE', why: elsewhere, node: /^cloud\.google\.com\/gke-/ },
  { name: 'Azure AKS', why: elsewhere, node: /^kubernetes\.azure\.com\// },
];

export const livingOwner = (chart: Chart): Living | undefined => {
  for (const tell of tells) {
    const evidence = [...onHosts(chart, tell), ...inApi(chart, tell)];
    if (evidence.length > 0) return { name: tell.name, why: tell.why, evidence: [...new Set(evidence)].slice(0, 5) };
  }
  return undefined;
};

export const refusedFor = ({ name, why, evidence }: Living): Refusal => ({
  code: 'another-owner',
  says: `this is a cluster of ${name} (${evidence.join('; ')}): ${why}`,
  help: `it stays ${name}'s. ${lookOnly}`,
});

const onHosts = (chart: Chart, { programs, paths }: Tell): readonly string[] =>
  [...chart.hosts.values()].flatMap(host => {
    const running = 'value' in host.processes ? host.processes.value : [];
    const found = running.find(one => programs?.test(one.program));
    const path =
      paths &&
      ['kubelet', 'kube-apiserver', 'etcd']
        .flatMap(name => flagsOf(host, name).inForce?.argv ?? [])
        .map(word => word.slice(word.indexOf('=') + 1))
        .find(word => paths.test(word));
    return [
      ...(found ? [`${host.name} runs ${found.program}`] : []),
      ...(path === undefined ? [] : [`a program on ${host.name} reads ${path}`]),
    ];
  });

const inApi = (chart: Chart, { node, namespace }: Tell): readonly string[] => [
  ...objectsOf(chart, 'nodes').flatMap(one => {
    if (!node) return [];
    const { labels = {}, annotations = {}, name } = one.metadata;
    const key = [...Object.keys(labels), ...Object.keys(annotations)].find(each => node.test(each));
    const system = String(one.status?.nodeInfo?.osImage ?? '');
    return [
      ...(key === undefined ? [] : [`node ${name} has ${key}`]),
      ...(node.test(system) ? [`node ${name} runs ${system}`] : []),
    ];
  }),
  ...objectsOf(chart, 'namespaces')
    .filter(one => namespace?.test(one.metadata.name))
    .map(one => `there is a namespace ${one.metadata.name}`),
];

/** [] where they were not seen, which proves nothing: hosts are asked too. */
export const objectsOf = (chart: Chart, plural: string): readonly ApiObject[] => {
  const seen = chart.api.objects[plural];
  return seen && 'value' in seen ? seen.value : [];
};

/** The data of a ConfigMap of kube-system. */
export const configMap = (chart: Chart, name: string): Readonly<Record<string, string>> =>
  objectsOf(chart, 'configmaps').find(({ metadata }) => metadata.name === name && metadata.namespace === 'kube-system')
    ?.data ?? {};

export const nodeAddresses = (node: ApiObject): readonly string[] =>
  listAt(node.status, 'addresses').map(one => String(one?.address ?? ''));
