/** A backup in place of what etcd holds: chosen, proven, agreed to by a typed phrase, carried out, and proven again. */
import { stage } from '../engine/backup/stage.js';
import { rememberedIdentity } from '../engine/vault/identity.js';
import type { Session } from '../engine/session.js';
import { keptAt, type Restore, restored, stagedAt, wayBack } from '../blueprint/restore/restore.js';
import { type Host, withRole } from '../model/cluster.js';
import { WorldFailed } from '../model/event.js';
import type { Plan } from '../model/plan.js';
import { idOf, type Resource } from '../model/resource.js';
import { draft } from '../plan/draft.js';
import { membersIn } from '../plan/members.js';
import type { JudgedBackup } from '../preflight/backups.js';
import { consent } from './build/consent.js';
import { type Ended, tellStopping } from './build/execute.js';
import { tellLost } from './build/lost.js';
import { proveSession } from './build/proof.js';
import { chosen, type Running, runningOn } from './backup/choose.js';
import type { ClusterFile } from './cluster-file.js';
import type { Ports } from './ports.js';
import { artifactsOf, begin, open, type Story, vaultOf } from './story.js';

export interface RestoreOptions {
  /** `kw-1:etcd-20261128T230606Z.db`, or its name alone; absent: the newest that is proven. */
  readonly backup?: string | undefined;
  /** The cluster's name, typed. */
  readonly phrase?: string | undefined;
  /** Hosts that are gone, and have no part in it. */
  readonly without?: readonly string[] | undefined;
  readonly verify?: boolean | undefined;
}

export async function restore(file: ClusterFile, ports: Ports, options: RestoreOptions = {}): Promise<Ended> {
  const story = begin(ports, file.warnings);
  return restoring(story, file, { ...options, command: 'kw restore' }, async (session, running) => {
    const { uid } = await rememberedIdentity(session.dir);
    return chosen(story, session, { named: options.backup, running, uid });
  });
}

/** @param choose Which backup it is, once the hosts are known; undefined: a person has said no. */
export async function restoring(
  story: Story,
  file: ClusterFile,
  options: Omit<RestoreOptions, 'backup'> & { readonly command: string },
  choose: (session: Session, running: Running | undefined, hosts: Hosts) => Promise<JudgedBackup | undefined>,
): Promise<Ended> {
  const artifacts = artifactsOf(story, file.spec);
  const session = await open(story, file, { purpose: 'change', keys: 'fetch' });
  try {
    tellLost(session, story.emit);
    const hosts = partaking(session, options.without ?? []);
    await vaultOf(session);
    const running = await runningOn(session, hosts.members);
    const backup = await choose(session, running, hosts);
    if (!backup) return { ended: 'refused' };
    const plan = planOf(file, backup, running, hosts, story.ports.clock());
    const drafted = await draftedOf(story, session, plan);
    tellWhat(story, plan, backup, drafted);
    return await carryOut(story, session, { ...options, restore: plan, backup, drafted, artifacts });
  } finally {
    session.close();
  }
}

export type Hosts = Pick<Restore, 'members' | 'controlPlanes' | 'nodes'>;

/** Whoever has a part in it and is not seen must be named as gone: it would wake with the old data, and serve them. */
export function partaking({ spec, lost }: Session, without: readonly string[]): Hosts {
  const here = ({ name }: Host): boolean => !lost.has(name);
  const central = spec.hosts.filter(({ roles }) => roles.includes('etcd') || roles.includes('controlPlane'));
  const unnamed = central.filter(host => !here(host) && !without.includes(host.name)).map(({ name }) => name);
  if (unnamed.length > 0)
    throw new WorldFailed({
      class: 'refused',
      hosts: unnamed,
      message: `${unnamed.join(', ')} cannot be seen: nobody can stop what runs there`,
      help: `bring ${unnamed.join(', ')} back; or, where it is off for good: --without ${unnamed.join(',')}`,
    });
  const members = withRole(spec, 'etcd').filter(here);
  const controlPlanes = withRole(spec, 'controlPlane').filter(here);
  if (members.length === 0 || controlPlanes.length === 0)
    throw new WorldFailed({ class: 'refused', message: 'no host of etcd, or no control plane, can be seen' });
  const nodes = spec.hosts.filter(
    host => here(host) && host.roles.some(one => one === 'worker' || one === 'controlPlane'),
  );
  return { members, controlPlanes, nodes };
}

