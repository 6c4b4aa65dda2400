/** Troubles of an upgrade, planted one by one in a healthy cluster. */
import { gzipSync } from 'node:zlib';
import type { ApiObject } from '../../../src/clinic/chart/chart.js';
import type { Budget } from '../../../src/facts/upgrade/budgets.js';
import { helmReleases } from '../../../src/facts/upgrade/helm.js';
import { requested } from '../../../src/facts/upgrade/requested.js';
import type { RuleId, Upgrade } from '../../../src/preflight/upgrade/finding.js';
import {
  cluster,
  map,
  pod,
  seenAs,
  type Versions,
  withFlag,
  withHost,
  withNode,
  withObjects,
  withSeen,
} from './cluster.js';

export interface Plant {
  readonly name: string;
  readonly way: Versions;
  readonly plant: (upgrade: Upgrade) => Upgrade;
  readonly rule: RuleId;
  /** A part of a name or detail of what is hit. */
  readonly hits: readonly string[];
  readonly built?: 'kubeadm';
}

const v = (from: number, to = from + 1, more: Partial<Versions> = {}): Versions => ({
  from: `1.${from}.0`,
  to: `1.${to}.0`,
  etcd: from >= 35 ? '3.6.16' : from >= 22 ? '3.5.35' : '3.4.37',
  containerd: from >= 36 ? '2.4.2' : from >= 23 ? '1.7.28' : '1.6.20',
  ...more,
});

const budget = (name: string, more: Partial<Budget> = {}): Budget => ({
  name,
  namespace: 'shop',
  selector: { matchLabels: { app: 'web' }, matchExpressions: [] },
  minAvailable: 1,
  allowed: 0,
  healthy: 1,
  desired: 1,
  expected: 1,
  ...more,
});

const etcdOf = (
  upgrade: Upgrade,
  host: string,
  act: Parameters<
    typeof map<
      import('../../../src/clinic/chart/host-chart.js').EtcdSeen,
      import('../../../src/clinic/chart/host-chart.js').EtcdSeen
    >
  >[1],
): Upgrade => withHost(upgrade, host, one => ({ ...one, etcd: map(one.etcd, act) }));

const extra = (
  upgrade: Upgrade,
  component: 'apiserver' | 'kubelet',
  args: Readonly<Record<string, string>>,
): Upgrade =>
  !upgrade.spec
    ? upgrade
    : {
        ...upgrade,
        spec: {
          ...upgrade.spec,
          components: {
            ...upgrade.spec.components,
            [component]: { ...upgrade.spec.components[component], extraArgs: args },
          },
        },
      };

const config = (upgrade: Upgrade, values: Readonly<Record<string, unknown>>): Upgrade =>
  !upgrade.spec
    ? upgrade
    : {
        ...upgrade,
        spec: {
          ...upgrade.spec,
          components: {
            ...upgrade.spec.components,
            kubelet: { ...upgrade.spec.components.kubelet, config: values },
          },
        },
      };

const kubeletConfig = (upgrade: Upgrade, host: string, line: string): Upgrade =>
  withHost(upgrade, host, one => ({
    ...one,
    files: map(one.files, all =>
      all.map(file =>
        file.path === '/var/lib/kubelet/config.yaml' ? { ...file, text: `${file.text}\n${line}\n` } : file,
      ),
    ),
  }));

const hook = (name: string, more: Readonly<Record<string, unknown>> = {}): ApiObject => ({
  metadata: { name },
  webhooks: [
    {
      name: `${name}.example.com`,
      failurePolicy: 'Fail',
      clientConfig: { service: { namespace: 'policy', name: 'guard' } },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
      ...more,
    },
  ],
});
const behind = (count: number): ApiObject => ({
  metadata: { name: 'guard', namespace: 'policy' },
  subsets: [{ addresses: Array.from({ length: count }, (_, index) => ({ ip: `10.244.1.${index + 1}` })) }],
});
const validating = 'validatingwebhookconfigurations.admissionregistration.k8s.io';

const release = (manifest: string) => {
  const packed = gzipSync(JSON.stringify({ name: 'web', manifest })).toString('base64');
  const item = {
    metadata: { name: 'sh.helm.release.v1.web.v1', namespace: 'shop', labels: { name: 'web', owner: 'helm' } },
    type: 'helm.sh/release.v1',
    data: { release: Buffer.from(packed).toString('base64') },
  };
  return helmReleases.parse(JSON.stringify({ status: 200, body: { items: [item] } }));
};

const metric = (line: string) => requested.parse(JSON.stringify({ status: 200, body: `${line}\n` }));

