import { resolve } from 'node:path';
import { resolveArtifacts, type Wanted, writeMirror } from '../../artifacts/index.js';
import { metricsServerFor } from '../../catalog/index.js';
import type { ArtifactSource } from '../../model/cluster.js';
import { readClusterFile } from '../../workflow/cluster-file.js';
import { cache, wantedOf } from '../ports.js';
import { warningsText } from '../view/diagnostics.js';

export interface MirrorOptions {
  readonly file: string;
  readonly dir: string;
  readonly kubernetes?: string;
  readonly source?: ArtifactSource;
  readonly json?: boolean;
}

/** `kw mirror DIR`: all that a version needs, laid out as `source: mirror` reads it, for a site without internet. */
export async function run({ file, dir, kubernetes, source, json }: MirrorOptions): Promise<number> {
  const say = (says: string): void => {
    process.stderr.write(`${says}\n`);
  };
  const set = await resolveArtifacts(
    kubernetes === undefined
      ? await ofFile(file, source)
      : { kubernetes: kubernetes.replace(/^v/, ''), arch: 'amd64', source: source ?? 'auto' },
    { cache: cache(), progress: say },
  );
  const folder = resolve(dir);
  const written = await writeMirror(set, folder, say);
  const metrics = metricsServerFor(set.binaries.kubelet?.version ?? '') ? (['metrics-server'] as const) : [];
  const lacks = (['pause', 'dns', 'probe', ...metrics] as const).filter(name => !set.images[name]);
  const { source: from, packages } = set;
  const needed = [...new Set([...packages.node, ...packages.loadBalancer])];
  process.stdout.write(
    json
      ? `${JSON.stringify({ folder, ...written, source: from, packages, imagesMissing: lacks }, null, 2)}\n`
      : `wrote ${written.files} files, ${Math.ceil(written.bytes / 2 ** 20)} MiB, to ${folder}
in the cluster file of that site:   artifacts: { source: mirror, mirror: ${dir} }
behind plain http also:             artifacts: { …, mirrorDigest: '${written.digest}' }
the hosts' own packages must come from that site: ${needed.join(', ')}
${lacking(from, lacks)}`,
  );
  return 0;
}

const lacking = (source: ArtifactSource, images: readonly string[]): string => {
  if (images.length === 0) return '';
  const files = images.map(name => `images/${name === 'dns' ? 'coredns' : name}.tar`).join(', ');
  const ships = `source ${source} ships ${images.includes('pause') ? 'no' : 'not all'} images`;
  return `${ships}: put ${files} there (kw docs artifacts), or let the hosts pull them\n`;
};

/**
 * The version and the source of a cluster file; a source that is itself this mirror is for the user to choose
 * otherwise.
 */
async function ofFile(file: string, source: ArtifactSource | undefined): Promise<Wanted> {
  const { spec, text, warnings } = await readClusterFile(file);
  process.stderr.write(warningsText(warnings, text));
  return { ...wantedOf(spec), ...(source === undefined ? {} : { source }) };
}
