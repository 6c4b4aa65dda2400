/**
 * What kubeadm's cluster is made of: the very binaries that Kubewizard installs, kubeadm from the same source, and
 * images made of them.
 */
import type { NewestHere } from '../../artifacts/index.js';
import type { ResolveOptions } from '../../artifacts/options.js';
import type { Artifact, ArtifactSet, BinaryName, ImageArtifact } from '../../model/artifact.js';
import type { LabWorld } from '../world.js';
import { fromDebian } from './from-debian.js';
import { fromGo } from './from-go.js';

export interface KubeadmFiles {
  readonly version: string;
  readonly kubeadm: Artifact;
  readonly kubelet: Artifact;
  readonly kubectl: Artifact;
  /** containerd with its shim and ctr. Empty: Debian's, which the host has. */
  readonly runtime: readonly Artifact[];
  /** Empty: Debian's, which the host has. */
  readonly cniPlugins: readonly Artifact[];
  /** Every host needs it. */
  readonly pause: ImageArtifact;
  /** Static pods of control planes. */
  readonly images: readonly ImageArtifact[];
  /** kube-proxy and CoreDNS, on every host. Absent: their images cannot be had, and the addons are left out. */
  readonly addons?: { readonly images: readonly ImageArtifact[]; readonly dnsTag: string };
}

/** All of it in the cache; the first time kubeadm is compiled, which takes minutes. */
export const kubeadmFiles = async (world: LabWorld, version: NewestHere): Promise<KubeadmFiles> => {
  const options: ResolveOptions = {
    cache: world.cache,
    progress: says => world.progress(says),
    ...(world.signal ? { signal: world.signal } : {}),
  };
  return version.source === 'go' ? fromGo(world, version.kubernetes, options) : fromDebian(world, options);
};

/** What the source must have; it is a fault of ours where it has not. */
export const binaryOf = (set: ArtifactSet, name: BinaryName): Artifact => {
  const found = set.binaries[name];
  if (!found) throw new Error(`source ${set.source} gave no ${name}`);
  return found;
};
