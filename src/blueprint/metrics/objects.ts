/** The objects of metrics-server, and what ours is known by. */
import { minorOf } from '../../catalog/index.js';
import { nodes } from '../../model/cluster.js';
import { idOf, type Resource } from '../../model/resource.js';
import type { Wants } from '../../resources/wants.js';
import { apiAnswers } from '../access/api-answers.js';
import { addonPod } from '../addon-pods.js';
import type { Input } from '../input.js';
import { object } from '../wanted.js';
import { metricsContainer } from './container.js';

const namespace = 'kube-system';
const name = 'metrics-server';
const because = 'kubectl top and autoscalers ask for the use of nodes and pods';
const rbac = 'rbac.authorization.k8s.io';

export const apiService = '/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io';
/** Made first and removed last: whoever finds it with our label knows that there may be more of ours. */
export const account = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}`;
export const ownerLabel = { key: 'app.kubernetes.io/managed-by', value: 'kubewizard' } as const;

const selector = { 'k8s-app': name };
const labels = { ...selector, [ownerLabel.key]: ownerLabel.value };

type ObjectResource = Resource<'object', Wants['object']>;

export const objects = (input: Input, image: string): readonly ObjectResource[] => {
  const first = made(account, { apiVersion: 'v1', kind: 'ServiceAccount' }, [apiAnswers]);
  const after = [idOf(first)];
  const at = (api: string, plural: string) => `${api}/namespaces/${namespace}/${plural}/${name}`;
  return [
    first,
    ...rights(after),
    made(at('/api/v1', 'services'), service, after),
    made(at('/apis/apps/v1', 'deployments'), deployment(input, image), after),
    made(at('/apis/policy/v1', 'poddisruptionbudgets'), budget(input.spec.kubernetes), after),
    made(apiService, registration, after),
  ];
};

/** An object of this path, labelled as ours; the name and namespace are those of its path. */
const made = (
  path: string,
  body: Wants['object']['body'],
  after: readonly string[],
  exact: readonly string[] = [],
): ObjectResource => {
  const metadata = {
    name: path.slice(path.lastIndexOf('/') + 1),
    ...(path.includes(`/namespaces/${namespace}/`) ? { namespace } : {}),
    labels: { ...labels, ...(body.labels as object | undefined) },
  };
  const { labels: _, ...rest } = body;
  return object(path, { ...rest, metadata }, { stage: 'addons', because, after }, exact);
};

/** Its own reading of kubelets, asking the API who calls it, and that whoever may view may see the figures. */
function rights(after: readonly string[]): readonly ObjectResource[] {
  const role = (path: string, rules: readonly unknown[], more: Readonly<Record<string, string>> = {}) =>
    made(
      `/apis/${rbac}/v1/clusterroles/${path}`,
      { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', rules, labels: more },
      after,
      ['rules'],
    );
  const bound = (path: string, to: string) =>
    made(
      `/apis/${rbac}/v1/${path}`,
      {
        apiVersion: `${rbac}/v1`,
        kind: path.includes('clusterrolebindings/') ? 'ClusterRoleBinding' : 'RoleBinding',
        roleRef: { apiGroup: rbac, kind: path.includes('clusterrolebindings/') ? 'ClusterRole' : 'Role', name: to },
        subjects: [{ kind: 'ServiceAccount', name, namespace }],
      },
      after,
      ['subjects'],
    );
  const read = ['get', 'list', 'watch'];
  return [
    role('system:metrics-server', [
      { apiGroups: [''], resources: ['nodes/metrics'], verbs: ['get'] },
      { apiGroups: [''], resources: ['pods', 'nodes'], verbs: read },
    ]),
    role(
      'system:aggregated-metrics-reader',
      [{ apiGroups: ['metrics.k8s.io'], resources: ['pods', 'nodes'], verbs: read }],
      Object.fromEntries(
        ['view', 'edit', 'admin'].map(each => [`rbac.authorization.k8s.io/aggregate-to-${each}`, 'true']),
      ),
    ),
    bound('clusterrolebindings/system:metrics-server', 'system:metrics-server'),
    bound('clusterrolebindings/metrics-server:system:auth-delegator', 'system:auth-delegator'),
    bound(
      `namespaces/${namespace}/rolebindings/metrics-server-auth-reader`,
      'extension-apiserver-authentication-reader',
    ),
  ];
}

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  spec: { selector, ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 'https' }] },
};

/**
 * The backend makes its own certificate at each start, as upstream's does, so that nothing here can verify it: whom it
 * believes is decided the other way round, by the front proxy's certificate.
 */
const registration = {
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  spec: {
    service: { name, namespace },
    group: 'metrics.k8s.io',
    version: 'v1beta1',
    insecureSkipTLSVerify: true,
    groupPriorityMinimum: 100,
    versionPriority: 100,
  },
};

/** Never in the way of the last one's drain; one that is not ready is not waited for. */
const budget = (kubernetes: string) => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  spec: {
    maxUnavailable: 1,
    selector: { matchLabels: selector },
    ...(minorOf(kubernetes) >= 27 ? { unhealthyPodEvictionPolicy: 'AlwaysAllow' } : {}),
  },
});

const deployment = ({ spec }: Input, image: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  spec: {
    replicas: nodes(spec).length > 1 ? 2 : 1,
    selector: { matchLabels: selector },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
    // It answers at once, and has figures after two rounds: the next one waits until this one has.
    minReadySeconds: 20,
    template: {
      metadata: { labels: selector },
      spec: {
        serviceAccountName: name,
        ...addonPod(selector),
        containers: [metricsContainer(spec, image)],
      },
    },
  },
});
