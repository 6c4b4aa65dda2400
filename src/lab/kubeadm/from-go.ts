/**
 * kubeadm of a current minor, and images of the same binaries under the names that it asks for: a whole cluster as its
 * users have it, with kube-proxy and CoreDNS as pods.
 */
import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { built } from '../../artifacts/go/build.js';
import { kubeadmRecipe } from '../../artifacts/go/recipes.js';
import { type ImageRecipe, makeImage } from '../../artifacts/image/archive.js';
import { withLibraries } from '../../artifacts/image/closure.js';
import type { Node } from '../../artifacts/image/tree.js';
import { folders, type ResolveOptions } from '../../artifacts/options.js';
import { resolveArtifacts } from '../../artifacts/resolve.js';
import { once } from '../../artifacts/store/record.js';
import type { Artifact, ArtifactSet, BinaryName, ImageArtifact } from '../../model/artifact.js';
import { makeBase } from '../hosts/base.js';
import type { LabWorld } from '../world.js';
import { binaryOf, type KubeadmFiles } from './parts.js';

export const fromGo = async (world: LabWorld, version: string, options: ResolveOptions): Promise<KubeadmFiles> => {
  const set = await resolveArtifacts({ kubernetes: version, source: 'go', arch: 'amd64' }, options);
  const { kubeadm } = await built(kubeadmRecipe(version), options);
  const { pause, dns } = set.images;
  if (!kubeadm || !pause || !dns) throw new Error(`source go gave no kubeadm, no pause or no CoreDNS of ${version}`);
  const base = await makeBase(world);
  const made = await once(`lab-kubeadm-images-${version}-1`, options, () => imagesOf(set, kubeadm, base, options));
  return {
    version,
    kubeadm,
    kubelet: binaryOf(set, 'kubelet'),
    kubectl: binaryOf(set, 'kubectl'),
    runtime: [binaryOf(set, 'containerd'), binaryOf(set, 'containerd-shim-runc-v2'), binaryOf(set, 'ctr')],
    cniPlugins: Object.values(set.cniPlugins),
    pause,
    images: made.filter(image => image.name !== 'kube-proxy'),
    addons: { images: [...made.filter(image => image.name === 'kube-proxy'), dns], dnsTag: tagOf(dns.ref) },
  };
};

const tagOf = (ref: string): string => ref.slice(ref.lastIndexOf(':') + 1);

const programs: readonly BinaryName[] = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'etcd',
  'kube-proxy',
];

const imagesOf = async (
  set: ArtifactSet,
  kubeadm: Artifact,
  base: string,
  options: ResolveOptions,
): Promise<readonly ImageArtifact[]> => {
  const { store, builds } = folders(options.cache);
  const refs = await refsOf(kubeadm);
  return Promise.all(
    programs.map(async name => makeImage(await recipe(binaryOf(set, name), refs, base), store, builds)),
  );
};

/** What this kubeadm writes into its manifests: etcd's tag is in no rule. Files of the store are not executable. */
const refsOf = async ({ file, version }: Artifact): Promise<readonly string[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'kw-kubeadm-'));
  try {
    const program = join(folder, 'kubeadm');
    await copyFile(file, program);
    await chmod(program, 0o755);
    const { stdout } = await promisify(execFile)(program, [
      'config',
      'images',
      'list',
      '--kubernetes-version',
      `v${version}`,
    ]);
    return stdout.trim().split('\n');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const recipe = async (program: Artifact, refs: readonly string[], base: string): Promise<ImageRecipe> => {
  const ref = refs.find(one => one.includes(`/${program.name}:`));
  if (ref === undefined) throw new Error(`kubeadm names no image of ${program.name}: ${refs.join(', ')}`);
  // Static pods call their program by its name, and the DaemonSet of kube-proxy by this path.
  const path = `${program.name === 'kube-proxy' ? 'usr/local/bin' : 'usr/bin'}/${program.name}`;
  return {
    name: program.name,
    version: tagOf(ref),
    ref: () => ref,
    entrypoint: [`/${path}`],
    tree: new Map<string, Node>([
      ...(program.name === 'kube-proxy' ? await ruleTools(base) : []),
      [path, { is: 'file', from: program.file, mode: 0o755 }],
    ]),
  };
};

const ruleTools = async (base: string): Promise<ReadonlyMap<string, Node>> => {
  const extensions = 'usr/lib/x86_64-linux-gnu/xtables';
  const names = ['iptables', 'iptables-save', 'iptables-restore', 'ip6tables', 'ip6tables-save', 'ip6tables-restore'];
  return withLibraries(base, [
    ...[...names, 'nft', 'conntrack'].map(name => `usr/sbin/${name}`),
    ...(await readdir(join(base, extensions)))
      .filter(name => name.endsWith('.so'))
      .map(name => `${extensions}/${name}`),
  ]);
};
