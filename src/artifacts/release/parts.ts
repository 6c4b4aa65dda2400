/** What upstream publishes where, and which version of it goes with a Kubernetes version. */
import type { BinaryName } from '../../model/artifact.js';
import { compareVersions, containerdFor, release, releases, runcVersion } from '../../catalog/index.js';
import type { RuntimeVersions } from '../options.js';
import { failed } from '../failure.js';
import { fileName, type Published } from './download.js';

export type PartName = 'etcd' | 'containerd' | 'runc' | 'cni' | 'crictl';
/** Versions without a leading v. A part that is missing comes from the hosts' packages. */
export type PartVersions = Readonly<Partial<Record<PartName, string>>>;

export interface Part {
  readonly published: Published;
  /** Binaries by their path inside the tarball; without `tarball` the file itself is the binary. */
  readonly binaries: Readonly<Partial<Record<BinaryName, string>>>;
  readonly plugins?: Readonly<Record<string, string>>;
  /** Of `binaries`: tarballs that an older kw wrote lack them. */
  readonly optional?: readonly BinaryName[];
  readonly tarball: boolean;
}

export const kubernetesBinaries = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'kubectl',
] as const;
export const pluginNames = ['bridge', 'host-local', 'loopback', 'portmap'] as const;

/** `runtime`: what the cluster file says; what it leaves out is the catalog's. */
export function partsFor(kubernetes: string, runtime: RuntimeVersions = {}): Required<PartVersions> {
  const known = release(kubernetes);
  if (!known)
    throw failed(
      'refused',
      `Kubernetes ${kubernetes} is not among the versions this kw knows`,
      `Choose a version from ${releases[0]?.minor} to ${releases.at(-1)?.minor}, or a newer kw.`,
    );
  return {
    etcd: known.etcd.version,
    containerd: runtime.containerd ?? containerdFor(kubernetes),
    runc: runtime.runc ?? runcVersion,
    cni: '1.6.2',
    crictl: '1.31.1',
  };
}

/** Path of a Kubernetes binary on dl.k8s.io. */
export function kubernetesFile(version: string, arch: string, name: string): Published {
  const path = `v${version}/bin/linux/${arch}/${name}`;
  return { path, sums: `${path}.sha256` };
}

/** A file as it is published: what is pinned, downloaded and compared. */
export interface ReleaseFile {
  readonly program: (typeof kubernetesBinaries)[number] | PartName;
  readonly version: string;
  readonly published: Published;
  readonly site: 'kubernetes' | 'github';
}

/** All that source `release` downloads for a version. */
export const filesOf = (kubernetes: string, arch: string, runtime: RuntimeVersions = {}): readonly ReleaseFile[] => [
  ...kubernetesBinaries.map(program => ({
    program,
    version: kubernetes,
    published: kubernetesFile(kubernetes, arch, program),
    site: 'kubernetes' as const,
  })),
  ...(Object.entries(partsFor(kubernetes, runtime)) as [PartName, string][]).map(([program, version]) => ({
    program,
    version,
    published: partAt(program, version, arch).published,
    site: 'github' as const,
  })),
];

/** Where a part lies on github.com. */
export const partAt = (name: PartName, version: string, arch: string): Part => onGithub[name](version, arch);

const released = (project: string, version: string, file: string, sums: string): Published => ({
  path: `${project}/releases/download/v${version}/${file}`,
  sums: `${project}/releases/download/v${version}/${sums}`,
});

const onGithub: Readonly<Record<PartName, (version: string, arch: string) => Part>> = {
  etcd: (version, arch) => {
    const inside = `etcd-v${version}-linux-${arch}`;
    return {
      tarball: true,
      published: released('etcd-io/etcd', version, `${inside}.tar.gz`, 'SHA256SUMS'),
      binaries: {
        etcd: `${inside}/etcd`,
        etcdctl: `${inside}/etcdctl`,
        // Until 3.5 its work is etcdctl's.
        ...(compareVersions(version, '3.5.0') >= 0 ? { etcdutl: `${inside}/etcdutl` } : {}),
      },
      optional: ['etcdutl'],
    };
  },
  containerd: (version, arch) => {
    const file = `containerd-${version}-linux-${arch}.tar.gz`;
    return {
      tarball: true,
      published: released('containerd/containerd', version, file, `${file}.sha256sum`),
      binaries: {
        containerd: 'bin/containerd',
        'containerd-shim-runc-v2': 'bin/containerd-shim-runc-v2',
        ctr: 'bin/ctr',
      },
    };
  },
  runc: (version, arch) => ({
    tarball: false,
    published: released('opencontainers/runc', version, `runc.${arch}`, 'runc.sha256sum'),
    binaries: { runc: fileName(`runc.${arch}`) },
  }),
  cni: (version, arch) => {
    const file = `cni-plugins-linux-${arch}-v${version}.tgz`;
    return {
      tarball: true,
      published: released('containernetworking/plugins', version, file, `${file}.sha256`),
      binaries: {},
      plugins: Object.fromEntries(pluginNames.map(plugin => [plugin, plugin])),
    };
  },
  crictl: (version, arch) => {
    const file = `crictl-v${version}-linux-${arch}.tar.gz`;
    return {
      tarball: true,
      published: released('kubernetes-sigs/cri-tools', version, file, `${file}.sha256`),
      binaries: { crictl: 'crictl' },
    };
  },
};
