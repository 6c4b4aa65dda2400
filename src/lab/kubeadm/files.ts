/**
 * What kubeadm's cluster is made of: the very binaries that Kubewizard installs, kubeadm from the same source, and
 * images made of them.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openApt } from '../../artifacts/debian/apt.js';
import { collect } from '../../artifacts/debian/collect.js';
import { buildKubernetes } from '../../artifacts/debian/kubernetes.js';
import { type ImageRecipe, makeImage } from '../../artifacts/image/archive.js';
import { withLibraries } from '../../artifacts/image/closure.js';
import type { Node } from '../../artifacts/image/tree.js';
import { folders, type ResolveOptions } from '../../artifacts/options.js';
import { resolveArtifacts } from '../../artifacts/resolve.js';
import { once } from '../../artifacts/store/record.js';
import type { Artifact, BinaryName, ImageArtifact } from '../../model/artifact.js';
import { makeBase } from '../hosts/base.js';
import type { LabWorld } from '../world.js';

export const kubeadmVersion = '1.20.2';

export interface KubeadmFiles {
  readonly kubeadm: Artifact;
  readonly kubelet: Artifact;
  readonly kubectl: Artifact;
  /** Every host needs it. */
  readonly pause: ImageArtifact;
  /** Static pods of control planes. */
  readonly images: readonly ImageArtifact[];
}

/** All of it in the cache; the first time kubeadm is compiled, which takes minutes. */
export const kubeadmFiles = async (world: LabWorld): Promise<KubeadmFiles> => {
  const options: ResolveOptions = {
    cache: world.cache,
    progress: says => world.progress(says),
    ...(world.signal ? { signal: world.signal } : {}),
  };
  const set = await resolveArtifacts({ kubernetes: kubeadmVersion, source: 'debian', arch: 'amd64' }, options);
  const binary = (name: BinaryName): Artifact => set.binaries[name] ?? missing(name);
  const kubeadm = await once(`debian-kubeadm-${kubeadmVersion}`, options, () => buildKubeadm(options));
  const base = await makeBase(world);
  const images = await once(`lab-kubeadm-images-${kubeadmVersion}`, options, () =>
    Promise.all(
      staticPods.map(async ([name, tag]) =>
        makeImage(
          await recipe(name, tag, binary(name).file, base),
          folders(options.cache).store,
          folders(options.cache).builds,
        ),
      ),
    ),
  );
  return {
    kubeadm,
    kubelet: binary('kubelet'),
    kubectl: binary('kubectl'),
    pause: set.images.pause ?? missing('pause'),
    images,
  };
};

/** The references that kubeadm 1.20.2 writes into its manifests. */
const staticPods: readonly (readonly [BinaryName, string])[] = [
  ['kube-apiserver', `v${kubeadmVersion}`],
  ['kube-controller-manager', `v${kubeadmVersion}`],
  ['kube-scheduler', `v${kubeadmVersion}`],
  ['etcd', '3.4.13-0'],
];

/** A scratch image; Debian's etcd is linked with libc, which comes from the lab's own base image. */
const recipe = async (name: BinaryName, tag: string, program: string, base: string): Promise<ImageRecipe> => ({
  name,
  version: tag,
  ref: () => `k8s.gcr.io/${name}:${tag}`,
  entrypoint: [`/usr/bin/${name}`],
  tree: new Map<string, Node>([
    ...(name === 'etcd' ? await withLibraries(base, ['lib/x86_64-linux-gnu/libc.so.6']) : []),
    [`usr/bin/${name}`, { is: 'file', from: program, mode: 0o755 }],
  ]),
});

const buildKubeadm = async (options: ResolveOptions): Promise<Artifact> => {
  const { builds, store } = folders(options.cache);
  const folder = join(builds, 'kubeadm');
  await mkdir(folder, { recursive: true });
  options.progress('building kubeadm from the same source, for comparison only; some minutes');
  const apt = await openApt(join(folder, 'apt'), join(folder, 'log'), options.signal);
  const output = await buildKubernetes({
    folder: join(folder, 'source'),
    apt,
    programs: ['kubeadm'],
    progress: says => options.progress(says),
  });
  const { kubeadm } = await collect(output, ['kubeadm'], kubeadmVersion, store);
  await rm(folder, { recursive: true, force: true });
  return kubeadm;
};

const missing = (name: string): never => {
  throw new Error(`source debian gave no ${name}`);
};
