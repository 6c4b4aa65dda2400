/** What Helm remembers of the releases that are deployed: the API versions of their manifests. */
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { list, metadata } from './list.js';

export interface HelmRelease {
  readonly name: string;
  readonly namespace: string;
  /** `policy/v1beta1 PodSecurityPolicy web`. undefined: the record could not be read. */
  readonly objects?: readonly { readonly apiVersion: string; readonly kind: string; readonly name: string }[];
}

const path = `/api/v1/secrets?labelSelector=${encodeURIComponent('owner=helm,status=deployed')}`;
/** A record is at most 1 MiB in etcd; what it unpacks to is bounded against bombs. */
const mostBytes = 32 * 1024 * 1024;

export const helmReleases = list<HelmRelease>('helm-releases', path, item => {
  const { metadata: one, type, data } = shape.parse(item);
  if (type !== 'helm.sh/release.v1') return undefined;
  const head = { name: one.labels?.name ?? one.name, namespace: one.namespace ?? '' };
  const manifest = manifestIn(data?.release);
  return manifest === undefined ? head : { ...head, objects: objectsIn(manifest) };
});

const shape = z.object({
  metadata,
  type: z.string().optional(),
  data: z.object({ release: z.string().optional() }).nullish(),
});

/** base64 of a Secret around Helm's own base64 around gzip around JSON. */
const manifestIn = (release: string | undefined): string | undefined => {
  if (release === undefined) return undefined;
  try {
    const packed = Buffer.from(Buffer.from(release, 'base64').toString(), 'base64');
    const text = gunzipSync(packed, { maxOutputLength: mostBytes }).toString();
    const parsed = z.object({ manifest: z.string() }).safeParse(JSON.parse(text));
    return parsed.data?.manifest;
  } catch {
    return undefined;
  }
};

/** Line by line: a manifest may hold what no YAML reader likes, and nothing but three fields is wanted. */
const objectsIn = (manifest: string): NonNullable<HelmRelease['objects']> =>
  manifest.split(/^---.*$/m).flatMap(document => {
    const top = (key: string): string | undefined =>
      new RegExp(`^${key}:[ \\t]*["']?([A-Za-z0-9./-]{1,128})["']?[ \\t]*$`, 'm').exec(document)?.[1];
    const [apiVersion, kind] = [top('apiVersion'), top('kind')];
    const name = /^metadata:[ \t]*\n(?:[ \t]+.*\n)*?[ \t]+name:[ \t]*["']?([A-Za-z0-9.-]{1,253})/m.exec(document)?.[1];
    return apiVersion === undefined || kind === undefined ? [] : [{ apiVersion, kind, name: name ?? '' }];
  });
