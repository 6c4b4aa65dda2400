/** Backups where they lie: taken, proven and listed by the script that the hosts of etcd have as well. */
import { backupCommand, type BackupVerb, usualPlaces } from '../../blueprint/components/etcd-backup-script.js';
import { askMember } from '../../blueprint/restore/ask-member.js';
import { readBackups, readTaken } from '../../facts/backups.js';
import { readRestoreMember } from '../../facts/restore-member.js';
import type { BackupFile, BackupRecord } from '../../model/backup.js';
import type { ClusterSpec, Host } from '../../model/cluster.js';
import { Unreadable } from '../../model/fact.js';
import { WorldFailed } from '../../model/event.js';
import type { HashAt, Salvaged } from '../../preflight/newest-member.js';
import type { Members } from '../../preflight/restore.js';
import type { RunOnHost } from '../heal/backup.js';

export interface OnHosts {
  readonly spec: ClusterSpec;
  readonly run: RunOnHost;
  /** The folder on a host where etcd's programs are, if not where Kubewizard has them. Throws WorldFailed. */
  readonly programs?: (host: Host) => Promise<string>;
}

export interface TakenBackup {
  readonly host: string;
  readonly path: string;
  readonly record: BackupRecord;
}

const minutes = (count: number): number => count * 60_000;

/** The first of `hosts` that can take one does. Throws WorldFailed (refused) where none can, with every reason. */
export async function takeBackup(at: OnHosts, hosts: readonly Host[]): Promise<TakenBackup> {
  const whys: string[] = [];
  for (const host of hosts) {
    try {
      const taken = await asked(at, host, { verb: 'take', by: 'manual' }, minutes(15));
      if (typeof taken !== 'string') return { host: host.name, ...taken };
      whys.push(`${host.name}: ${taken}`);
    } catch (error) {
      whys.push(`${host.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new WorldFailed({
    class: 'refused',
    message: `no host of etcd could take a backup (${whys.join('; ') || 'the file names none'})`,
    help: 'kw status says which members of etcd answer; kw backup list what was taken before',
  });
}

/** Throws WorldFailed (exit) where the host cannot tell. */
export async function proveBackup(at: OnHosts, host: Host, path: string): Promise<TakenBackup> {
  const proven = await asked(at, host, { verb: 'prove', path }, minutes(15));
  if (typeof proven !== 'string') return { host: host.name, ...proven };
  throw new WorldFailed({ class: 'exit', host: host.name, message: `${path} could not be proven: ${proven}` });
}

/** Throws WorldFailed: unreachable, or exit where the host's answer makes no sense. */
export async function listBackups({ spec, run }: OnHosts, host: Host): Promise<readonly BackupFile[]> {
  const { code, stdout, stderr } = await run(host.name, backupCommand({ host, spec }, { verb: 'list' }), minutes(5));
  if (code !== 0) throw new WorldFailed({ class: 'exit', host: host.name, message: stderr.trim() || `exit ${code}` });
  return readable(host, () => readBackups(stdout));
}

/** 3 and 4: it was taken, and its record says why it is not proven. A sentence: it was not. */
async function asked(
  { spec, run, programs }: OnHosts,
  host: Host,
  verb: BackupVerb,
  timeoutMs: number,
): Promise<{ readonly path: string; readonly record: BackupRecord } | string> {
  const at = programs && { at: { ...usualPlaces, bin: await programs(host) } };
  const { code, stdout, stderr } = await run(host.name, backupCommand({ host, spec, ...at }, verb), timeoutMs);
  if (code === 0 || code === 3 || code === 4) return readable(host, () => readTaken(stdout));
  return (stderr.trim() || stdout.trim() || `exit code ${code}`).slice(0, 500);
}

const readable = <T>(host: Host, read: () => T): T => {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    throw new WorldFailed({ class: 'exit', host: host.name, message: error.message });
  }
};

/** Throws WorldFailed where one of them cannot be asked, or makes no sense. */
export async function askMembers({ run }: Pick<OnHosts, 'run'>, hosts: readonly Host[]): Promise<Members> {
  const all = hosts.map(async host => {
    const { stdout } = await run(host.name, askMember(host), 60_000);
    return [host.name, readable(host, () => readRestoreMember(stdout))] as const;
  });
  return new Map(await Promise.all(all));
}

/** undefined: this host has no data of etcd. Throws WorldFailed where what is there cannot be read. */
export async function salvage({ spec, run }: OnHosts, host: Host): Promise<Salvaged | undefined> {
  const verb = backupCommand({ host, spec }, { verb: 'salvage' });
  const { code, stdout, stderr } = await run(host.name, verb, minutes(15));
  if (code === 5) return undefined;
  const [, term, index] = /^raft (\d{1,15}) (\d{1,15})$/m.exec(stdout) ?? [];
  if (code !== 0 || term === undefined || index === undefined)
    throw new WorldFailed({
      class: 'exit',
      host: host.name,
      message: `its data of etcd cannot be read: ${(stderr.trim() || `exit code ${code}`).slice(0, 500)}`,
    });
  const { path, record } = readable(host, () => readTaken(stdout));
  const { revision, keys } = record;
  return { host: host.name, path, term: Number(term), index: Number(index), revision, keys };
}

/** undefined: the host cannot tell. */
export async function hashAt(
  { spec, run }: OnHosts,
  host: Host,
  path: string,
  revision: number,
): Promise<HashAt | undefined> {
  const verb = backupCommand({ host, spec }, { verb: 'hash', path, revision });
  const [, hash, compacted] = /^(\d{1,15}) (-?\d{1,15})$/m.exec((await run(host.name, verb, minutes(2))).stdout) ?? [];
  return hash === undefined || compacted === undefined
    ? undefined
    : { hash: Number(hash), compacted: Number(compacted) };
}
