/** The cluster file of a story: read, checked, and its place. */
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { ClusterSpec } from '../model/cluster.js';
import type { Preparation } from '../model/event.js';
import type { Diagnostic } from '../model/diagnostic.js';
import { readCluster } from '../spec/index.js';
import { ownFile, ownFolder } from '../transport/own-place.js';
import { Mistaken, mistaken } from './mistaken.js';

export type Warning = Extract<Preparation, { type: 'warning' }>;

export interface ClusterFile {
  readonly spec: ClusterSpec;
  readonly text: string;
  /** `.kubewizard/NAME` beside the file; of an adopted cluster `.kubewizard/NAME-CA`. */
  readonly dir: string;
  /** Said at the beginning of the story. */
  readonly warnings: readonly Warning[];
}

/**
 * Throws Mistaken with every mistake of the file, WorldFailed (refused) where it, or what is remembered beside it, may
 * be another user's.
 */
export async function readClusterFile(path: string): Promise<ClusterFile> {
  const { shared } = await ownFile(path);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw mistaken(
      'no-cluster-file',
      `${path} cannot be read: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}`,
      'kw init writes one; kw quickstart makes a whole cluster on this machine; -f names another file',
    );
  });
  const checked = readCluster(text, path);
  if (!checked.ok) throw new Mistaken(checked.problems, text);
  const lines = text.split(/\r?\n/);
  const warnings = checked.warnings.map((problem): Warning => {
    const line = problem.at && lines[problem.at.line - 1];
    return { type: 'warning', problem, ...(line === undefined ? {} : { line }) };
  });
  const dir = join(dirname(resolve(path)), '.kubewizard', folderOf(checked.value));
  await ownFolder(dir);
  return {
    spec: checked.value,
    text,
    dir,
    warnings: shared ? [{ type: 'warning', problem: sharedWith(path) }, ...warnings] : warnings,
  };
}

const sharedWith = (path: string): Diagnostic => ({
  code: 'shared-cluster-file',
  severity: 'warning',
  says: `a group may write ${path} or its folder: whoever is in it decides what kw does as root on the hosts`,
  help: `if that is not meant: chmod g-w ${path} ${dirname(path)}`,
});

/**
 * What is remembered of a cluster of others lies beside, under its CA: its file that lost its mark finds a folder that
 * knows nothing of these hosts, and is refused as any other cluster's. `kw heal --hosts` keeps its keys there too.
 */
export const folderOf = ({ name, adopted }: Pick<ClusterSpec, 'name' | 'adopted'>): string =>
  adopted ? `${name}-${adopted.ca.slice(0, 12)}` : name;
