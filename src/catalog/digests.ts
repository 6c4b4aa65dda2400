/**
 * SHA-256 of what source `release` downloads, by program and version, for linux/amd64. Written by
 * scripts/pin-releases.ts, which says where they come from.
 */
import kubernetes from './digests/kubernetes.json' with { type: 'json' };
import parts from './digests/parts.json' with { type: 'json' };

const pinned: Readonly<Record<string, Readonly<Record<string, string>>>> = { ...kubernetes, ...parts };

/**
 * Lower-case hexadecimal; undefined: not pinned, and what the publisher puts beside the file decides.
 * @param program A binary of Kubernetes, `etcd`, `containerd`, `runc`, `cni` or `crictl`: the file as it is published.
 * @param version Without a leading v.
 */
export const pinnedDigest = (program: string, version: string): string | undefined => {
  const versions = Object.hasOwn(pinned, program) ? pinned[program] : undefined;
  return versions && Object.hasOwn(versions, version) ? versions[version] : undefined;
};
