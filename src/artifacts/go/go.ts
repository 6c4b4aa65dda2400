/**
 * Source `go`: everything built from upstream's own Go modules, where a Go toolchain and a module proxy are at hand.
 */
import { access, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { metricsServerImage, minorOf, release } from '../../catalog/index.js';
import type { Artifact, ArtifactSet, BinaryName, ImageArtifact } from '../../model/artifact.js';
import { run } from '../command.js';
import { debianProbe } from '../debian/debian.js';
import { failed } from '../failure.js';
import { makeImage } from '../image/archive.js';
import { corednsImage, metricsImage, pauseImage } from '../image/recipes.js';
import { folders, type ResolveOptions, type Wanted } from '../options.js';
import { pluginNames } from '../release/parts.js';
import { once, recall } from '../store/record.js';
import { storeFile } from '../store/store.js';
import { refuseRuntime } from '../wishes.js';
import { fetchAhead } from './ahead.js';
import { built, type Built, goRecord, type Pace } from './build.js';
import { type GoRecipe, oldestGoMinor, recipesFor, secondsOf } from './recipes.js';
import { downloadModule, goVersion, moduleIsServed } from './toolchain.js';

export const goSetRecord = ({ kubernetes, arch, runtime }: Wanted): string =>
  `go-${kubernetes}-${arch}-3${runtime?.containerd ? `-containerd${runtime.containerd}` : ''}`;

/** Throws WorldFailed with the reason where this machine cannot build the version. */
export async function askGo(wanted: Wanted, options: ResolveOptions): Promise<void> {
  refuseOldMinors(wanted);
  refuseRuntime(wanted, 'go');
  await goVersion();
  await moduleIsServed('k8s.io/kubernetes', wanted.kubernetes, options.signal);
}

function refuseOldMinors({ kubernetes }: Wanted): void {
  if (release(kubernetes) && minorOf(kubernetes) >= oldestGoMinor) return;
  throw failed(
    'refused',
    `source go builds Kubernetes 1.${oldestGoMinor} and newer, and ${kubernetes} is wanted`,
    'Choose a newer version, or artifacts.source: release, mirror or debian.',
  );
}

export const fromGo = (wanted: Wanted, options: ResolveOptions): Promise<ArtifactSet> =>
  once(goSetRecord(wanted), options, async () => {
    await askGo(wanted, options);
    const left = await notBuiltYet(wanted, options.cache);
    tellEstimate(left, options);
    const ahead = fetchAhead(left.slice(1), options);
    try {
      const programs: Record<string, Artifact> = {};
      const pace: Pace = { expected: 0, took: 0 };
      for (const recipe of recipesFor(wanted.kubernetes, wanted.runtime))
        Object.assign(programs, await built(recipe, options, pace));
      return await setOf(wanted, programs, options);
    } finally {
      await ahead.stop();
    }
  });

async function notBuiltYet({ kubernetes, runtime }: Wanted, cache: string): Promise<readonly GoRecipe[]> {
  const left = [];
  for (const recipe of recipesFor(kubernetes, runtime))
    if ((await recall<Built>(goRecord(recipe), cache)) === undefined) left.push(recipe);
  return left;
}

function tellEstimate(left: readonly GoRecipe[], options: ResolveOptions): void {
  if (left.length === 0) return;
  const minutes = Math.max(1, Math.round(secondsOf(left) / 60));
  options.progress(
    `building ${left.map(one => `${one.name} ${one.version}`).join(', ')} from Go modules (about ${minutes} min ` +
      'on 2 cores, once)',
  );
}

const binaryNames: readonly BinaryName[] = [
  'etcd',
  'etcdctl',
  'etcdutl',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'kubectl',
  'containerd',
  'containerd-shim-runc-v2',
  'ctr',
  'crictl',
];

async function setOf(
  wanted: Wanted,
  programs: Readonly<Record<string, Artifact>>,
  options: ResolveOptions,
): Promise<ArtifactSet> {
  const pick = <N extends string>(names: readonly N[]) =>
    Object.fromEntries(names.flatMap(name => (programs[name] ? [[name, programs[name]] as const] : [])));
  return {
    source: 'go',
    dns: 'coredns',
    // runc wants cgo and libseccomp: it is Debian's, as all that has no Go module is.
    packages: {
      node: ['runc', 'conntrack', 'socat', 'iptables', 'ebtables', 'ethtool', 'iproute2'],
      loadBalancer: ['haproxy', 'keepalived'],
    },
    binaries: pick(binaryNames),
    cniPlugins: pick(pluginNames),
    images: await imagesOf(wanted, programs, options),
  };
}

async function imagesOf(
  wanted: Wanted,
  { coredns, 'metrics-server': metrics }: Readonly<Record<string, Artifact>>,
  options: ResolveOptions,
): Promise<ArtifactSet['images']> {
  const { store, builds } = folders(options.cache);
  const known = release(wanted.kubernetes);
  if (!known || !coredns) throw new Error(`the catalog lost ${wanted.kubernetes}`);
  return {
    pause: await pause(wanted, known.pauseImage, options),
    // Named as its contents are: the version that was built may be newer than the one that kubeadm names.
    dns: await makeImage(
      corednsImage(`registry.k8s.io/coredns/coredns:v${coredns.version}`, coredns.version, coredns.file),
      store,
      builds,
    ),
    probe: await debianProbe(wanted, options),
    ...(metrics
      ? {
          'metrics-server': await makeImage(
            metricsImage(metricsServerImage(metrics.version), metrics.version, metrics.file),
            store,
            builds,
          ),
        }
      : {}),
  };
}

/** Kubernetes' own pause program, in C: it needs gcc, which is a package. */
const pause = ({ kubernetes }: Wanted, ref: string, options: ResolveOptions): Promise<ImageArtifact> =>
  once(`go-pause-${kubernetes}`, options, async () => {
    const { builds, store } = folders(options.cache);
    const folder = join(builds, `pause-${kubernetes}`);
    await mkdir(folder, { recursive: true });
    const { folder: source } = await downloadModule('k8s.io/kubernetes', kubernetes, options.signal);
    await compilerFor(`${folder}.log`, options);
    const program = join(folder, 'pause');
    await run({
      argv: [
        'gcc',
        '-Os',
        '-Wall',
        '-static',
        `-DVERSION=v${ref.split(':')[1]}`,
        '-o',
        program,
        join(source, 'build/pause/linux/pause.c'),
      ],
      says: 'build the pause program',
      help: 'Install gcc and libc6-dev on this machine (apt-get install gcc libc6-dev).',
      log: `${folder}.log`,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    const { file } = await storeFile(store, program);
    const image = await makeImage(pauseImage(ref, kubernetes, file), store, builds);
    await Promise.all([rm(folder, { recursive: true, force: true }), rm(`${folder}.log`, { force: true })]);
    return image;
  });

/** A bare machine gets it from its own packages, as source `debian` does. */
async function compilerFor(log: string, { progress, signal }: ResolveOptions): Promise<void> {
  const there = await access('/usr/bin/gcc').then(
    () => true,
    () => false,
  );
  if (there || process.getuid?.() !== 0) return;
  progress('installing gcc, libc6-dev');
  const how = { log, help: 'Correct what the log names, then run the command again.', ...(signal ? { signal } : {}) };
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run({ argv: ['apt-get', '-q', 'update'], says: "read this machine's package lists", env, ...how });
  const install = ['-o', 'DPkg::Lock::Timeout=300', '-q', '-y', '--no-install-recommends', 'install'];
  const argv = ['apt-get', ...install, 'gcc', 'libc6-dev'] as const;
  await run({ argv, says: 'install gcc and libc6-dev', env, ...how });
}
