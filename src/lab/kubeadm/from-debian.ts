/** kubeadm and its cluster's parts of Debian's source package: where no Go builds a newer minor. */
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
import { debianVersion } from '../../catalog/index.js';
import type { Artifact, BinaryName } from '../../model/artifact.js';
import { makeBase } from '../hosts/base.js';
import type { LabWorld } from '../world.js';
import { binaryOf, type KubeadmFiles } from './parts.js';

export const fromDebian = async (world: LabWorld, options: ResolveOptions): Promise<KubeadmFiles> => {
  const set = await resolveArtifacts({ kubernetes: debianVersion, source: 'debian', arch: 'amd64' }, options);
  const kubeadm = await once(`debian-kubeadm-${debianVersion}`, options, () => buildKubeadm(options));
  const base = await makeBase(world);
  const { store, builds } = folders(options.cache);
  const images = await once(`lab-kubeadm-images-${debianVersion}`, options, () =>
    Promise.all(
      staticPods.map(async ([name, tag]) =>
        makeImage(await recipe(name, tag, binaryOf(set, name).file, base), store, builds),
      ),
    ),
  );
  if (!set.images.pause) throw new Error('source debian gave no pause');
  return {
    version: debianVersion,
    kubeadm,
    kubelet: binaryOf(set, 'kubelet'),
    kubectl: binaryOf(set, 'kubectl'),
    runtime: [],
    cniPlugins: [],
    pause: set.images.pause,
    images,
  };
};

/** The references that kubeadm 1.20.2 writes into its manifests. */
const staticPods: readonly (readonly [BinaryName, string])[] = [
  ['kube-apiserver', `v${debianVersion}`],
  ['kube-controller-manager', `v${debianVersion}`],
  ['kube-scheduler', `v${debianVersion}`],
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
  const { kubeadm } = await collect(output, ['kubeadm'], debianVersion, store);
  await rm(folder, { recursive: true, force: true });
  return kubeadm;
};