const planOf = (
  { spec }: ClusterFile,
  { record, sha256 }: JudgedBackup,
  running: Running | undefined,
  hosts: Hosts,
  now: Date,
): Restore => ({
  spec,
  run: running?.run ?? `${now.toISOString().replace(/[-:]|\.\d+/g, '')}-${sha256.slice(0, 12)}`,
  sha256,
  keys: record?.keys ?? 0,
  ...hosts,
});

interface Drafted {
  readonly plan: Plan;
  readonly resources: readonly Resource[];
}

async function draftedOf(story: Story, session: Session, plan: Restore): Promise<Drafted> {
  const { spec } = session;
  const resources = restored(plan);
  const answers = await session.read(resources);
  const members = membersIn(spec, host => !session.lost.has(host));
  const { kinds } = story.craft;
  return { resources, plan: draft({ cluster: spec.name, spec, resources, answers, kinds, members }) };
}

function tellWhat(
  { emit }: Story,
  plan: Restore,
  { host, path, record, written }: JudgedBackup,
  { plan: { steps } }: Drafted,
) {
  const at = new Date(written * 1000).toISOString();
  emit({
    type: 'note',
    says:
      `${host}:${path} of ${at} (revision ${record?.revision ?? 0}, ${plan.keys} keys) takes the place of what etcd ` +
      `holds: everything that was written since is lost. The API is away for about a minute; pods keep running`,
  });
  if (steps.length > 0)
    emit({
      type: 'note',
      says:
        `the old data stay on ${plan.members.map(({ name }) => name).join(', ')} in ${keptAt(plan)}. The way back, ` +
        `on each of them, one after the other: sh ${wayBack(plan)}`,
    });
}

interface Carrying extends Omit<RestoreOptions, 'backup'> {
  readonly command: string;
  readonly restore: Restore;
  readonly backup: JudgedBackup;
  readonly drafted: Drafted;
  readonly artifacts: ReturnType<typeof artifactsOf>;
}

async function carryOut(story: Story, session: Session, carrying: Carrying): Promise<Ended> {
  const { plan, resources } = carrying.drafted;
  const { verify = true, phrase } = carrying;
  story.emit({ type: 'plan', plan });
  if (!(await consent(plan, { phrase, risk: 'data' }, story))) return { ended: 'refused' };
  const { signal } = story.ports;
  const stopped = tellStopping(story, carrying.command);
  try {
    const run = await session.run(plan, {
      command: carrying.command,
      wanted: new Map(resources.map(resource => [idOf(resource), resource])),
      events: story.events,
      proves: verify,
      before: () => staged(story, session, carrying),
      ...(signal ? { signal } : {}),
    });
    try {
      const proves = run.outcome.ok && verify;
      const proven = !proves || (await proveSession(session, await carrying.artifacts, { emit: run.emit, signal }));
      return { ended: 'ran', outcome: run.outcome, proven, unseen: [] };
    } finally {
      await run.end();
    }
  } finally {
    stopped();
  }
}

/** Members that have not restored it beside their data yet get it. */
async function staged({ emit }: Story, session: Session, { restore: plan, backup, drafted }: Carrying): Promise<void> {
  const waiting = drafted.plan.steps.filter(({ key }) => key === 'restore-prepared').map(({ host }) => host);
  if (waiting.length === 0) return;
  emit({ type: 'note', says: `bringing the backup to ${waiting.join(', ')}` });
  await stage({
    from: backup,
    to: waiting,
    target: stagedAt(plan.sha256),
    sha256: plan.sha256,
    connections: session.connections,
  });
}
