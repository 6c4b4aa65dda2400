import { pod, seenAs, withObjects, withSeen } from '../cluster.js';
import { type Plant, manifest, metric, release, v } from './planting.js';

export const apis: readonly Plant[] = [
  {
    name: 'an Ingress that is still written as v1beta1',
    way: v(21),
    plant: one =>
      withSeen(one, {
        written: [
          seenAs([
            {
              kind: 'Ingress',
              namespace: 'shop',
              name: 'front',
              by: [{ apiVersion: 'networking.k8s.io/v1beta1', manager: 'argocd' }],
            },
          ]),
        ],
      }),
    rule: 'api-removed',
    hits: ['Ingress shop/front', 'argocd'],
  },
  {
    name: 'a PodSecurityPolicy',
    way: v(24),
    plant: one => withSeen(one, { written: [seenAs([{ kind: 'PodSecurityPolicy', name: 'restricted', by: [] }])] }),
    rule: 'api-without-heir',
    hits: ['PodSecurityPolicy restricted'],
  },
  {
    name: 'a client of an old version',
    way: v(24),
    plant: one =>
      withSeen(one, {
        requested: [
          seenAs(
            metric(
              'apiserver_requested_deprecated_apis{group="batch",removed_release="1.25",resource="cronjobs",subresource="",version="v1beta1"} 1',
            ),
            'kw-2',
          ),
        ],
      }),
    rule: 'api-requested',
    hits: ['batch/v1beta1', 'kw-2'],
  },
  {
    name: 'a Helm release of an old version',
    way: v(24),
    plant: one =>
      withSeen(one, {
        helm: seenAs(
          release('---\napiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata:\n  labels: {}\n  name: web\n'),
        ),
      }),
    rule: 'helm-release',
    hits: ['Helm release shop/web', 'policy/v1beta1 PodDisruptionBudget'],
  },
  {
    name: 'a stored version that is not served',
    way: v(29),
    plant: one =>
      withSeen(one, {
        customResources: seenAs([{ name: 'shops.example.com', served: ['v1'], stored: ['v1alpha1', 'v1'] }]),
      }),
    rule: 'stored-version',
    hits: ['shops.example.com', 'v1alpha1'],
  },
  {
    name: 'a dead conversion webhook',
    way: v(29),
    plant: one =>
      withSeen(one, {
        customResources: seenAs([
          { name: 'shops.example.com', served: ['v1'], stored: ['v1'], converter: 'shop/convert' },
        ]),
      }),
    rule: 'converter-without-backend',
    hits: ['shop/convert'],
  },
  {
    name: 'an rbd volume',
    way: v(30),
    plant: one => withSeen(one, { volumes: seenAs([{ name: 'data-1', type: 'rbd' }]) }),
    rule: 'volume-removed',
    hits: ['PersistentVolume data-1'],
  },
  {
    name: 'a gitRepo volume',
    way: v(35, 36, { containerd: '2.2.0' }),
    plant: one => withSeen(one, { pods: seenAs([pod('page', { volumes: ['gitRepo'] })]) }),
    rule: 'volume-removed',
    hits: ['Pod shop/page'],
  },
  {
    name: 'a schedule with a zone',
    way: v(28),
    plant: one =>
      withSeen(one, {
        schedules: seenAs([{ namespace: 'shop', name: 'nightly', schedule: 'TZ=Europe/Berlin 0 3 * * *' }]),
      }),
    rule: 'schedule-with-zone',
    hits: ['CronJob shop/nightly'],
  },
  {
    name: 'an image of the frozen registry',
    way: v(24),
    plant: one => withSeen(one, { pods: seenAs([pod('old', { images: ['k8s.gcr.io/metrics-server:v0.5'] })]) }),
    rule: 'old-registry',
    hits: ['Pod shop/old'],
  },
  {
    name: 'a pod that looks for the master label',
    way: v(23),
    plant: one =>
      withSeen(one, { pods: seenAs([pod('agent', { nodeSelector: { 'node-role.kubernetes.io/master': '' } })]) }),
    rule: 'master-label',
    hits: ['Pod shop/agent'],
  },
  {
    name: 'a role that may only get pods/exec',
    way: v(34, 35, { containerd: '2.2.0' }),
    plant: one =>
      withObjects(one, 'clusterroles.rbac.authorization.k8s.io', {
        metadata: { name: 'debuggers' },
        rules: [{ apiGroups: [''], resources: ['pods/exec'], verbs: ['get'] }],
      }),
    rule: 'exec-needs-create',
    hits: ['ClusterRole debuggers'],
  },
  {
    name: 'a static pod that names a ConfigMap',
    way: v(33, 34),
    plant: one =>
      manifest(
        one,
        'kind: Pod\nmetadata: {name: agent}\nspec:\n  containers: [{name: a, image: x}]\n  volumes: [{name: c, configMap: {name: agent}}]\n',
      ),
    rule: 'static-pod-names-objects',
    hits: ['/etc/kubernetes/manifests/agent.yaml'],
  },
];
