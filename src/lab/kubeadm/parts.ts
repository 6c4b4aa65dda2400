/** The shape of what kubeadm's cluster is made of, whatever it comes from. */
import type { Artifact, ArtifactSet, BinaryName, ImageArtifact } from '../../model/artifact.js';

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

/** What the source must have; it is a fault of ours where it has not. */
export const binaryOf = (set: ArtifactSet, name: BinaryName): Artifact => {
  const found = set.binaries[name];
  if (!found) throw new Error(`source ${set.source} gave no ${name}`);
  return found;
};
