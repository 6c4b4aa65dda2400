/**
 * What kubeadm's cluster is made of: the very binaries that Kubewizard installs, kubeadm from the same source, and
 * images made of them.
 */
import type { NewestHere } from '../../artifacts/index.js';
import type { ResolveOptions } from '../../artifacts/options.js';
import type { LabWorld } from '../world.js';
import { fromDebian } from './from-debian.js';
import { fromGo } from './from-go.js';
import type { KubeadmFiles } from './parts.js';

/** All of it in the cache; the first time kubeadm is compiled, which takes minutes. */
export const kubeadmFiles = async (world: LabWorld, version: NewestHere): Promise<KubeadmFiles> => {
  const options: ResolveOptions = {
    cache: world.cache,
    progress: says => world.progress(says),
    ...(world.signal ? { signal: world.signal } : {}),
  };
  return version.source === 'go' ? fromGo(world, version.kubernetes, options) : fromDebian(world, options);
};
