/** `kubewizard/v<version>-<arch>.json`: what a mirror says of itself beyond upstream's layout. Optional. */
import { hash } from 'node:crypto';
import { z } from 'zod';
import type { ArtifactSet } from '../../model/artifact.js';
import { failed } from '../failure.js';
import type { Wanted } from '../options.js';
import type { PartVersions } from '../release/parts.js';
import type { Site } from '../release/site.js';

const version = z.string().regex(/^[0-9][0-9A-Za-z.+~-]*$/);
const names = z.array(z.string().regex(/^[a-z0-9][a-z0-9+.-]*$/));

const schema = z.object({
  /** Only the parts that lie in the mirror; the others come from the hosts' packages. */
  parts: z.object({ etcd: version, containerd: version, runc: version, cni: version, crictl: version }).partial(),
  dns: z.enum(['coredns', 'dnsmasq']),
  packages: z.object({ node: names, loadBalancer: names }),
  /** SHA-256 of every file by its path: what a fingerprint of this manifest vouches for. */
  files: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)).optional(),
});

export interface Manifest {
  readonly parts: PartVersions;
  readonly dns: ArtifactSet['dns'];
  readonly packages: ArtifactSet['packages'];
  readonly files?: Readonly<Record<string, string>>;
}

export const manifestPath = (kubernetes: string, arch: string): string => `kubewizard/v${kubernetes}-${arch}.json`;

/** undefined: the mirror has none, and is taken for a plain copy of upstream's sites. */
export async function manifestOf(site: Site, wanted: Wanted): Promise<Manifest | undefined> {
  const path = manifestPath(wanted.kubernetes, wanted.arch);
  const text = await site.text(path);
  if (wanted.mirrorDigest) return fingerprinted(site.where(path), text, wanted.mirrorDigest);
  return text === undefined ? undefined : parsed(site.where(path), text);
}

function fingerprinted(where: string, text: string | undefined, digest: string): Manifest {
  if (text === undefined)
    throw failed(
      'unproven',
      `${where}: not there, and artifacts.mirrorDigest is the fingerprint of that file`,
      'Write the mirror with this kw (kw mirror DIR), which makes the file and prints its fingerprint.',
    );
  const got = `sha256:${hash('sha256', text)}`;
  if (got !== digest)
    throw failed(
      'unproven',
      `${where} is ${got}, artifacts.mirrorDigest says ${digest}; nothing of it was used`,
      'Ask who runs the mirror. If it was written anew (each version of Kubernetes has its own fingerprint), take ' +
        'the one that kw mirror printed there.',
    );
  const manifest = parsed(where, text);
  if (!manifest.files)
    throw failed(
      'unproven',
      `${where} names no digests of its files, so its fingerprint vouches for none of them`,
      'Write the mirror again with this kw (kw mirror DIR), and use the new fingerprint.',
    );
  return manifest;
}

function parsed(where: string, text: string): Manifest {
  const read = schema.safeParse(json(text));
  if (read.success) return read.data as Manifest;
  throw failed(
    'refused',
    `${where} is not a manifest of a mirror: ${z.prettifyError(read.error)}`,
    'Correct it (kw docs artifacts shows one), or remove it if the mirror is a plain copy of upstream.',
  );
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
