/**
 * What is built of which Go module. Versions are those that the Go module proxy serves; the catalog says which go
 * together.
 */
import { etcdLine, metricsServerFor, minorOf, release } from '../../catalog/index.js';
import type { RuntimeVersions } from '../options.js';

export interface GoProgram {
  /** Name of the file that comes out. */
  readonly name: string;
  /** Import path of its `main` package. */
  readonly path: string;
  /** Seconds on two cores with an empty build cache, for the estimate. */
  readonly seconds: number;
  /** Its tests are the program. */
  readonly test?: true;
}

/** Programs of one module, built in one workspace. */
export interface GoRecipe {
  /** `kubernetes`: names folders and records. */
  readonly name: string;
  readonly module: string;
  /** Without a leading v. */
  readonly version: string;
  readonly programs: readonly GoProgram[];
  readonly tags?: readonly string[];
  /** Variables that carry the version, `path.Name` to value. */
  readonly stamps: Readonly<Record<string, string>>;
  /** `k8s.io/kubernetes` leaves its staging modules out of its archive: each is served under a version of its own. */
  readonly staging?: string;
}

const kubernetesPrograms: readonly GoProgram[] = [
  { name: 'kube-apiserver', path: 'k8s.io/kubernetes/cmd/kube-apiserver', seconds: 320 },
  { name: 'kube-controller-manager', path: 'k8s.io/kubernetes/cmd/kube-controller-manager', seconds: 65 },
  { name: 'kube-scheduler', path: 'k8s.io/kubernetes/cmd/kube-scheduler', seconds: 8 },
  { name: 'kubelet', path: 'k8s.io/kubernetes/cmd/kubelet', seconds: 20 },
  { name: 'kube-proxy', path: 'k8s.io/kubernetes/cmd/kube-proxy', seconds: 8 },
  { name: 'kubectl', path: 'k8s.io/kubernetes/cmd/kubectl', seconds: 15 },
];

const kubernetesModule = (version: string, programs: readonly GoProgram[], name: string): GoRecipe => {
  const [major = '1', minor = '0', patch = '0'] = version.split('.');
  const values = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  const stamps = Object.entries(values).flatMap(([key, value]) =>
    ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].map(path => [`${path}.${key}`, value] as const),
  );
  return {
    name,
    module: 'k8s.io/kubernetes',
    version,
    programs,
    stamps: Object.fromEntries(stamps),
    staging: `v0.${minor}.${patch}`,
  };
};

export const kubernetesRecipe = (version: string): GoRecipe =>
  kubernetesModule(version, kubernetesPrograms, 'kubernetes');

/** Not part of a cluster of ours: the lab compares with one that kubeadm makes. */
export const kubeadmRecipe = (version: string): GoRecipe =>
  kubernetesModule(version, [{ name: 'kubeadm', path: 'k8s.io/kubernetes/cmd/kubeadm', seconds: 40 }], 'kubeadm');

const etcdRecipes = (version: string): readonly GoRecipe[] => [
  program('etcd', 'go.etcd.io/etcd/server/v3', version, 20),
  program('etcdctl', 'go.etcd.io/etcd/etcdctl/v3', version, 10),
  program('etcdutl', 'go.etcd.io/etcd/etcdutl/v3', version, 10),
];

const program = (name: string, module: string, version: string, seconds: number): GoRecipe => ({
  name,
  module,
  version,
  programs: [{ name, path: module, seconds }],
  stamps: {},
});

const containerdRecipe = (version: string): GoRecipe => {
  const module = 'github.com/containerd/containerd/v2';
  const at = (name: string, seconds: number): GoProgram => ({ name, path: `${module}/cmd/${name}`, seconds });
  return {
    name: 'containerd',
    module,
    version,
    programs: [at('containerd', 40), at('containerd-shim-runc-v2', 8), at('ctr', 10)],
    tags: ['no_btrfs'],
    stamps: { [`${module}/version.Version`]: `v${version}` },
  };
};

const pluginsRecipe = (version: string): GoRecipe => {
  const module = 'github.com/containernetworking/plugins';
  const at = (folder: string, name: string): GoProgram => ({
    name,
    path: `${module}/plugins/${folder}/${name}`,
    seconds: 2,
  });
  return {
    name: 'cni-plugins',
    module,
    version,
    programs: [at('main', 'bridge'), at('main', 'loopback'), at('ipam', 'host-local'), at('meta', 'portmap')],
    stamps: { [`${module}/pkg/utils/buildversion.BuildVersion`]: `v${version}` },
  };
};

const crictlRecipe = (version: string): GoRecipe => ({
  name: 'cri-tools',
  module: 'sigs.k8s.io/cri-tools',
  version,
  programs: [{ name: 'crictl', path: 'sigs.k8s.io/cri-tools/cmd/crictl', seconds: 20 }],
  stamps: { 'sigs.k8s.io/cri-tools/pkg/version.Version': version },
});

const corednsRecipe = (version: string): GoRecipe => program('coredns', 'github.com/coredns/coredns', version, 130);

const metricsRecipe = (version: string): GoRecipe => ({
  ...program('metrics-server', 'sigs.k8s.io/metrics-server', version, 110),
  programs: [{ name: 'metrics-server', path: 'sigs.k8s.io/metrics-server/cmd/metrics-server', seconds: 110 }],
  stamps: { 'k8s.io/client-go/pkg/version.gitVersion': `v${version}` },
});

/** Older releases of metrics-server are not served as modules. */
const servedMetrics: readonly string[] = ['0.8.0', '0.9.0'];

/** The oldest minor that is served as a module and builds with a Go of today. */
export const oldestGoMinor = 30;

/** CoreDNS of the minors below 1.37 is not served any more: the oldest that is reads their Corefile all the same. */
const served = (coredns: string): string => (coredns === '1.14.6' ? coredns : '1.14.3');

/**
 * All that a cluster of this version is built of. Precondition: the catalog knows the version, and it is 1.30 or newer.
 */
export const recipesFor = (kubernetes: string, runtime: RuntimeVersions = {}): readonly GoRecipe[] => {
  const known = release(kubernetes);
  if (!known || minorOf(kubernetes) < oldestGoMinor)
    throw new Error(`nothing of ${kubernetes} is built from Go modules`);
  const etcd = etcdLine(known.etcd.version)?.newest ?? known.etcd.version;
  const metrics = metricsServerFor(kubernetes)?.version ?? '';
  return [
    kubernetesRecipe(kubernetes),
    ...etcdRecipes(etcd),
    containerdRecipe(runtime.containerd ?? '2.4.2'),
    pluginsRecipe('1.10.0'),
    crictlRecipe('1.37.0'),
    corednsRecipe(served(known.coredns.version)),
    ...(servedMetrics.includes(metrics) ? [metricsRecipe(metrics)] : []),
  ];
};

export const secondsOf = (recipes: readonly GoRecipe[]): number =>
  recipes.flatMap(one => one.programs).reduce((sum, one) => sum + one.seconds, 0);
