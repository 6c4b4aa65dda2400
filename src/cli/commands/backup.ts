import { openBundle } from '../../engine/backup/bundle.js';
import { readClusterFile } from '../../workflow/cluster-file.js';
import { backup, exitOfBackups, listedBackups } from '../../workflow/backup.js';
import type { AccessOptions } from '../access-options.js';
import { colored, telling } from '../ports.js';
import { openingOf, type SealOptions, sealOf } from '../sealing.js';
import { backupsText, tookText } from '../view/backup.js';

interface Common extends AccessOptions {
  readonly file: string;
  readonly json?: boolean;
}

export interface BackupOptions extends Common, SealOptions {
  readonly to?: string;
  readonly yes?: boolean;
}

/** `kw backup`: takes one now, and proves it. */
export async function run({ file, json, to: folder, yes, recipient, passphraseFile, ...access }: BackupOptions) {
  const cluster = await readClusterFile(file);
  const to = folder === undefined ? undefined : { folder, seal: await sealOf({ recipient, passphraseFile }) };
  const took = await telling({ access }, ports => backup(cluster, ports, { to, yes }));
  process.stdout.write(json ? `${JSON.stringify(took, null, 2)}\n` : tookText(took));
  return 0;
}

/** `kw backup list`: 0, 2 one is spoiled or none is proven, 3 not every host of etcd could be asked. */
export async function list({ file, json, prove, ...access }: Common & { readonly prove?: boolean }): Promise<number> {
  const cluster = await readClusterFile(file);
  const all = await telling({ access }, ports => listedBackups(cluster, ports, { prove }));
  process.stdout.write(
    json ? `${JSON.stringify(all, null, 2)}\n` : backupsText(all, colored(1), process.stdout.columns),
  );
  return exitOfBackups(all);
}

/** `kw backup open`: what a sealed backup holds, into a new folder. */
export async function open(options: {
  readonly sealed: string;
  readonly folder: string;
  readonly identity?: string;
  readonly passphraseFile?: string;
}): Promise<number> {
  const names = await openBundle(options.sealed, options.folder, await openingOf(options));
  process.stdout.write(`${names.map(name => `${options.folder}/${name}`).join('\n')}\n`);
  return 0;
}
