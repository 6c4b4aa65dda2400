/** A backup of etcd now, proven by restoring it; and what backups there are. */
import { listBackups, type OnHosts, proveBackup, type TakenBackup, takeBackup } from '../engine/backup/on-hosts.js';
import type { Seal } from '../engine/backup/bundle.js';
import { theirPrograms } from '../engine/backup/their-programs.js';
import { rememberedIdentity } from '../engine/vault/identity.js';
import type { Session } from '../engine/session.js';
import { type Host, withRole } from '../model/cluster.js';
import { WorldFailed } from '../model/event.js';
import { isSpoiled, judgeBackup, type JudgedBackup, type KnownOf, problemText } from '../preflight/backups.js';
import { copyTheirKeys } from './adopted-keys.js';
import { sealed } from './backup/sealed.js';
import { tellLost } from './build/lost.js';
import type { ClusterFile } from './cluster-file.js';
import type { Ports } from './ports.js';
import { artifactsOf, begin, type Story, within } from './story.js';

export interface BackupList {
  readonly cluster: string;
  /** The newest on top. */
  readonly backups: readonly JudgedBackup[];
  readonly missing: readonly { readonly host: string; readonly why: string }[];
}

export interface Took extends TakenBackup {
  readonly cluster: string;
  /** Where all that brings the cluster back lies on the control machine. */
  readonly bundle?: string;
}

export interface BackupOptions {
  /** All that brings the cluster back is brought here too, sealed. */
  readonly to?: { readonly folder: string; readonly seal: Seal } | undefined;
  /** With `to`, of a cluster that others built: its keys are copied without asking. */
  readonly yes?: boolean | undefined;
}

/** Throws WorldFailed: refused where none could be taken, unproven where it was taken and not proven. */
export async function backup(file: ClusterFile, ports: Ports, { to, yes }: BackupOptions = {}): Promise<Took> {
  const story = begin(ports, file.warnings);
  return within(story, file, { ...acts, ...(to ? { keys: 'fetch' } : {}) }, async session => {
    tellLost(session, story.emit);
    if (to) await copyTheirKeys(story, session, yes);
    const taken = await takeBackup(placesOf(story, session), seenMembers(session));
    const { host, path, record } = taken;
    story.emit({ type: 'backup-taken', host, path, record });
    if (record.verdict !== 'proven') throw unproven(taken);
    const bundle = to && (await sealed(story, session, file, taken, to));
    return { cluster: file.spec.name, ...taken, ...(bundle === undefined ? {} : { bundle }) };
  });
}

const acts = { purpose: 'cure', adopted: true } as const;

/** With the programs by which an etcd that others started is asked. */
const placesOf = (story: Story, session: Session): OnHosts =>
  session.spec.adopted
    ? {
        ...onHosts(session),
        programs: theirPrograms({
          connections: session.connections,
          programs: async () => (await artifactsOf(story, session.spec)).binaries,
          tell: (host, says) => story.emit({ type: 'note', host, says: `brought ${says}` }),
        }),
      }
    : onHosts(session);

const unproven = ({ host, path, record }: TakenBackup): WorldFailed =>
  new WorldFailed({
    class: 'unproven',
    host,
    message: `the backup ${path} was taken, and is not proven: ${problemText(record.problem || 'no-count')}`,
    help:
      record.verdict === 'bad'
        ? 'kw doctor looks for a member whose data are damaged; older backups: kw backup list'
        : 'mend that, then kw backup list --prove',
  });

/** @param options.prove Backups that nobody has restored yet are, one after the other. */
export async function listedBackups(
  file: ClusterFile,
  ports: Ports,
  { prove = false }: { readonly prove?: boolean | undefined } = {},
): Promise<BackupList> {
  const story = begin(ports, file.warnings);
  return within(story, file, prove ? acts : { purpose: 'look' }, async session => {
    tellLost(session, story.emit);
    const at = prove ? placesOf(story, session) : onHosts(session);
    const known = await knownOf(session);
    const first = await judgedBackups(session, at, known);
    const open = first.backups.filter(({ state }) => state === 'unproven');
    if (!prove || open.length === 0) return { cluster: file.spec.name, ...first };
    for (const { host, path } of open) {
      story.emit({ type: 'note', host, says: `proving ${path}` });
      const member = seenMembers(session).find(({ name }) => name === host);
      if (member) await proveBackup(at, member, path);
    }
    return { cluster: file.spec.name, ...(await judgedBackups(session, at, known)) };
  });
}

/** By the CA in its file, a cluster that others built is known before anything is remembered of it. */
const knownOf = async ({ dir, spec: { adopted } }: Session): Promise<KnownOf> => {
  const remembered = await rememberedIdentity(dir);
  return adopted ? { ...remembered, authorities: [...remembered.authorities, adopted.ca] } : remembered;
};

/** Of all hosts of etcd that are connected. */
export async function judgedBackups(
  session: Session,
  at: OnHosts,
  known: KnownOf,
): Promise<Pick<BackupList, 'backups' | 'missing'>> {
  const missing = [...session.lost]
    .filter(([name]) => withRole(session.spec, 'etcd').some(host => host.name === name))
    .map(([host, { message }]) => ({ host, why: message }));
  const backups: JudgedBackup[] = [];
  await Promise.all(
    seenMembers(session).map(async host => {
      try {
        backups.push(...(await listBackups(at, host)).map(one => judgeBackup(host.name, one, known)));
      } catch (error) {
        if (!(error instanceof WorldFailed)) throw error;
        missing.push({ host: host.name, why: error.failure.message });
      }
    }),
  );
  return { backups: backups.sort((one, other) => other.written - one.written || before(one, other)), missing };
}

const before = (one: JudgedBackup, other: JudgedBackup): number =>
  `${one.host} ${one.path}` < `${other.host} ${other.path}` ? -1 : 1;

/** 0; 2: one is spoiled, or none is proven; 3: not every host of etcd could be asked. */
export const exitOfBackups = ({ backups, missing }: BackupList): number =>
  backups.some(isSpoiled) ? 2 : missing.length > 0 ? 3 : backups.some(({ state }) => state === 'proven') ? 0 : 2;

export const onHosts = ({ spec, connections }: Pick<Session, 'spec' | 'connections'>): OnHosts => ({
  spec,
  run: async (host, script, timeoutMs = 60_000) => (await connections(host)).run(script, { timeoutMs }),
});

/** Hosts of etcd that are connected. */
export const seenMembers = ({ spec, lost }: Pick<Session, 'spec' | 'lost'>): readonly Host[] =>
  withRole(spec, 'etcd').filter(({ name }) => !lost.has(name));
