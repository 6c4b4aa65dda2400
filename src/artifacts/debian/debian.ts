/**
 * Source `debian`: Debian's packages, and Kubernetes built from Debian's source package. Needs no site but a Debian
 * mirror.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArtifactSet, ImageArtifact } from '../../model/artifact.js';
import { debianVersion, release } from '../../catalog/index.js';
import { failed } from '../failure.js';
import { makeImage } from '../image/archive.js';
import { dnsImage, dnsPackages, pauseImage, probeImage, probePackages, recipesDigest } from '../image/recipes.js';
import { folders, type ResolveOptions, type Wanted } from '../options.js';
import { lock } from '../store/lock.js';
import { once, remember } from '../store/record.js';
import { type Apt, openApt, unpackPackages, upstreamVersion } from './apt.js';
import { collect } from './collect.js';
import { refuseRuntime } from '../wishes.js';
import { buildKubernetes, builtBinaries } from './kubernetes.js';

/** What hosts install themselves; their package manager keeps it patched. */
export const hostPackages: ArtifactSet['packages'] = {
  node: [
    'containerd',
    'runc',
    'containernetworking-plugins',
    'conntrack',
    'socat',
    'iptables',
    'ebtables',
    'ethtool',
    'iproute2',
  ],
  loadBalancer: ['haproxy', 'keepalived'],
};

export function refuseOtherVersions(wanted: Wanted): void {
  refuseRuntime(wanted, 'debian');
  if (wanted.kubernetes !== debianVersion) {
    throw failed(
      'refused',
      `source debian has Kubernetes ${debianVersion} only, and ${wanted.kubernetes} is wanted`,
      `Set kubernetes: ${debianVersion}, or artifacts.source: release or mirror.`,
    );
  }
}

export const debianRecord = ({ kubernetes, arch }: Wanted): string => `debian-${kubernetes}-${arch}-${recipesDigest}`;

export async function fromDebian(wanted: Wanted, options: ResolveOptions): Promise<ArtifactSet> {
  refuseOtherVersions(wanted);
  return once(debianRecord(wanted), options, () => make(wanted, options));
}

async function make(wanted: Wanted, options: ResolveOptions): Promise<ArtifactSet> {
  const kubernetes = await kubernetesBinaries(options);
  const rest = await once(`debian-packages-${wanted.arch}-${recipesDigest}`, options, () =>
    withApt('packages', options, apt => packagedParts(apt, options)),
  );
  const pause = await once(`debian-pause-${debianVersion}`, options, () =>
    makeImage(
      pauseImage(release(debianVersion)?.pauseImage ?? '', debianVersion, kubernetes.pause.file),
      folders(options.cache).store,
      folders(options.cache).builds,
    ),
  );
  const { pause: _program, ...binaries } = kubernetes;
  return {
    source: 'debian',
    dns: 'dnsmasq',
    packages: hostPackages,
    cniPlugins: {},
    binaries: { ...binaries, etcd: rest.etcd, etcdctl: rest.etcdctl },
    images: { pause, dns: rest.dns, probe: rest.probe },
  };
}

/** The image of `kw verify`, whatever else comes from elsewhere. */
export const debianProbe = async (wanted: Wanted, options: ResolveOptions): Promise<ImageArtifact> =>
  once(`debian-probe-${wanted.arch}-${recipesDigest}`, options, () =>
    withApt('probe', options, async apt => {
      const { store, builds } = folders(options.cache);
      const tree = join(apt.folder, 'tree');
      options.progress('fetching the programs of the image probe from Debian');
      await unpackPackages(apt, probePackages, tree);
      return makeImage(await probeImage(tree, await upstreamVersion(apt, 'curl')), store, builds);
    }),
  );

export const builtNames = [...builtBinaries, 'pause'] as const;
export const buildRecord = `debian-kubernetes-${debianVersion}`;

/** Where the lab looks for kubeadm before it builds one. */
export const kubeadmRecord = `debian-kubeadm-${debianVersion}`;

/** The one slow part (minutes): recorded apart, so that nothing else makes it run again. */
const kubernetesBinaries = (options: ResolveOptions) =>
  once(buildRecord, options, () =>
    withApt('kubernetes', options, async apt => {
      const folder = join(folders(options.cache).builds, `kubernetes-${debianVersion}-source`);
      const clock = told(
        `building Kubernetes ${debianVersion} from Debian's source (about 7 minutes on 2 cores)`,
        options,
      );
      try {
        // kubeadm costs seconds here and minutes by itself: the lab compares with a cluster of its making.
        const output = await buildKubernetes({
          folder,
          apt,
          programs: [...builtBinaries, 'kubeadm'],
          progress: clock.says,
        });
        clock.says('storing what was built');
        const { kubeadm } = await collect(output, ['kubeadm'], debianVersion, folders(options.cache).store);
        await remember(kubeadmRecord, options.cache, kubeadm);
        const built = await collect(output, builtNames, debianVersion, folders(options.cache).store);
        await rm(folder, { recursive: true, force: true });
        return built;
      } finally {
        clock.stop();
      }
    }),
  );

async function packagedParts(apt: Apt, options: ResolveOptions) {
  const { store, builds } = folders(options.cache);
  options.progress("fetching etcd and the images' programs from Debian");
  const tree = join(apt.folder, 'tree');
  await unpackPackages(apt, [...new Set(['etcd-server', 'etcd-client', ...dnsPackages, ...probePackages])], tree);
  const { etcd, etcdctl } = await collect(
    join(tree, 'usr/bin'),
    ['etcd', 'etcdctl'],
    await upstreamVersion(apt, 'etcd-server'),
    store,
  );
  options.progress('making the images dns and probe');
  const dns = await makeImage(await dnsImage(tree, await upstreamVersion(apt, 'dnsmasq-base')), store, builds);
  const probe = await makeImage(await probeImage(tree, await upstreamVersion(apt, 'curl')), store, builds);
  return { etcd, etcdctl, dns, probe };
}

/** A private apt for one piece of work; its log stays only when the work fails. */
async function withApt<T>(name: string, options: ResolveOptions, work: (apt: Apt) => Promise<T>): Promise<T> {
  const { builds, locks } = folders(options.cache);
  const folder = join(builds, `${name}-apt`);
  const log = join(builds, `${name}.log`);
  // A killed kw leaves its compiler running: it may end first what it has begun, then the build is resumed.
  const orphans = `${name}-running`;
  (
    await lock(
      locks,
      orphans,
      () => options.progress('waiting for what an interrupted kw has left running'),
      options.signal,
    )
  ).release();
  await rm(folder, { recursive: true, force: true });
  await rm(log, { force: true });
  await mkdir(builds, { recursive: true });
  try {
    const made = await work(await openApt(folder, log, options.signal, join(locks, orphans)));
    await rm(log, { force: true });
    return made;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const everyMs = 10_000;

/** Says the last thing again with the time that it has taken, for a person who waits. */
function told(first: string, { progress }: ResolveOptions) {
  const started = Date.now();
  let last = first;
  progress(first);
  const timer = setInterval(() => progress(`${last} (${Math.round((Date.now() - started) / 1000)} s)`), everyMs);
  return {
    says: (now: string) => {
      last = now;
      progress(now);
    },
    stop: () => clearInterval(timer),
  };
}
