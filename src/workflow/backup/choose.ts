/** Which backup is restored: never one that is not proven, never another one than a run that was cut off began with. */
import { restoreRunning } from '../../blueprint/restore/restore.js';
import { listBackups, proveBackup } from '../../engine/backup/on-hosts.js';
import type { Session } from '../../engine/session.js';
import type { Host } from '../../model/cluster.js';
import { WorldFailed } from '../../model/event.js';
import { backupText, isSpoiled, judgeBackup, type JudgedBackup } from '../../preflight/backups.js';
import { sh } from '../../shell/sh.js';
import { onHosts, seenMembers } from '../backup.js';
import { mistaken } from '../mistaken.js';
import type { Story } from '../story.js';

/** A restore that was begun and did not end. */
export interface Running {
  readonly run: string;
  readonly sha256: string;
}

const running = /^(\d{8}T\d{6}Z-[0-9a-f]{12}) ([0-9a-f]{64})$/;

/** As any member has it. Throws WorldFailed (refused) where two have different ones, or one makes no sense. */
export async function runningOn(
  { connections }: Pick<Session, 'connections'>,
  members: readonly Host[],
): Promise<Running | undefined> {
  const found = new Map<string, Running>();
  for (const { name } of members) {
    const { stdout } = await (await connections(name)).run(sh`cat ${restoreRunning} 2>/dev/null || true`, {
      timeoutMs: 30_000,
    });
    if (stdout.trim() === '') continue;
    const [, run, sha256] = running.exec(stdout.trim()) ?? [];
    if (run === undefined || sha256 === undefined)
      throw new WorldFailed({
        class: 'refused',
        host: name,
        message: `${restoreRunning} does not say which restore is under way`,
        help: `look at it; where none is: rm ${restoreRunning}`,
      });
    found.set(run, { run, sha256 });
  }
  if (found.size > 1)
    throw new WorldFailed({
      class: 'refused',
      message: `two restores are under way at once: ${[...found.keys()].join(' and ')}`,
      help: `on each member ${restoreRunning} says which; remove it where that one shall not go on`,
    });
  return [...found.values()][0];
}

export interface Choosing {
  readonly named: string | undefined;
  readonly running: Running | undefined;
  readonly uid: string | undefined;
}

/** Throws Mistaken for a name that is none, WorldFailed (refused) for one that must not be restored. */
export async function chosen(story: Story, session: Session, choosing: Choosing): Promise<JudgedBackup> {
  const { named, running: begun, uid } = choosing;
  const at = onHosts(session);
  const lists = await Promise.all(
    seenMembers(session).map(async host => (await listBackups(at, host)).map(one => judgeBackup(host.name, one, uid))),
  );
  const all = lists.flat().sort((one, other) => other.written - one.written);
  const candidate = begun ? resumed(all, begun, named) : named === undefined ? newest(all) : byName(all, named);
  if (isSpoiled(candidate) || candidate.state === 'unfinished') throw refused(candidate);
  if (candidate.state === 'proven') return candidate;
  story.emit({ type: 'note', host: candidate.host, says: `proving ${candidate.path} first` });
  const host = seenMembers(session).find(({ name }) => name === candidate.host);
  if (!host) throw refused(candidate);
  const { record } = await proveBackup(at, host, candidate.path);
  const again = judgeBackup(host.name, { ...candidate, record }, uid);
  if (again.state !== 'proven') throw refused(again);
  return again;
}

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
  const found = all.find(({ host, path }) => `${host}:${nameOf(path)}` === named || nameOf(path) === named);
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
