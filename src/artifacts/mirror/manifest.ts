/** `kubewizard/v<version>-<arch>.json`: what a mirror says of itself beyond upstream's layout. Optional. */
import { z } from 'zod';
import type { ArtifactSet } from '../../model/artifact.js';
import { failed } from '../failure.js';
import { partsFor, type PartVersions } from '../release/parts.js';
import { releasePackages } from '../release/release.js';
import type { Site } from '../release/site.js';

const version = z.string().regex(/^[0-9][0-9A-Za-z.+~-]*$/);
const names = z.array(z.string().regex(/^[a-z0-9][a-z0-9+.-]*$/));

const schema = z.object({
  /** Only the parts that lie in the mirror; the others come from the hosts' packages. */
  parts: z.object({ etcd: version, containerd: version, runc: version, cni: version, crictl: version }).partial(),
  dns: z.enum(['coredns', 'dnsmasq']),
  packages: z.object({ node: names, loadBalancer: names }),
});

export interface Manifest {
  readonly parts: PartVersions;
  readonly dns: ArtifactSet['dns'];
  readonly packages: ArtifactSet['packages'];
}

export const manifestPath = (kubernetes: string, arch: string): string => `kubewizard/v${kubernetes}-${arch}.json`;

/** Without one, the mirror is taken for a plain copy of upstream's sites. */
export async function manifestOf(site: Site, kubernetes: string, arch: string): Promise<Manifest> {
  const path = manifestPath(kubernetes, arch);
  const text = await site.text(path);
  if (text === undefined) return { parts: partsFor(kubernetes), dns: 'coredns', packages: releasePackages };
  const read = schema.safeParse(json(text));
  if (!read.success)
    throw failed(
      'refused',
      `${site.where(path)} is not a manifest of a mirror: ${z.prettifyError(read.error)}`,
      'Correct it (kw docs artifacts shows one), or remove it if the mirror is a plain copy of upstream.',
    );
  return read.data as Manifest;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
