/** A restore as a plan: drafted, told, agreed to, carried out under the lock that is held, and proven. */
import { bump, keptAt, type Restore, stagedAt, wayBack } from '../../blueprint/restore/paths.js';
import { restored } from '../../blueprint/restore/restore.js';
import { stage } from '../../engine/backup/stage.js';
import type { Held } from '../../engine/run-plan.js';
import type { Session } from '../../engine/session.js';
import { claim, rememberedIdentity } from '../../engine/vault/identity.js';
import type { EventBody } from '../../model/event.js';
import type { Plan } from '../../model/plan.js';
import { idOf, type Resource } from '../../model/resource.js';
import { draft } from '../../plan/draft.js';
import { membersIn } from '../../plan/members.js';
import type { JudgedBackup } from '../../preflight/backups.js';
import { consent } from '../build/consent.js';
import { type Ended, tellStopping } from '../build/execute.js';
import { proveSession } from '../build/proof.js';
import type { ClusterFile } from '../cluster-file.js';
import type { Choice, RestoreOptions } from './choice.js';
import { artifactsOf, type Story } from '../story.js';

/** A run that was cut off goes on; where a member of it is gone by now, it begins anew with those that are left. */
export function planOf(
  { emit, ports }: Story,
  { spec }: Pick<ClusterFile, 'spec'>,
  { record, sha256 }: JudgedBackup,
  { running, hosts }: Pick<Choice, 'running' | 'hosts'>,
): Restore {
  const names = hosts.members.map(({ name }) => name).toSorted();
  const same = running?.members.join(',') === names.join(',');
  if (running)
    emit({
      type: 'note',
      says: same
        ? `going on with the restore ${running.run}, which was cut off`
        : `the restore ${running.run} was begun with ${running.members.join(', ')}: it begins anew with ` +
          names.join(', '),
    });
  const fresh = `${ports
    .clock()
    .toISOString()
    .replace(/[-:]|\.\d+/g, '')}-${sha256.slice(0, 12)}`;
  const run = running && same ? running.run : fresh;
  return { spec, run, sha256, keys: record?.keys ?? 0, revision: record?.revision ?? 0, ...hosts };
}

export interface Drafted {
  readonly plan: Plan;
  readonly resources: readonly Resource[];
}

export async function draftedOf(story: Story, session: Session, restore: Restore): Promise<Drafted> {
  const { spec } = session;
  const resources = restored(restore);
  const answers = await session.read(resources);
  const members = membersIn(spec, host => !session.lost.has(host));
  const { kinds } = story.craft;
  return { resources, plan: draft({ cluster: spec.name, spec, resources, answers, kinds, members }) };
}

export function tellWhat(
  { emit }: Story,
  restore: Restore,
  { host, path, written }: JudgedBackup,
  { plan: { steps } }: Drafted,
): void {
  if (steps.length === 0) return;
  const at = new Date(written * 1000).toISOString();
  emit({
    type: 'note',
    says:
      `${host}:${path} of ${at} (revision ${restore.revision}, ${restore.keys} keys) takes the place of what etcd ` +
      `holds: everything that was written since is lost. The API is away for about a minute; pods keep running`,
  });
  emit({
    type: 'note',
    says:
      `the old data stay on ${namesOf(restore.members)} in ${keptAt(restore)}. The way back: on each of them and on ` +
      `each control plane sh ${wayBack(restore)}; when that is done everywhere, on each again: ` +
      `sh ${wayBack(restore)} serve`,
  });
}

const namesOf = (hosts: Restore['members']): string => hosts.map(({ name }) => name).join(', ');

export interface Carrying extends Omit<RestoreOptions, 'backup'> {
  readonly command: string;
  readonly restore: Restore;
  readonly backup: JudgedBackup;
  readonly drafted: Drafted;
  readonly held: Held;
  /** Before the first step. */
  readonly last: () => Promise<void>;
}

export async function carryOutRestore(story: Story, session: Session, carrying: Carrying): Promise<Ended> {
  const { plan, resources } = carrying.drafted;
  const { verify = true, phrase, held, command } = carrying;
  story.emit({ type: 'plan', plan });
  if (!(await consent(plan, { phrase, risk: 'data', stake }, story))) return { ended: 'refused' };
  held.lock.lost.throwIfAborted();
  const { signal } = story.ports;
  const stopped = tellStopping(story, command);
  try {
    const run = await session.run(plan, {
      command,
      wanted: new Map(resources.map(resource => [idOf(resource), resource])),
      events: story.events,
      proves: verify,
      held,
      before: () => beforeFirst(story, session, carrying),
      ...(signal ? { signal } : {}),
    });
    try {
      if (run.outcome.ok) await after(session, run.emit, carrying);
      // What it needs is made now, and not beside the work: the API was away until here.
      const proven = !run.outcome.ok || !verify || (await proofOf(story, session, run.emit));
      return { ended: 'ran', outcome: run.outcome, proven, unseen: [] };
    } finally {
      await run.end();
    }
  } finally {
    stopped();
  }
}

const proofOf = async (story: Story, session: Session, emit: (body: EventBody) => void): Promise<boolean> =>
  proveSession(session, await artifactsOf(story, session.spec), { emit, signal: story.ports.signal });

const stake = 'What was written since the backup is lost.';

/** Members that have not restored it beside their data yet get it. */
async function beforeFirst({ emit }: Story, session: Session, carrying: Carrying): Promise<void> {
  const { restore, backup, drafted, last } = carrying;
  await last();
  const waiting = drafted.plan.steps.filter(({ key }) => key === 'restore-prepared').map(({ host }) => host);
  if (waiting.length === 0) return;
  emit({ type: 'note', says: `bringing the backup to ${waiting.join(', ')}` });
  await stage({
    from: backup,
    to: waiting,
    target: stagedAt(restore.sha256),
    sha256: restore.sha256,
    bytes: backup.size,
    connections: session.connections,
  });
}

/** One that was built anew of its own keys has the UID of before again. */
async function after(session: Session, emit: (body: EventBody) => void, carrying: Carrying): Promise<void> {
  const { authorities } = await rememberedIdentity(session.dir);
  const uid = carrying.backup.record?.uid ?? '';
  if (uid !== '') await claim(session.dir, { authorities, uid });
  tellAfter(emit, carrying);
}

/** What is left to a person; the two of them that wake together would be the old etcd again. */
function tellAfter(emit: (body: EventBody) => void, { restore, without = [], drafted }: Carrying): void {
  if (drafted.plan.steps.length === 0) return;
  emit({
    type: 'note',
    says:
      `etcd goes on above revision ${restore.revision + bump}. Once nobody wants the old data any more: ` +
      `rm -rf ${keptAt(restore)} on ${namesOf(restore.members)}`,
  });
  if (without.length > 0)
    emit({
      type: 'note',
      says:
        `${without.join(', ')} still have the old data: keep them off until kw replace ${without.join(',')}, or ` +
        'until they are out of the file and kw up has run',
    });
}
