/** The cluster file of a command: read, checked, and its place. */
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { ClusterSpec } from '../../model/cluster.js';
import { readCluster } from '../../spec/index.js';
import { Mistaken, mistaken } from '../complaint.js';
import { diagnosticsText } from '../view/diagnostics.js';

export interface ClusterFile {
  readonly spec: ClusterSpec;
  readonly text: string;
  /** `.kubewizard/NAME` beside the file. */
  readonly dir: string;
}

/** Throws Mistaken with every mistake of the file; warnings go to stderr. */
export async function readClusterFile(path: string): Promise<ClusterFile> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw mistaken(
      'no-cluster-file',
      `${path} cannot be read: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}`,
      'kw init writes one; kw quickstart makes a whole cluster on this machine; -f names another file',
    );
  });
  const checked = readCluster(text, path);
  if (!checked.ok) throw new Mistaken(checked.problems, text);
  if (checked.warnings.length > 0) process.stderr.write(diagnosticsText(checked.warnings, { source: text }));
  return { spec: checked.value, text, dir: join(dirname(resolve(path)), '.kubewizard', checked.value.name) };
}
