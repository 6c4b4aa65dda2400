import type { Content } from '../model/content.js';
import { reveal } from '../model/content.js';
import type { Resource, ResourceId, Stage } from '../model/resource.js';
import { clusterHost, idOf } from '../model/resource.js';
import type { ServiceWant, WantedKind, Wants } from '../resources/wants.js';
import type { HostContext } from './input.js';
import { units } from './render/paths.js';

export type Wanted = { readonly [K in WantedKind]: Resource<K, Wants[K]> }[WantedKind];

export interface Reason {
  readonly stage: Stage;
  readonly because: string;
  readonly after?: readonly ResourceId[];
}

/** One resource, typed by its kind. */
export const want = <K extends WantedKind>(
  kind: K,
  host: string,
  key: string,
  wanted: Wants[K],
  reason: Reason,
): Resource<K, Wants[K]> => ({
  kind,
  host,
  key,
  want: wanted,
  stage: reason.stage,
  because: reason.because,
  after: reason.after ?? [],
});

/**
 * A file with its digest; the digest of a file with secrets is known without the file being shown. Units are root's
 * alone: they stand where the CIS benchmark asks for the manifests of static pods.
 */
export function file(
  context: Pick<HostContext, 'host' | 'reveal' | 'sha256'>,
  path: string,
  content: Content | string,
  reason: Reason & { readonly mode?: number },
): Resource<'file', Wants['file']> {
  const parts: Content = typeof content === 'string' ? [content] : content;
  const sha256 = context.sha256(reveal(parts, context.reveal));
  return want(
    'file',
    context.host.name,
    path,
    { content: parts, sha256, mode: reason.mode ?? (path.startsWith(`${units}/`) ? 0o600 : 0o644) },
    reason,
  );
}

/**
 * A unit that comes after every resource of `parts` whose file it reads, so that nothing it reads is written behind
 * its back; whatever else must be there first stands in `reason.after`.
 */
export function service(
  context: Pick<HostContext, 'host'>,
  unit: string,
  wanted: Omit<ServiceWant, 'running' | 'atBoot'>,
  reason: Reason,
  parts: readonly Resource[],
): Resource<'service', Wants['service']> {
  const reads = new Set(wanted.reads);
  const written = parts.filter(part => reads.has(part.key) || isKeyOf(part, reads)).map(idOf);
  return want(
    'service',
    context.host.name,
    unit,
    { running: true, atBoot: true, ...wanted },
    { ...reason, after: [...written, ...(reason.after ?? [])] },
  );
}

const isKeyOf = (part: Resource, reads: ReadonlySet<string>): boolean =>
  part.kind === 'certificate' && reads.has((part.want as Wants['certificate']).keyPath);

/** Something of the whole cluster, reached through the API. */
export const object = (
  path: string,
  body: Wants['object']['body'],
  reason: Reason,
  exact: readonly string[] = [],
): Resource<'object', Wants['object']> => want('object', clusterHost, path, { body, exact, create: true }, reason);
