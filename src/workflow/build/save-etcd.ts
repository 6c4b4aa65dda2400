/**
 * A snapshot of etcd on the control machine, before a run that its data may not survive: the way back is there then.
 */
import { open, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { backupEtcd, type BackupReason, type RunOnHost } from '../../engine/heal/backup.js';
import { WorldFailed } from '../../model/event.js';
import { sh } from '../../shell/sh.js';

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
}

/** The snapshot's path on the control machine. Throws WorldFailed (refused) where no member can make one. */
export async function saveEtcd({ before, hosts, dir, at, run }: Saving): Promise<string> {
  const name = `etcd-before-${before}-${at.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '')}`;
  const { host, path } = await backupEtcd(hosts, name, run, reasons[before]);
  const folder = join(dir, 'backup');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const target = join(folder, `${name}.db`);
  await fetchTo(target, host, path, run);
  return target;
}

const piece = 8 * 2 ** 20;

/**
 * Through ssh, in pieces: a snapshot is small beside what a host fetches, and no host serves files to the control
 * machine.
 */
async function fetchTo(target: string, host: string, path: string, run: RunOnHost): Promise<void> {
  const file = await open(target, 'wx', 0o600);
  try {
    for (let at = 0; ; at += 1) {
      const { code, stdout, stderr } = await run(
        host,
        sh`dd if=${path} bs=${String(piece)} skip=${String(at)} count=1 2>/dev/null | base64`,
        120_000,
      );
      if (code !== 0)
        throw new WorldFailed({
          class: 'exit',
          host,
          message: `the snapshot ${path} could not be read: ${stderr.trim()}`,
        });
      const bytes = Buffer.from(stdout, 'base64');
      await file.write(bytes);
      if (bytes.length < piece) break;
    }
    await file.sync();
    const { stdout } = await run(host, sh`wc -c <${path}`, 30_000);
    const { size } = await file.stat();
    if (size !== Number(stdout.trim()))
      throw new WorldFailed({
        class: 'exit',
        host,
        message: `the snapshot has ${stdout.trim()} bytes there and ${size} here`,
      });
  } finally {
    await file.close();
  }
}