const manifest = (upgrade: Upgrade, text: string): Upgrade =>
  withHost(upgrade, 'kw-1', one => ({
    ...one,
    files: map(one.files, all => [
      ...all,
      {
        path: '/etc/kubernetes/manifests/agent.yaml',
        mode: 0o600,
        owner: 'root:root',
        size: 1,
        changedAt: one.files.at,
        text,
      },
    ]) as typeof one.files,
  }));

export const plants: readonly Plant[] = [
  { name: 'an older target', way: v(30, 29), plant: one => one, rule: 'version-back', hits: ['1.29.0'] },
  { name: 'a skipped minor', way: v(31, 33), plant: one => one, rule: 'minor-skipped', hits: ['1.32.13'] },
  {
    name: 'a minor that is not known',
    way: v(37, 38, { etcd: '3.7.3' }),
    plant: one => one,
    rule: 'version-unknown',
    hits: ['1.38.0'],
  },
  {
    name: 'API servers of two minors',
    way: v(29),
    plant: one =>
      withHost(one, 'kw-2', host => ({
        ...host,
        health: map(host.health, all => ({
          ...all,
          'https://192.0.2.12:6443/version': '200 {"gitVersion":"v1.28.3"}',
        })),
      })),
    rule: 'control-plane-mixed',
    hits: ['kw-2'],
  },
  {
    name: 'a kubelet that is three minors behind',
    way: v(29),
    plant: one =>
      withNode(one, 'kw-5', node => ({
        ...node,
        status: { ...node.status, nodeInfo: { ...node.status.nodeInfo, kubeletVersion: 'v1.26.1' } },
      })),
    rule: 'skew',
    hits: ['kw-5'],
  },
  {
    name: 'a node that the file does not name',
    way: v(29),
    plant: one =>
      withObjects(one, 'nodes', {
        metadata: { name: 'old-worker' },
        status: {
          conditions: [{ type: 'Ready', status: 'True' }],
          allocatable: { cpu: '2', memory: '4Gi' },
          nodeInfo: { kubeletVersion: 'v1.27.1' },
        },
      }),
    rule: 'node-not-of-the-file',
    hits: ['old-worker'],
  },
  {
    name: 'a node that is not Ready',
    way: v(29),
    plant: one =>
      withNode(one, 'kw-4', node => ({
        ...node,
        status: { ...node.status, conditions: [{ type: 'Ready', status: 'Unknown' }] },
      })),
    rule: 'node-not-ready',
    hits: ['kw-4'],
  },
  {
    name: 'etcd 3.5.21 before 3.6',
    way: v(33, 34, { etcd: '3.5.21' }),
    plant: one => one,
    rule: 'etcd-gate',
    hits: ['kw-1', '3.5.21'],
  },
  {
    name: 'etcd 3.5 before 3.7',
    way: v(36, 37, { etcd: '3.5.35' }),
    plant: one => one,
    rule: 'etcd-gate',
    hits: ['kw-3'],
  },
  {
    name: 'a learner',
    way: v(29),
    plant: one =>
      etcdOf(one, 'kw-1', etcd => ({
        ...etcd,
        members: etcd.members.map((each, n) => ({ ...each, learner: n === 2 })),
      })),
    rule: 'etcd-learner',
    hits: ['kw-3'],
  },
  {
    name: 'a member that never started',
    way: v(29),
    plant: one =>
      etcdOf(one, 'kw-1', etcd => ({
        ...etcd,
        members: etcd.members.map((each, n) => (n === 2 ? { ...each, name: '' } : each)),
      })),
    rule: 'etcd-unstarted',
    hits: ['(no name)'],
  },
  {
    name: 'an alarm',
    way: v(29),
    plant: one => etcdOf(one, 'kw-2', etcd => ({ ...etcd, alarms: ['NOSPACE'] })),
    rule: 'etcd-alarm',
    hits: ['NOSPACE'],
  },
  {
    name: 'members that do not agree',
    way: v(29),
    plant: one => etcdOf(one, 'kw-2', etcd => ({ ...etcd, members: etcd.members.slice(0, 2) })),
    rule: 'etcd-unhealthy',
    hits: ['2 members'],
  },
  {
    name: 'a full database',
    way: v(29),
    plant: one => etcdOf(one, 'kw-2', etcd => ({ ...etcd, quota: 20_000_001 })),
    rule: 'etcd-nearly-full',
    hits: ['kw-2'],
  },
  {
    name: '--enable-v2',
    way: v(33, 34),
    plant: one => withFlag(one, 'kw-1', 'etcd', '--enable-v2=true'),
    rule: 'etcd-v2',
    hits: ['--enable-v2'],
  },
  {
    name: 'a removed flag in the cluster file',
    way: v(34, 35, { containerd: '2.2.0' }),
    plant: one => extra(one, 'kubelet', { 'pod-infra-container-image': 'pause:3.9' }),
    rule: 'flag-removed',
    hits: ['components.kubelet.extraArgs.pod-infra-container-image'],
  },
  {
    name: "a removed flag in kubeadm's argv",
    way: v(26),
    built: 'kubeadm',
    plant: one => withFlag(one, 'kw-1', 'kubelet', '--container-runtime=remote'),
    rule: 'flag-removed',
    hits: ['kubelet'],
  },
  {
    name: "a cAdvisor flag that somebody added to kw's unit",
    way: v(36),
    plant: one => withFlag(one, 'kw-4', 'kubelet', '--global-housekeeping-interval=1m'),
    rule: 'flag-removed',
    hits: ['kw-4'],
  },
  {
    name: 'a removed feature gate in the cluster file',
    way: v(36),
    plant: one =>
      extra(one, 'apiserver', { 'feature-gates': 'AnonymousAuthConfigurableEndpoints=true,KubeletTracing=true' }),
    rule: 'gate-removed',
    hits: ['components.apiserver.extraArgs'],
  },
  {
    name: 'a removed feature gate in a kubelet configuration on a host',
    way: v(32),
    plant: one => kubeletConfig(one, 'kw-5', 'featureGates: {CloudDualStackNodeIPs: true, AppArmor: true}'),
    rule: 'gate-removed',
    hits: ['/var/lib/kubelet/config.yaml'],
  },
  {
    name: 'a locked feature gate',
    way: v(33, 34),
    plant: one => config(one, { featureGates: { SidecarContainers: false, OrderedNamespaceDeletion: false } }),
    rule: 'gate-locked',
    hits: ['components.kubelet.config.featureGates'],
  },
  {
    name: 'the plugin PodSecurityPolicy',
    way: v(24),
    plant: one =>
      withFlag(one, 'kw-2', 'kube-apiserver', '--enable-admission-plugins=NodeRestriction,PodSecurityPolicy'),
    rule: 'admission-plugin-removed',
    hits: ['PodSecurityPolicy'],
  },
  {
    name: 'an in-tree cloud',
    way: v(26),
    plant: one => withFlag(one, 'kw-1', 'kube-controller-manager', '--cloud-provider=aws'),
    rule: 'cloud-removed',
    hits: ['aws'],
  },
  {
    name: 'a kubeadm configuration of v1beta2',
    way: v(26),
    plant: one =>
      withObjects(one, 'configmaps', {
        metadata: { name: 'kubeadm-config', namespace: 'kube-system' },
        data: { ClusterConfiguration: 'apiVersion: kubeadm.k8s.io/v1beta2\nkind: ClusterConfiguration\n' },
      }),
    rule: 'configuration-version-removed',
    hits: ['kubeadm-config'],
  },
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
  {
    name: 'a node on Docker',
    way: v(23),
    plant: one =>
      withNode(one, 'kw-4', node => ({
        ...node,
        status: { ...node.status, nodeInfo: { ...node.status.nodeInfo, containerRuntimeVersion: 'docker://20.10.24' } },
      })),
    rule: 'dockershim',
    hits: ['kw-4', 'docker://20.10.24'],
  },
  {
    name: 'containerd 1.7 before 1.36',
    way: v(35, 36, { containerd: '1.7.28' }),
    plant: one => one,
    rule: 'containerd-too-old',
    hits: ['containerd 1.7.28'],
  },
  {
    name: 'containerd 1.5 before 1.26',
    way: v(25, 26, { containerd: '1.5.9' }),
    plant: one => one,
    rule: 'containerd-too-old',
    hits: ['containerd 1.5.9'],
  },
  {
    name: 'cgroup v1 before 1.35',
    way: v(34, 35, { containerd: '2.2.0' }),
    plant: one => withHost(one, 'kw-4', host => ({ ...host, cgroup: seenAs('v1', 'kw-4') })),
    rule: 'cgroup-v1',
    hits: ['kw-4'],
  },
  {
    name: 'an old kernel',
    way: v(31),
    plant: one =>
      withHost(one, 'kw-4', host => ({
        ...host,
        versions: map(host.versions, all => ({ ...all, kernel: '3.10.0-1160.el7' })),
      })),
    rule: 'kernel-too-old',
    hits: ['3.10.0'],
  },
  {
    name: 'a disk without room',
    way: v(31),
    plant: one =>
      withHost(one, 'kw-4', host => ({
        ...host,
        room: map(host.room, room => ({
          ...room,
          disks: room.disks.map(disk => ({ ...disk, free: 100 * 1024 ** 2 })),
        })),
      })),
    rule: 'little-room',
    hits: ['kw-4'],
  },
  {
    name: 'kube-proxy in userspace',
    way: v(25),
    plant: one => withFlag(one, 'kw-4', 'kube-proxy', '--proxy-mode=userspace'),
    rule: 'proxy-mode',
    hits: ['userspace'],
  },
  {
    name: 'a budget that never allows an eviction',
    way: v(29),
    plant: one => withSeen(one, { budgets: seenAs([budget('web')]), pods: seenAs([pod('web-1')]) }),
    rule: 'eviction-forbidden',
    hits: ['shop/web', 'web-1'],
  },
  {
    name: 'a budget whose pods are not ready',
    way: v(29),
    plant: one =>
      withSeen(one, {
        budgets: seenAs([budget('web', { minAvailable: 2, healthy: 1, desired: 2, expected: 3 })]),
        pods: seenAs([pod('web-1'), pod('web-2', { ready: false })]),
      }),
    rule: 'eviction-forbidden',
    hits: ['web-2'],
  },
  {
    name: 'two budgets on one pod',
    way: v(29),
    plant: one =>
      withSeen(one, {
        budgets: seenAs([budget('web', { allowed: 1 }), budget('all', { allowed: 1 })]),
        pods: seenAs([pod('web-1')]),
      }),
    rule: 'two-budgets',
    hits: ['Pod shop/web-1', 'shop/all'],
  },
  {
    name: 'a pod without a controller',
    way: v(29),
    plant: one => {
      const { owner: _, ...bare } = pod('debug');
      return withSeen(one, { pods: seenAs([bare]) });
    },
    rule: 'pod-without-controller',
    hits: ['Pod shop/debug'],
  },
  {
    name: 'a claim on a local volume',
    way: v(29),
    plant: one =>
      withSeen(one, {
        volumes: seenAs([{ name: 'disk-1', type: 'local', claim: 'shop/data-db-0' }]),
        pods: seenAs([pod('db-0', { volumes: ['claim:data-db-0'] })]),
      }),
    rule: 'local-data',
    hits: ['Pod shop/db-0'],
  },
  {
    name: 'pods that fit nowhere else',
    way: v(29),
    plant: one =>
      withSeen(one, {
        pods: seenAs([
          pod('big', { requests: { cpu: 1500, memory: 1024 ** 3 } }),
          pod('fat', { node: 'kw-5', requests: { cpu: 1500, memory: 1024 ** 3 } }),
        ]),
      }),
    rule: 'does-not-fit',
    hits: ['kw-4', 'Pod shop/big'],
  },
  {
    name: 'a webhook without a backend',
    way: v(29),
    plant: one => withObjects(one, validating, hook('guard')),
    rule: 'webhook-without-backend',
    hits: ['guard', 'policy/guard'],
  },
  {
    name: 'a webhook on one pod',
    way: v(29),
    plant: one => withObjects(withObjects(one, validating, hook('guard')), 'endpoints', behind(1)),
    rule: 'webhook-on-one-pod',
    hits: ['guard'],
  },
  {
    name: 'a webhook for versions that go',
    way: v(24),
    plant: one =>
      withObjects(
        withObjects(
          one,
          validating,
          hook('guard', {
            matchPolicy: 'Exact',
            rules: [{ apiGroups: ['batch'], apiVersions: ['v1beta1'], resources: ['cronjobs'] }],
          }),
        ),
        'endpoints',
        behind(2),
      ),
    rule: 'webhook-old-versions',
    hits: ['guard'],
  },
  {
    name: 'an API that does not answer',
    way: v(29),
    plant: one =>
      withObjects(one, 'apiservices.apiregistration.k8s.io', {
        metadata: { name: 'v1beta1.metrics.k8s.io' },
        status: { conditions: [{ type: 'Available', status: 'False' }] },
      }),
    rule: 'apiservice-unavailable',
    hits: ['v1beta1.metrics.k8s.io'],
  },
  {
    name: 'certificates that end soon',
    way: v(29),
    plant: one => ({ ...one, chart: { ...one.chart, now: '2027-05-20T12:00:00.000Z' } }),
    rule: 'certificate-ends',
    hits: ['/etc/kubernetes'],
  },
  {
    name: 'nodes of Cluster API',
    way: v(29),
    plant: one =>
      withNode(one, 'kw-4', node => ({
        ...node,
        metadata: { ...node.metadata, annotations: { 'cluster.x-k8s.io/machine': 'kw-4' } },
      })),
    rule: 'other-owner',
    hits: ['kw-4'],
  },
];

export const planted = ({ way, plant, built }: Plant): Upgrade => plant(cluster(way, built ?? 'five'));
