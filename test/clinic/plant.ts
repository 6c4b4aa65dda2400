/** Broken signs for the floor under the verdict: each takes a chart and a number and puts one at some place. */
import type { Chart } from '../../src/clinic/chart/chart.js';
import { illPrograms } from './plant-programs.js';
import {
  endpoints,
  hangingPods,
  neverDeleted,
  noDns,
  noNode,
  noStart,
  refusedPods,
  undoneWork,
} from './plant-workloads.js';
import { ago, hosts, inHost, inList, nodesOf, type Plant, type Tree } from './planting.js';

const condition = (type: string, status: string): Plant => [
  `node condition ${type}=${status}`,
  (chart, pick) => {
    const host = pick(nodesOf(chart));
    const broken = { type, status, reason: 'Planted', message: 'by a test' };
    const conditions = (all: readonly Tree[] = []) => [...all.filter(each => each.type !== type), broken];
    return {
      host: host.name,
      thing: type,
      chart: inList(chart, 'nodes', all => [
        ...all.filter(one => one.metadata.name !== host.name),
        ...[all.find(one => one.metadata.name === host.name) ?? { metadata: { name: host.name } }].map(one => ({
          ...one,
          status: { ...one.status, conditions: conditions(one.status?.conditions) },
        })),
      ]),
    };
  },
];

const readyz = (check: string): Plant => [
  `readyz check ${check}`,
  (chart, pick) => {
    const host = pick(hosts(chart, 'controlPlane'));
    const url = `https://${host.address}:6443/readyz?verbose`;
    const answer = `500 [+]ping ok\n[-]${check} failed: reason withheld\nreadyz check failed`;
    return {
      host: host.name,
      thing: check,
      chart: inHost(chart, host, 'health', value => ({ ...value, [url]: answer })),
    };
  },
];

const silent = (answer: string): Plant => [
  `readyz ${answer}`,
  (chart, pick) => {
    const host = pick(hosts(chart, 'controlPlane'));
    const url = `https://${host.address}:6443/readyz?verbose`;
    return {
      host: host.name,
      thing: url,
      chart: inHost(chart, host, 'health', value => ({ ...value, [url]: answer })),
    };
  },
];

const health = (url: string, role: string, answer: string): Plant => [
  `health ${url} ${answer}`,
  (chart, pick) => {
    const host = pick(hosts(chart, role));
    return {
      host: host.name,
      thing: url,
      chart: inHost(chart, host, 'health', value => ({ ...value, [url]: answer })),
    };
  },
];

const lease = (namespace: string, name: string | undefined): Plant => [
  `lease ${namespace}/${name ?? 'of a node'}`,
  (chart, pick) => {
    const host = name === undefined ? pick(nodesOf(chart)) : pick(hosts(chart, 'controlPlane'));
    const lost = name ?? host.name;
    const ahead = 'value' in host.clock ? host.clock.value.ahead : 0;
    const renewTime = ago(chart, 3600 - ahead);
    const holderIdentity = name === undefined ? lost : `${host.name}_a`;
    const stale = {
      metadata: { name: lost, namespace },
      spec: { holderIdentity, leaseDurationSeconds: 15, renewTime },
    };
    const others = (all: readonly Tree[]) =>
      all.filter(one => one.metadata.name !== lost || one.metadata.namespace !== namespace);
    return {
      host: host.name,
      thing: `${namespace}/${lost}`,
      chart: inList(chart, 'leases.coordination.k8s.io', all => [...others(all), stale]),
    };
  },
];

const unit = (how: string, change: (chart: Chart) => Tree): Plant => [
  `unit ${how}`,
  (chart, pick) => {
    const host = pick(hosts(chart));
    const names = ('value' in host.units ? host.units.value : []).map(one => one.name);
    const known = names.filter(name => /^(kube|etcd|containerd|kw-(haproxy|keepalived))/.test(name));
    const name = pick(known.length > 0 ? known : ['containerd.service']);
    const sound = { name, load: 'loaded', active: 'active', sub: 'running', result: 'success', restarts: 0 };
    const broken = { ...sound, enabled: 'enabled', restart: 'always', path: '', ...change(chart) };
    return {
      host: host.name,
      thing: name,
      chart: inHost(chart, host, 'units', all => [...all.filter((one: Tree) => one.name !== name), broken]),
    };
  },
];

const pod = (how: string, status: (chart: Chart) => Tree): Plant => [
  `pod ${how}`,
  (chart, pick) => {
    const host = pick(nodesOf(chart));
    const name = `${pick(['kube-apiserver', 'etcd', 'coredns', 'kube-flannel', 'kube-scheduler'])}-${host.name}`;
    const metadata = { name, namespace: 'kube-system', creationTimestamp: ago(chart, 7200) };
    const made = { metadata, spec: { nodeName: host.name, containers: [] }, status: status(chart) };
    return { host: host.name, thing: name, chart: inList(chart, 'pods', all => [...all, made]) };
  },
];

const container = (state: Tree, more: Tree = {}) => ({
  phase: 'Running',
  containerStatuses: [{ name: 'main', ready: false, restartCount: 0, state, ...more }],
});

const waiting = (reason: string): Plant =>
  pod(reason, chart => ({ ...container({ waiting: { reason } }), startTime: ago(chart, 7200) }));

