/** A file that hosts need: content-addressed, on the control machine's cache, served over HTTP for the run. */
export interface Artifact {
  /** `kube-apiserver`, `pause` … */
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  /** Where it lies in the control machine's cache. */
  readonly file: string;
}

/** An OCI/docker archive that `ctr images import` takes. */
export interface ImageArtifact extends Artifact {
  /** `registry.k8s.io/pause:3.2`, the name under which it is imported. */
  readonly ref: string;
}

export type BinaryName =
  | 'etcd'
  | 'etcdctl'
  | 'etcdutl'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubelet'
  | 'kube-proxy'
  | 'kubectl'
  | 'containerd'
  | 'containerd-shim-runc-v2'
  | 'ctr'
  | 'runc'
  | 'crictl';

/** pause always; dns: CoreDNS or the dnsmasq image; probe: a small image with sh, httpd and curl, for `kw verify`. */
export type ImageName = 'pause' | 'dns' | 'probe' | 'metrics-server';

/**
 * Everything one cluster of one version needs. What a source does not ship as a file comes as a distribution package.
 */
export interface ArtifactSet {
  readonly source: 'release' | 'mirror' | 'go' | 'debian';
  readonly binaries: Readonly<Partial<Record<BinaryName, Artifact>>>;
  /** CNI plugins by name (`bridge`, `host-local`, `portmap`, `loopback`); empty: they come from a package. */
  readonly cniPlugins: Readonly<Record<string, Artifact>>;
  readonly images: Readonly<Partial<Record<ImageName, ImageArtifact>>>;
  readonly dns: 'coredns' | 'dnsmasq';
  /** Debian packages that each role needs from the host's own package manager. */
  readonly packages: { readonly node: readonly string[]; readonly loadBalancer: readonly string[] };
}
