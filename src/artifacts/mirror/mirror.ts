/** Source `mirror`: a server or folder with upstream's paths, made by hand, by a proxy, or by `writeMirror`. */
import { createHash } from 'node:crypto';
import type { ArtifactSet, ImageArtifact } from '../../model/artifact.js';
import { WorldFailed } from '../../model/event.js';
import { failed } from '../failure.js';
import { folders, type ResolveOptions, type Wanted } from '../options.js';
import { download } from '../release/download.js';
import { filesAt } from '../release/release.js';
import { defaultRetry } from '../release/retry.js';
import type { Site } from '../release/site.js';
import { siteAt } from '../release/site-at.js';
import { recall, remember } from '../store/record.js';
import { refOf } from './image-ref.js';
import { manifestOf, manifestPath } from './manifest.js';

/** Names of archives in `images/`, and what each is for. */
export const imageFiles = { pause: 'pause', dns: 'dns', coredns: 'dns', probe: 'probe' } as const;

export function mirrorSite(wanted: Wanted, options: ResolveOptions): Site {
  if (!wanted.mirror)
    throw failed(
      'refused',
      'source mirror is wanted, and no mirror is named',
      'Set artifacts.mirror to a URL or a folder.',
    );
  return siteAt(wanted.mirror, {
    retry: options.retry ?? defaultRetry,
    ...(options.signal ? { signal: options.signal } : {}),
  });
}

export const mirrorRecord = ({ mirror, kubernetes, arch }: Wanted): string =>
  `mirror-${createHash('sha256')
    .update(mirror ?? '')
    .digest('hex')
    .slice(0, 12)}-${kubernetes}-${arch}`;

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
  const manifest = await manifestOf(site, wanted.kubernetes, wanted.arch);
  const files = await filesAt(
    inner => {
      const root = mirrorSite(wanted, inner);
      return { kubernetes: root, github: root };
    },
    wanted,
    manifest.parts,
    options,
  );
  const images: Partial<Record<'pause' | 'dns' | 'probe', ImageArtifact>> = {};
  for (const [file, use] of Object.entries(imageFiles)) {
    const image = await imageAt(site, file, options);
    if (image) images[use] ??= image;
  }
  const dns = images.dns ? (/coredns/.test(images.dns.ref) ? 'coredns' : 'dnsmasq') : manifest.dns;
  return { source: 'mirror', ...files, images, dns, packages: manifest.packages };
}

async function imageAt(site: Site, name: string, options: ResolveOptions): Promise<ImageArtifact | undefined> {
  const published = { path: `images/${name}.tar`, sums: `images/${name}.tar.sha256` };
  if ((await site.text(published.sums)) === undefined) return undefined;
  const stored = await download(site, published, folders(options.cache).store, options.progress);
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
    site.text(manifestPath(wanted.kubernetes, wanted.arch)),
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