const refused = (program: string, role: string, line: string): Plant => [
  `${program} logs ${line}`,
  (chart, pick) => {
    const host = pick(hosts(chart, role));
    const ahead = 'value' in host.clock ? host.clock.value.ahead : 0;
    const lines = [240, 120, 60, 20].map(
      seconds => `${ago(chart, seconds - ahead)} ${host.name} ${program}[1]: ${line}`,
    );
    return {
      host: host.name,
      thing: program,
      chart: inHost(chart, host, 'logs', value => ({ ...value, [program]: lines })),
    };
  },
];

const etcd = (how: string, change: (value: Tree) => Tree): Plant => [
  `etcd ${how}`,
  (chart, pick) => {
    const host = pick(hosts(chart, 'etcd'));
    const more = { members: [], alarms: [], status: [] };
    return {
      host: host.name,
      thing: '',
      chart: inHost(chart, host, 'etcd', value => change({ ...more, ...value })),
    };
  },
];

const aggregated: Plant = [
  'an aggregated API',
  chart => ({
    host: 'cluster',
    thing: 'v1beta1.metrics.k8s.io',
    chart: inList(chart, 'apiservices.apiregistration.k8s.io', all => [
      ...all,
      {
        metadata: { name: 'v1beta1.metrics.k8s.io' },
        spec: { service: { name: 'metrics-server', namespace: 'kube-system' } },
        status: { conditions: [{ type: 'Available', status: 'False', reason: 'FailedDiscoveryCheck' }] },
      },
    ]),
  }),
];

const api = 'dial tcp 192.0.2.10:6443: connect: connection refused';

export const plants: readonly Plant[] = [
  ...['False', 'Unknown'].map(status => condition('Ready', status)),
  ...['MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable'].map(type => condition(type, 'True')),
  ...['etcd', 'informer-sync', 'poststarthook/rbac/bootstrap-roles', 'shutdown', 'log', 'etcd-readiness'].map(readyz),
  ...['refused', 'timeout', '500 internal error', '503 '].map(silent),
  health('http://127.0.0.1:10248/healthz', 'worker', '500 syncloop failed'),
  health('https://127.0.0.1:10257/healthz', 'controlPlane', '500 [-]leaderElection failed: reason withheld'),
  health('https://127.0.0.1:10259/healthz', 'controlPlane', '500 [-]leaderElection failed: reason withheld'),
  health('http://127.0.0.1:2381/health', 'etcd', '503 {"health":"false"}'),
  lease('kube-node-lease', undefined),
  lease('kube-system', 'kube-scheduler'),
  lease('kube-system', 'kube-controller-manager'),
  unit('has failed', () => ({ active: 'failed', sub: 'failed', result: 'exit-code' })),
  unit('waits for its next start', () => ({ active: 'activating', sub: 'auto-restart', restarts: 2 })),
  unit('restarted 19 times', chart => ({ restarts: 19, startedAt: ago(chart, 30) })),
  ...illPrograms,
  ...['CrashLoopBackOff', 'ImagePullBackOff', 'ErrImagePull', 'CreateContainerConfigError', 'RunContainerError'].map(
    waiting,
  ),
  waiting('ContainerCreating'),
  pod('is pending', chart => ({ phase: 'Pending', startTime: ago(chart, 3600), conditions: [] })),
  pod('finds no node', chart => ({
    phase: 'Pending',
    startTime: ago(chart, 120),
    conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'untolerated taint(s)' }],
  })),
  pod('failed', () => ({ phase: 'Failed', reason: 'UnexpectedAdmissionError' })),
  pod('is not ready', chart => container({ running: { startedAt: ago(chart, 3600) } })),
  pod('restarts', chart =>
    container(
      { running: { startedAt: ago(chart, 60) } },
      { ready: true, restartCount: 7, lastState: { terminated: { exitCode: 1, finishedAt: ago(chart, 61) } } },
    ),
  ),
  refused('kubelet', 'worker', 'E0601 reflector.go:1] failed to list *v1.Node: Unauthorized'),
  refused('kube-scheduler', 'controlPlane', 'pods is forbidden: User "system:kube-scheduler" cannot list resource'),
  refused('kube-controller-manager', 'controlPlane', api),
  refused('kube-apiserver', 'controlPlane', 'dial tcp 127.0.0.1:2379: connect: connection refused'),
  refused(
    'kubelet',
    'worker',
    `nodes "x" is forbidden: ValidatingAdmissionPolicy 'strict' with binding 'strict' denied request: no`,
  ),
  refused('kubelet', 'worker', 'Failed to update lease: admission webhook "x.example.com" denied the request: no'),
  refused('kube-controller-manager', 'controlPlane', 'conversion webhook for example.com/v1, Kind=Thing failed: Post'),
  refused('kubelet', 'worker', 'the server has received too many requests and has asked us to try again later'),
  refused('kube-proxy', 'worker', 'x509: certificate signed by unknown authority'),
  etcd('has an alarm', value => ({ ...value, alarms: ['CORRUPT 1'] })),
  etcd('has a member that does not answer', value => ({
    ...value,
    status: [...value.status, { endpoint: 'https://192.0.2.99:2379', error: 'context deadline exceeded' }],
  })),
  aggregated,
  noDns,
  noNode,
  ...refusedPods,
  ...endpoints,
  ...hangingPods,
  ...neverDeleted,
  ...undoneWork,
  noStart(
    'FailedCreatePodSandBox',
    'plugin type="bridge" failed (add): fork/exec /opt/cni/bin/bridge: exec format error',
  ),
  noStart('FailedMount', 'mkdir /var/lib/kubelet/pods/de21acde-9490: read-only file system'),
];
