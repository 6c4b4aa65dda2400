/** Which backup is restored: never one that is not proven, never another one than a run that was cut off began with. */
import { listBackups, proveBackup } from '../../engine/backup/on-hosts.js';
import type { Session } from '../../engine/session.js';
import type { Running } from '../../facts/restore-member.js';
import type { BackupFile } from '../../model/backup.js';
import type { Host } from '../../model/cluster.js';
import { WorldFailed } from '../../model/event.js';
import {
  backupText,
  isSpoiled,
  judgeBackup,
  type JudgedBackup,
  type KnownOf,
  vouched,
  whoseIs,
} from '../../preflight/backups.js';
import type { Members } from '../../preflight/restore.js';
import { onHosts } from '../backup.js';
import { mistaken } from '../mistaken.js';
import type { Story } from '../story.js';

export interface Choosing {
  readonly named: string | undefined;
  readonly running: Running | undefined;
  /** Who this cluster is; absent: the backup was made here of a member's own data. */
  readonly known?: KnownOf | undefined;
  readonly hosts: readonly Host[];
  readonly members: Members;
}

/** Throws Mistaken for a name that is none, WorldFailed (refused) for one that must not be restored. */
export async function chosen(story: Story, session: Session, choosing: Choosing): Promise<JudgedBackup> {
  const { named, running, hosts, members } = choosing;
  const lists = await listed(story, session, hosts);
  const known = choosing.known && vouched(choosing.known, [...lists.values()].flat());
  const all = [...lists]
    .flatMap(([host, files]) => files.map(file => judgeBackup(host, file, known)))
    .sort((one, other) => other.written - one.written);
  const candidate = running ? resumed(all, running, named) : named === undefined ? newest(all) : byName(all, named);
  const judgedLate = candidate.state === 'other-cluster' && candidate.record?.authorities.length === 0;
  if (!judgedLate && (isSpoiled(candidate) || candidate.state === 'unfinished')) throw refused(candidate);
  const doubt = doubtOf(candidate, known, members.get(candidate.host)?.etcd);
  const host = hosts.find(({ name }) => name === candidate.host);
  if (doubt === undefined || !host) return candidate;
  story.emit({ type: 'note', host: host.name, says: `proving ${candidate.path} first: ${doubt}` });
  const { record } = await proveBackup(onHosts(session), host, candidate.path);
  const again = judgeBackup(host.name, { ...candidate, record }, known);
  if (again.state !== 'proven') throw refused(again);
  if (known && whoseIs(record, known) === 'unknown') throw nobodys(again);
  return again;
}

/** A host whose list cannot be read costs its own backups alone. */
async function listed(
  story: Story,
  session: Session,
  hosts: readonly Host[],
): Promise<ReadonlyMap<string, readonly BackupFile[]>> {
  const lists = new Map<string, readonly BackupFile[]>();
  await Promise.all(
    hosts.map(async host => {
      try {
        lists.set(host.name, await listBackups(onHosts(session), host));
      } catch (error) {
        if (!(error instanceof WorldFailed)) throw error;
        const says = `its backups cannot be listed: ${error.failure.message}`;
        story.emit({ type: 'note', host: host.name, says });
      }
    }),
  );
  return lists;
}

/** Why it is proven now, though it may have been before; undefined: nothing speaks for that. */
const doubtOf = (
  { state, record }: JudgedBackup,
  known: KnownOf | undefined,
  etcd: string | undefined,
): string | undefined => {
  if (state === 'other-cluster') return 'its CA was not looked for';
  if (state !== 'proven' || !record) return 'nobody has restored it yet';
  if (etcd !== undefined && minorOf(etcd) !== minorOf(record.etcd))
    return `it was restored with etcd ${record.etcd}, and etcd here is ${etcd}`;
  return known && whoseIs(record, known) === 'unknown' ? 'whose it is was not looked for' : undefined;
};

const minorOf = (version: string): string => version.split('.').slice(0, 2).join('.');

const newest = (all: readonly JudgedBackup[]): JudgedBackup => {
  const found = all.find(({ state }) => state === 'proven') ?? all.find(({ state }) => state === 'unproven');
  if (found) return found;
  throw new WorldFailed({
    class: 'refused',
    message: 'there is no backup on the hosts of etcd that could be restored',
    help: 'kw backup list says what there is, and what each is worth',
  });
};

const byName = (all: readonly JudgedBackup[], named: string): JudgedBackup => {
  const found = all.find(({ host, path }) => matches(host, path, named));
  if (found) return found;
  throw mistaken('no-backup', `no host of etcd has a backup ${named}`, 'kw backup list shows their names');
};

const resumed = (all: readonly JudgedBackup[], begun: Running, named: string | undefined): JudgedBackup => {
  const same = all.filter(({ sha256 }) => sha256 === begun.sha256);
  const wanted = named === undefined ? same[0] : same.find(({ host, path }) => matches(host, path, named));
  if (wanted) return wanted;
  const [first] = same;
  throw new WorldFailed({
    class: 'refused',
    message: `the restore ${begun.run} of another backup was begun, and did not end`,
    help: first
      ? `end it first: kw restore ${first.host}:${nameOf(first.path)}`
      : `its backup (SHA-256 ${begun.sha256}) is on no host any more: bring it back to one of them, then kw restore`,
  });
};

const matches = (host: string, path: string, named: string): boolean =>
  named === nameOf(path) || named === `${host}:${nameOf(path)}`;

export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

const refused = (backup: JudgedBackup): WorldFailed =>
  new WorldFailed({
    class: 'refused',
    host: backup.host,
    message: `${nameOf(backup.path)} is not restored: ${backupText(backup)}`,
    help: 'kw backup list shows the others',
  });

const nobodys = ({ host, path }: JudgedBackup): WorldFailed =>
  new WorldFailed({
    class: 'refused',
    host,
    message:
      `${nameOf(path)} is not restored: nobody can tell whether it is of this cluster. No UID of kube-system is ` +
      'known here, and no CA can be read in it',
    help:
      'use the control machine that has met this cluster; or write its UID into .kubewizard/NAME/identity.json ' +
      '("uid": "…", as kw backup list --json shows it)',
  });
