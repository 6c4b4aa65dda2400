/**
 * etcd without its quorum: what every member still holds is read, the newest is found by proof, and becomes the whole
 * cluster's, as a restored backup does.
 */
import { etcdctl } from '../blueprint/components/etcd.js';
import { hashAt, listBackups, salvage } from '../engine/backup/on-hosts.js';
import type { Session } from '../engine/session.js';
import { type Host, withRole } from '../model/cluster.js';
import { WorldFailed } from '../model/event.js';
import { byAge, evidenceText, newestMember, type Pair, type Salvaged } from '../preflight/newest-member.js';
import { judgeBackup, type JudgedBackup } from '../preflight/backups.js';
import { raw, sh } from '../shell/sh.js';
import type { Ended } from './build/execute.js';
import { onHosts } from './backup.js';
import { chosen } from './backup/choose.js';
import type { ClusterFile } from './cluster-file.js';
import { mistaken } from './mistaken.js';
import type { Ports } from './ports.js';
import { type Hosts, type RestoreOptions, restoring } from './restore.js';
import { begin, type Story } from './story.js';

export interface RecoverOptions extends Omit<RestoreOptions, 'backup'> {
  /** The member whose data are taken where nothing proves which is the newest. */
  readonly member?: string | undefined;
}

export async function recover(file: ClusterFile, ports: Ports, options: RecoverOptions = {}): Promise<Ended> {
  const story = begin(ports, file.warnings);
  return restoring(story, file, { ...options, command: 'kw etcd recover' }, (session, running, hosts) =>
    // Begun already, and cut off: it goes on with what was chosen then.
    running
      ? chosen(story, session, { named: undefined, running, uid: undefined })
      : found(story, session, hosts, options),
  );
}

async function found(
  story: Story,
  session: Session,
  { members }: Hosts,
  options: RecoverOptions,
): Promise<JudgedBackup | undefined> {
  await refuseLiving(session, members);
  if (!(await agreed(story, session, members, options))) return undefined;
  const all = await salvaged(story, session, members);
  const chosenOne = await newest(story, session, all, options.member);
  const host = members.find(({ name }) => name === chosenOne.host);
  const list = host ? await listBackups(onHosts(session), host) : [];
  const backup = list.find(({ path }) => path === chosenOne.path);
  if (!host || backup?.record?.verdict !== 'proven')
    throw new WorldFailed({
      class: 'refused',
      host: chosenOne.host,
      message: 'the copy that was made of its data does not restore',
      help: 'the data themselves are untouched. kw backup list shows backups that were proven: kw restore',
    });
  return judgeBackup(host.name, backup, undefined);
}

/** Whoever has a quorum, or can have one by starting what is there, loses nothing by it; this here does. */
async function refuseLiving(session: Session, members: readonly Host[]): Promise<void> {
  const said = await Promise.all(
    members.map(async host => {
      const { stdout } = await onHosts(session).run(
        host.name,
        sh`[ ! -e /var/lib/etcd/member/snap/db ] || echo data
! ${raw(etcdctl({ host }))} get h >/dev/null 2>&1 || echo quorum`,
        30_000,
      );
      return { host: host.name, data: /^data$/m.test(stdout), quorum: /^quorum$/m.test(stdout) };
    }),
  );
  const living = said.filter(({ quorum }) => quorum).map(({ host }) => host);
  if (living.length > 0)
    throw new WorldFailed({
      class: 'refused',
      message: `etcd has its quorum: ${living.join(', ')} answer by way of it`,
      help: 'kw doctor says what else is wrong; members that lack their data: kw heal etcd-cluster-id',
    });
  const [total, holders] = [withRole(session.spec, 'etcd').length, said.filter(({ data }) => data)];
  if (holders.length === 0)
    throw new WorldFailed({
      class: 'refused',
      message: 'no host of etcd that is seen has any of its data',
      help: 'kw restore puts a backup in their place',
    });
  if (holders.length * 2 > total)
    throw new WorldFailed({
      class: 'refused',
      message: `${holders.map(({ host }) => host).join(', ')} have their data, a quorum of ${total}: nothing is lost`,
      help: 'start them: kw heal quorum-lost. If they cannot be started: kw restore',
    });
}

async function agreed(
  { emit, ports }: Story,
  { spec }: Session,
  members: readonly Host[],
  { phrase }: RecoverOptions,
): Promise<boolean> {
  if (phrase === spec.name) return true;
  const says =
    `etcd is stopped on ${members.map(({ name }) => name).join(', ')}, and what each holds is read from a ` +
    'copy. Go on?';
  if (!ports.consent)
    throw mistaken('no-consent', 'this needs consent, and there is no terminal to ask on', `--yes-i-mean ${spec.name}`);
  emit({ type: 'consent-needed', risk: 'downtime', says });
  const answer = (await ports.consent({ risk: 'downtime', says })) === true;
  emit(
    answer ? { type: 'consent-given', risk: 'downtime', by: 'person' } : { type: 'consent-refused', risk: 'downtime' },
  );
  return answer;
}

async function salvaged({ emit }: Story, session: Session, members: readonly Host[]): Promise<readonly Salvaged[]> {
  const all: Salvaged[] = [];
  await Promise.all(
    members.map(async host => {
      const one = await salvage(onHosts(session), host);
      if (one) all.push(one);
      else emit({ type: 'note', host: host.name, says: 'it has no data of etcd' });
    }),
  );
  return byAge(all);
}

/** Every member is compared with the next newer one, at its own revision. */
async function newest(
  { emit }: Story,
  session: Session,
  all: readonly Salvaged[],
  named: string | undefined,
): Promise<Salvaged> {
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
  const verdict = newestMember(all, pairs);
  if (!verdict) throw new WorldFailed({ class: 'refused', message: 'no member has any data', help: 'kw restore' });
  for (const says of evidenceText(all, verdict)) emit({ type: 'note', says });
  const wanted = all.find(({ host }) => host === named);
  if (wanted) return wanted;
  if (verdict.newest) return verdict.newest;
  throw new WorldFailed({
    class: 'refused',
    message: 'which member is to be the cluster cannot be told by proof, and nobody chooses for you',
    help: `name one: kw etcd recover --member ${all.at(-1)?.host ?? ''}. Nothing was changed but that etcd is stopped`,
  });
}
