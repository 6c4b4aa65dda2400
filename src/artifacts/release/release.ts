/** Source `release`: what the projects themselves publish. Also the reader of everything laid out like it. */
import limit from 'p-limit';
import type { Artifact, ArtifactSet, BinaryName } from '../../model/artifact.js';
import { release } from '../../catalog/index.js';
import { folders, type ResolveOptions, upstreamSites, type Wanted } from '../options.js';
import { once } from '../store/record.js';
import { download, fileName, publishedSum } from './download.js';
import { kubernetesBinaries, kubernetesFile, partAt, type PartName, partsFor, type PartVersions } from './parts.js';
import { catalogPins, type Pins } from './pins.js';
import { defaultRetry } from './retry.js';
import type { Site } from './site.js';
import { siteAt } from './site-at.js';
import { unpack } from './unpack.js';

export interface Sites {
  readonly kubernetes: Site;
  readonly github: Site;
}

/** containerd and its friends come as files here, so these are only what they call. */
export const releasePackages: ArtifactSet['packages'] = {
  node: ['conntrack', 'socat', 'iptables', 'ebtables', 'ethtool', 'iproute2'],
  loadBalancer: ['haproxy', 'keepalived'],
};

const parallel = 3;

export function releaseSites(options: ResolveOptions): Sites {
  const urls = options.urls ?? upstreamSites;
  const how = { retry: options.retry ?? defaultRetry, ...(options.signal ? { signal: options.signal } : {}) };
  return { kubernetes: siteAt(urls.kubernetes, how), github: siteAt(urls.github, how) };
}

/**
 * The parts are in its name: a newer kw, or another runtime in the cluster file, must not be answered with old ones.
 */
export const releaseRecord = ({ kubernetes, arch, runtime }: Wanted): string =>
  `release-${kubernetes}-${arch}${release(kubernetes) ? `-${partsInName(partsFor(kubernetes, runtime))}` : ''}`;

export const partsInName = (parts: PartVersions): string =>
  Object.entries(parts)
    .map(([name, version]) => `${name}${version}`)
    .join('-');

export const fromRelease = (wanted: Wanted, options: ResolveOptions): Promise<ArtifactSet> =>
  once(releaseRecord(wanted), options, async () => ({
    source: 'release',
    dns: 'coredns',
    packages: releasePackages,
    images: {},
    ...(await filesAt(releaseSites, wanted, partsFor(wanted.kubernetes, wanted.runtime), options, options.pins)),
  }));

/** Throws when the site does not answer or does not have this version. */
export const ask = (site: Site, wanted: Wanted): Promise<string> =>
  publishedSum(site, kubernetesFile(wanted.kubernetes, wanted.arch, 'kubelet'));

export async function filesAt(
  sitesFor: (options: ResolveOptions) => Sites,
  wanted: Wanted,
  versions: PartVersions,
  given: ResolveOptions,
  pins: Pins = catalogPins,
): Promise<Pick<ArtifactSet, 'binaries' | 'cniPlugins'>> {
  // When one file fails the others must not go on downloading behind the error message.
  const stop = new AbortController();
  const options = { ...given, signal: given.signal ? AbortSignal.any([given.signal, stop.signal]) : stop.signal };
  const sites = sitesFor(options);
  const slots = limit(parallel);
  const parts = (Object.entries(versions) as [PartName, string][]).map(([name, version]) =>
    slots(() => partFiles(sites.github, name, version, wanted, options, pins)),
  );
  const jobs = [slots(() => kubernetesFiles(sites.kubernetes, wanted, options, pins)), ...parts];
  try {
    const fetched = await Promise.all(jobs);
    return {
      binaries: Object.fromEntries(fetched.flatMap(part => part.binaries)) as ArtifactSet['binaries'],
      cniPlugins: Object.fromEntries(fetched.flatMap(part => part.plugins)),
    };
  } catch (error) {
    stop.abort();
    await Promise.allSettled(jobs);
    throw error;
  }
}

interface Fetched {
  readonly binaries: readonly Named[];
  readonly plugins: readonly Named[];
}

async function kubernetesFiles(site: Site, wanted: Wanted, options: ResolveOptions, pins: Pins): Promise<Fetched> {
  const binaries: Named[] = [];
  for (const name of kubernetesBinaries) {
    const published = kubernetesFile(wanted.kubernetes, wanted.arch, name);
    const pin = pins(name, wanted.kubernetes, published.path);
    const stored = await download(site, published, folders(options.cache).store, options.progress, pin);
    binaries.push([name, { name, version: wanted.kubernetes, ...stored }]);
  }
  return { binaries, plugins: [] };
}

type Named = readonly [string, Artifact];

async function partFiles(
  site: Site,
  program: PartName,
  version: string,
  { arch }: Wanted,
  options: ResolveOptions,
  pins: Pins,
): Promise<Fetched> {
  const part = partAt(program, version, arch);
  const { store } = folders(options.cache);
  const pin = pins(program, version, part.published.path);
  const whole = await download(site, part.published, store, options.progress, pin);
  const named = (name: string, file: Pick<Artifact, 'sha256' | 'size' | 'file'>): Named => [
    name,
    { name, version, ...file },
  ];
  if (!part.tarball) return { binaries: Object.keys(part.binaries).map(name => named(name, whole)), plugins: [] };
  const optional = new Set<string | undefined>((part.optional ?? []).map(name => part.binaries[name]));
  const paths = [...Object.values(part.binaries), ...Object.values(part.plugins ?? {})];
  const needed = paths.filter(path => !optional.has(path));
  const members = await once(
    `unpacked-${fileName(part.published.path)}-${whole.sha256.slice(0, 16)}-${paths.length}`,
    options,
    async () =>
      Object.fromEntries(
        await unpack(
          whole.file,
          site.where(part.published.path),
          needed,
          store,
          paths.filter(path => optional.has(path)),
        ),
      ),
  );
  const pick = (names: Readonly<Record<string, string>>) =>
    Object.entries(names).flatMap(([name, path]) => {
      const member = members[path];
      if (!member && !optional.has(path)) throw new Error(`${path} is not in the record of ${part.published.path}`);
      return member ? [named(name, member)] : [];
    });
  return { binaries: pick(part.binaries as Readonly<Record<BinaryName, string>>), plugins: pick(part.plugins ?? {}) };
}
