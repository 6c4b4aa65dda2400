/** Source `mirror`: a server or folder with upstream's paths, made by hand, by a proxy, or by `writeMirror`. */
import { hash } from 'node:crypto';
import type { ArtifactSet, ImageArtifact, ImageName } from '../../model/artifact.js';
import { WorldFailed } from '../../model/event.js';
import { isPlainHttp } from '../../net/endpoint.js';
import { failed } from '../failure.js';
import { folders, type ResolveOptions, type Wanted } from '../options.js';
import { download } from '../release/download.js';
import { partsFor, type PartVersions } from '../release/parts.js';
import { catalogPins, type Pin, type Pins } from '../release/pins.js';
import { filesAt, releasePackages, type Sites } from '../release/release.js';
import { defaultRetry } from '../release/retry.js';
import type { Site } from '../release/site.js';
import { siteAt } from '../release/site-at.js';
import { recall, remember } from '../store/record.js';
import { refOf } from './image-ref.js';
import { type Manifest, manifestOf } from './manifest.js';

/** Names of archives in `images/`, and what each is for. */
export const imageFiles: Readonly<Record<string, ImageName>> = {
  pause: 'pause',
  dns: 'dns',
  coredns: 'dns',
  probe: 'probe',
  'metrics-server': 'metrics-server',
};

export function mirrorSite(wanted: Wanted, options: ResolveOptions): Site {
  if (!wanted.mirror)
    throw failed(
      'refused',
      'source mirror is wanted, and no mirror is named',
      'Set artifacts.mirror to a URL or a folder.',
    );
  refusePlainHttp(wanted.mirror, wanted.mirrorDigest);
  return siteAt(wanted.mirror, {
    retry: options.retry ?? defaultRetry,
    ...(options.signal ? { signal: options.signal } : {}),
  });
}

function refusePlainHttp(mirror: string, digest: string | undefined): void {
  if (!isPlainHttp(mirror) || digest) return;
  throw failed(
    'unproven',
    `${mirror} is plain http: whoever is on the way can change its files, and their sums with them`,
    'Use https or a folder, or set artifacts.mirrorDigest to the fingerprint that kw mirror printed when it wrote it.',
  );
}

export const mirrorRecord = ({ mirror, mirrorDigest, kubernetes, arch, runtime }: Wanted): string => {
  const which = [mirror, mirrorDigest, runtime?.containerd, runtime?.runc].map(one => one ?? '').join('\n');
  return `mirror-${hash('sha256', which).slice(0, 12)}-${kubernetes}-${arch}`;
};

/** A mirror's owner may change it, so its sums are always read again; what is already here is not fetched again. */
export async function fromMirror(wanted: Wanted, options: ResolveOptions): Promise<ArtifactSet> {
  try {
    const set = await read(wanted, options);
    await remember(mirrorRecord(wanted), options.cache, set);
    return set;
  } catch (error) {
    const known = isAway(error) ? await recall<ArtifactSet>(mirrorRecord(wanted), options.cache) : undefined;
    if (!known) throw error;
    options.progress(`the mirror does not answer (${(error as Error).message}); using what it had before`);
    return known;
  }
}

async function read(wanted: Wanted, options: ResolveOptions): Promise<ArtifactSet> {
  const site = mirrorSite(wanted, options);
  const manifest = await manifestOf(site, wanted);
  const root = (inner: ResolveOptions): Sites => {
    const one = mirrorSite(wanted, inner);
    return { kubernetes: one, github: one };
  };
  const pins = pinsOf(site, wanted, manifest, options);
  const files = await filesAt(root, wanted, partsOf(site, wanted, manifest), options, pins);
  const images: Partial<Record<ImageName, ImageArtifact>> = {};
  for (const [file, use] of Object.entries(imageFiles)) {
    const image = await imageAt(site, file, options, wanted.mirrorDigest ? (manifest?.files ?? {}) : undefined);
    if (image) images[use] ??= image;
  }
  const dns = images.dns ? (/coredns/.test(images.dns.ref) ? 'coredns' : 'dnsmasq') : (manifest?.dns ?? 'coredns');
  return { source: 'mirror', ...files, images, dns, packages: manifest?.packages ?? releasePackages };
}

/** What the cluster file wants of containerd and runc, where the mirror has them as files. */
function partsOf(site: Site, { kubernetes, runtime = {} }: Wanted, manifest: Manifest | undefined): PartVersions {
  if (!manifest) return partsFor(kubernetes, runtime);
  for (const name of ['containerd', 'runc'] as const)
    if (runtime[name] && !manifest.parts[name])
      throw failed(
        'refused',
        `${site.name} holds no ${name}, and the cluster file wants ${name} ${runtime[name]}`,
        `Add it to the mirror, or leave runtime.${name === 'runc' ? 'runc' : 'version'} out: the hosts' packages ` +
          'bring it.',
      );
  return { ...manifest.parts, ...runtime };
}

/** A plain copy of upstream has upstream's digests; what kw wrote has its own, which a fingerprint vouches for. */
function pinsOf(
  site: Site,
  { mirrorDigest }: Wanted,
  manifest: Manifest | undefined,
  { pins = catalogPins }: ResolveOptions,
): Pins {
  if (!manifest) return pins;
  if (!mirrorDigest) return () => undefined;
  return (_program, _version, path) => pinIn(site, manifest.files ?? {}, path);
}

function pinIn(site: Site, files: Readonly<Record<string, string>>, path: string): Pin {
  const sha256 = Object.hasOwn(files, path) ? files[path] : undefined;
  if (sha256) return { sha256, by: 'the manifest of the mirror' };
  throw failed(
    'unproven',
    `the manifest of ${site.name} has no digest of ${path}`,
    'Write the mirror again with this kw (kw mirror DIR), and use the new fingerprint.',
  );
}

/** `files`: what a manifest with a fingerprint says is there; absent: the mirror is asked. */
async function imageAt(
  site: Site,
  name: string,
  options: ResolveOptions,
  files: Readonly<Record<string, string>> | undefined,
): Promise<ImageArtifact | undefined> {
  const published = { path: `images/${name}.tar`, sums: `images/${name}.tar.sha256` };
  const there = files ? Object.hasOwn(files, published.path) : (await site.text(published.sums)) !== undefined;
  if (!there) return undefined;
  const pin = files ? pinIn(site, files, published.path) : undefined;
  const stored = await download(site, published, folders(options.cache).store, options.progress, pin);
  const ref = await refOf(stored.file).catch(() => undefined);
  if (!ref)
    throw failed(
      'refused',
      `${site.where(published.path)} does not say which image it is`,
      'Write it with `ctr images export`, `docker save NAME:TAG` or kw itself.',
    );
  return { name, version: ref.slice(ref.lastIndexOf(':') + 1), ref, ...stored };
}

/** Throws when the mirror does not answer or holds nothing of this version. */
export async function askMirror(wanted: Wanted, options: ResolveOptions): Promise<void> {
  const site = mirrorSite(wanted, options);
  const [manifest, kubelet] = await Promise.all([
    manifestOf(site, wanted),
    site.text(`v${wanted.kubernetes}/bin/linux/${wanted.arch}/kubelet.sha256`),
  ]);
  if (manifest === undefined && kubelet === undefined)
    throw failed(
      'refused',
      `${site.name} holds no Kubernetes ${wanted.kubernetes}`,
      'Mirror this version, or set artifacts.source: release.',
    );
}

const isAway = (error: unknown): boolean =>
  error instanceof WorldFailed && (error.failure.class === 'unreachable' || error.failure.class === 'timeout');
