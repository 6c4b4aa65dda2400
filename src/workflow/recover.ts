/**
 * etcd without its quorum: what every member still holds is read, the newest is found by proof, and becomes the whole
 * cluster's, as a restored backup does.
 */
import { askMembers, hashAt, listBackups, salvage } from '../engine/backup/on-hosts.js';
import type { Session } from '../engine/session.js';
import type { Host } from '../model/cluster.js';
import { WorldFailed } from '../model/event.js';
import { judgeBackup, type JudgedBackup } from '../preflight/backups.js';
import { byAge, evidenceText, newestMember, type Pair, type Salvaged, unread } from '../preflight/newest-member.js';
import { stopsRecovery } from '../preflight/restore.js';
import { onHosts } from './backup.js';
import type { Choice, RestoreOptions } from './backup/choice.js';
import { chosen } from './backup/choose.js';
import type { Ended } from './build/execute.js';
import type { ClusterFile } from './cluster-file.js';
import { mistaken } from './mistaken.js';
import type { Ports } from './ports.js';
import { refuse, restoring } from './restore.js';
import { begin, type Story } from './story.js';

export interface RecoverOptions extends Omit<RestoreOptions, 'backup'> {
  /** The member whose data are taken where nothing proves which is the newest. */
  readonly member?: string | undefined;
}

export async function recover(file: ClusterFile, ports: Ports, options: RecoverOptions = {}): Promise<Ended> {
  const story = begin(ports, file.warnings);
  return restoring(story, file, options, {
    command: 'kw etcd recover',
    // Begun already, and cut off: it goes on with what was chosen then.
    choose: choice => {
      const { session, running, hosts, members } = choice;
      return running
        ? chosen(story, session, { named: undefined, running, hosts: hosts.members, members })
        : found(story, choice, options);
    },
    // A person may have thought for an hour: what has its quorum again by now is left alone.
    last: async ({ session, running, hosts }) => {
      if (running) return;
      const members = await askMembers(onHosts(session), hosts.members);
      refuse(stopsRecovery(session.spec, members, { named: options.member }));
    },
  });
}

async function found(story: Story, choice: Choice, options: RecoverOptions): Promise<JudgedBackup | undefined> {
  const { session, hosts, members, held } = choice;
  refuse(stopsRecovery(session.spec, members, { named: options.member }));
  const holders = hosts.members.filter(({ name }) => members.get(name)?.data);
  if (!(await agreed(story, session, holders, options))) return undefined;
  held.lock.lost.throwIfAborted();
  const all = await salvaged(story, session, holders, options.member);
  const { host: name, path } = await newest(story, session, all, options.member);
  const host = holders.find(one => one.name === name);
  const backup = host && (await listBackups(onHosts(session), host)).find(one => one.path === path);
  if (!host || backup?.record?.verdict !== 'proven')
    throw new WorldFailed({
      class: 'refused',
      host: name,
      message: 'the copy that was made of its data does not restore. The data themselves are untouched',
      help: 'kw backup list shows backups that were proven: kw restore; or name another member: --member HOST',
    });
  return judgeBackup(host.name, backup, undefined);
}

async function agreed(
  { emit, ports }: Story,
  { spec }: Session,
  holders: readonly Host[],
  { phrase }: RecoverOptions,
): Promise<boolean> {
  const risk = 'downtime';
  if (phrase === spec.name) {
    emit({ type: 'consent-given', risk, by: 'option' });
    return true;
  }
  const names = holders.map(({ name }) => name).join(', ');
  const says = `etcd is stopped on ${names} for as long as its data are copied, and each copy is read. Go on?`;
  if (!ports.consent)
    throw mistaken('no-consent', 'this needs consent, and there is no terminal to ask on', `--yes-i-mean ${spec.name}`);
  emit({ type: 'consent-needed', risk, says });
  const answer = (await ports.consent({ risk, says })) === true;
  emit(answer ? { type: 'consent-given', risk, by: 'person' } : { type: 'consent-refused', risk });
  return answer;
}

/** What each holds. Where one cannot be read, it may be the newest: only a person may go on without it. */
async function salvaged(
  { emit }: Story,
  session: Session,
  holders: readonly Host[],
  named: string | undefined,
): Promise<readonly Salvaged[]> {
  const all: Salvaged[] = [];
  const failures: WorldFailed[] = [];
  await Promise.all(
    holders.map(async host => {
      try {
        const one = await salvage(onHosts(session), host);
        if (one) all.push(one);
      } catch (error) {
        if (!(error instanceof WorldFailed)) throw error;
        failures.push(error);
        emit({ type: 'note', host: host.name, says: error.failure.message });
      }
    }),
  );
  const fatal = failures.find(({ failure }) => named === undefined || failure.host === named);
  if (fatal) throw new WorldFailed(unread(fatal.failure, byAge(all)));
  return byAge(all);
}

/** Every member is compared with the next newer one, at its own revision. */
async function newest(
  { emit }: Story,
  session: Session,
  all: readonly Salvaged[],
  named: string | undefined,
): Promise<Salvaged> {
  const pairs = await pairsOf(session, all);
  const verdict = newestMember(all, pairs);
  if (!verdict)
    throw new WorldFailed({ class: 'refused', message: 'no member has any data', help: 'kw restore takes a backup' });
  for (const says of evidenceText(all, verdict)) emit({ type: 'note', says });
  const wanted = all.find(({ host }) => host === named);
  if (wanted) return wanted;
  if (verdict.newest) return verdict.newest;
  throw new WorldFailed({
    class: 'refused',
    message:
      'which member is to be the cluster cannot be told by proof, and nobody chooses for you. Nothing was changed: ' +
      'what was read are copies, and etcd runs as before',
    help: `name one: kw etcd recover --member ${all.at(-1)?.host ?? ''}`,
  });
}

async function pairsOf(session: Session, all: readonly Salvaged[]): Promise<readonly Pair[]> {
  const at = onHosts(session);
  const ask = async (one: Salvaged, revision: number) => {
    const host = session.spec.hosts.find(({ name }) => name === one.host);
    return host && hashAt(at, host, one.path, revision);
  };
  const pairs: Pair[] = [];
  for (const [index, newer] of all.entries()) {
    const older = all[index - 1];
    if (!older) continue;
    const [olderHash, newerHash] = await Promise.all([ask(older, older.revision), ask(newer, older.revision)]);
    pairs.push({ older, newer, olderHash, newerHash });
  }
  return pairs;
}
