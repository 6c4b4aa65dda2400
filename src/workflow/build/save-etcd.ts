/**
 * A snapshot of etcd on the control machine, before a run that its data may not survive: the way back is there then.
 */
import { mkdir, open, readdir, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readPieces } from '../../engine/backup/pieces.js';
import { backupEtcd, type BackupReason, type RunOnHost } from '../../engine/heal/backup.js';
import { WorldFailed } from '../../model/event.js';
import { snapshotDigest } from './snapshot-digest.js';

const reasons: Readonly<Record<'reset' | 'upgrade', BackupReason>> = {
  reset: {
    because: 'all data of the cluster would go',
    help: 'bring a member of etcd back first, or say that the data may go unsaved: --without-backup',
  },
  upgrade: {
    because: 'no older version reads what a newer one has written',
    help: 'bring a member of etcd back first: a version is not changed without a backup',
  },
};

export interface Saving {
  readonly before: keyof typeof reasons;
  /** Hosts of etcd that hold data, in the order in which they are asked. */
  readonly hosts: readonly string[];
  /** `.kubewizard/NAME`. */
  readonly dir: string;
  readonly at: Date;
  readonly run: RunOnHost;
  /** Of an upgrade: the version that comes. */
  readonly to?: string;
}

export interface Saved {
  /** Where it was made; absent: an earlier run of this upgrade made it. */
  readonly host?: string;
  /** On the control machine. */
  readonly path: string;
  /** Hexadecimal: computed over what lies here, and equal to what etcd wrote behind it. */
  readonly sha256: string;
  readonly bytes: number;
}

/** Throws WorldFailed (refused) where no member can make one, and none was made before this upgrade began. */
export async function saveEtcd(saving: Saving): Promise<Saved> {
  const { before, hosts, dir, at, run } = saving;
  const folder = join(dir, 'backup');
  const name = `${prefixOf(saving)}${at.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '')}`;
  const made = await backupEtcd(hosts, name, run, reasons[before]).catch(async (error: unknown) => {
    const earlier = await madeBefore(folder, saving);
    if (earlier) return earlier;
    throw error;
  });
  if (!('host' in made)) return made;
  const { host, path, sha256 } = made;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const target = join(folder, `${name}.db`);
  await fetchTo(target, host, path, run);
  const here = await snapshotDigest(target);
  if (here?.sha256 !== sha256)
    throw new WorldFailed({ class: 'exit', host, message: `${target} is not what ${host} has at ${path}` });
  return { host, path: target, ...here };
}

const prefixOf = ({ before, to }: Saving): string => `etcd-before-${before}-${to === undefined ? '' : `${to}-`}`;

/**
 * The newest whole one of the same upgrade. A run that was cut off may have left etcd stopped, and is to go on.
 */
async function madeBefore(folder: string, saving: Saving): Promise<Saved | undefined> {
  if (saving.to === undefined) return undefined;
  const names = await readdir(folder).catch((): string[] => []);
  for (const name of names.toSorted().toReversed()) {
    if (!name.startsWith(prefixOf(saving))) continue;
    const path = join(folder, name);
    const here = await snapshotDigest(path);
    if (here) return { path, ...here };
  }
  return undefined;
}

/** Of what is free on this machine's disk: a host that sends without end must not fill it. */
const most = 0.9;

async function fetchTo(target: string, host: string, path: string, run: RunOnHost): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(target));
  const file = await open(target, 'wx', 0o600);
  try {
    for await (const bytes of readPieces(host, path, run, most * bavail * bsize)) await file.write(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}
