/** What must hold at any moment of a plan's run, whatever the engine does first. */
import { allowedSkew, type Skewed } from '../../src/catalog/index.js';
import type { Member, Plan, Step } from '../../src/model/plan.js';
import type { ResourceId } from '../../src/model/resource.js';
import { disrupts, starts, tierOf } from '../../src/plan/disruption.js';
import { effect, type Program, programName, type World } from './upgrades.js';

/** Broken laws of every prefix of one random order, and of the least that must be done for some of its steps. */
export function broken(world: World, plan: Plan, minor: number, random: () => number): readonly string[] {
  const found = new Set<string>();
  const programs = new Map(world.programs);
  const running = runOf(plan, random);
  for (;;) {
    for (const says of [...skewOf(programs, world.members), ...awayOf(running.ready(), programs, world.members)])
      found.add(says);
    const step = running.next();
    if (!step) break;
    effect(step, programs, minor);
  }
  if (running.left() > 0) found.add(`${running.left()} steps can never begin`);
  const versioned = plan.steps.filter(
    step => programName(step.key) && (step.kind === 'artifact' || step.kind === 'service'),
  );
  for (let at = 0; at < 20 && versioned.length > 0; at++) {
    const step = versioned[Math.floor(random() * versioned.length)] as Step;
    const least = new Map(world.programs);
    const needed = ancestors(plan, step.id).add(step.id);
    for (const each of plan.steps) if (needed.has(each.id)) effect(each, least, minor);
    for (const says of skewOf(least, world.members)) found.add(says);
  }
  return [...found];
}

/** One random order of a plan's steps. */
function runOf(plan: Plan, random: () => number) {
  const waits = new Map(plan.steps.map(step => [step.id, step.after.length]));
  const followers = new Map<ResourceId, Step[]>();
  for (const step of plan.steps) for (const id of step.after) followers.set(id, [...(followers.get(id) ?? []), step]);
  const done = new Set<ResourceId>();
  const ready = plan.steps.filter(step => step.after.length === 0);
  const mayBegin = (step: Step): boolean => step.afterAny === undefined || step.afterAny.some(id => done.has(id));
  return {
    ready: () => ready.filter(mayBegin),
    left: () => plan.steps.length - done.size,
    next(): Step | undefined {
      const open = ready.filter(mayBegin);
      const step = open[Math.floor(random() * open.length)];
      if (!step) return undefined;
      ready.splice(ready.indexOf(step), 1);
      done.add(step.id);
      for (const follower of followers.get(step.id) ?? []) {
        const left = (waits.get(follower.id) ?? 0) - 1;
        waits.set(follower.id, left);
        if (left === 0) ready.push(follower);
      }
      return step;
    },
  };
}

/** Of what runs, and of what would run if it were started anew now. */
function skewOf(programs: ReadonlyMap<string, Program>, members: readonly Member[]): readonly string[] {
  const versions = (name: string): readonly (readonly [string, number])[] =>
    members.flatMap(({ host }) => {
      const { running, disk } = programs.get(`${host}/${name}`) ?? {};
      return running === undefined ? [] : [...new Set([running, disk ?? running])].map(each => [host, each] as const);
    });
  const servers = [...new Set(versions('kube-apiserver').map(([, minor]) => minor))];
  const names = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy'] as const;
  return names.flatMap((name: Skewed) =>
    versions(name).flatMap(([host, minor]) =>
      servers
        .filter(server => !allowedSkew(`1.${server}.0`, `1.${minor}.0`, name))
        .map(server => `${name} of 1.${minor} on ${host} beside an API server of 1.${server}`),
    ),
  );
}

/** Of what may restart at the same moment. */
function awayOf(
  ready: readonly Step[],
  programs: ReadonlyMap<string, Program>,
  members: readonly Member[],
): readonly string[] {
  const restarts = ready.filter(disrupts);
  const hostsOf = (tier: string) => new Set(restarts.filter(step => tierOf(step) === tier).map(step => step.host));
  const known = new Map(members.map(member => [member.host, member]));
  const says: string[] = [];
  const etcd = members.filter(member => member.etcd);
  const up = etcd.filter(({ host, seen }) => seen && programs.get(`${host}/etcd`)?.running !== undefined).length;
  const away = hostsOf('etcd').size;
  const inherent = etcd.length <= 2 && up === etcd.length && away === 1;
  if (away > 0 && !inherent && up - away < Math.floor(etcd.length / 2) + 1)
    says.push(`no quorum: ${up} of ${etcd.length} members are up, and ${away} may restart`);
  if (hostsOf('api').size > 1) says.push('two API servers restart');
  if (hostsOf('controllers').size > 1) says.push('two hosts of controllers restart');
  const nodes = [...hostsOf('node')].map(host => known.get(host) as Member);
  const most = Math.max(1, Math.floor(members.filter(member => member.node).length / 4));
  if (nodes.length > most) says.push(`${nodes.length} nodes restart, and ${most} may`);
  if (new Set(nodes.map(node => node.zone)).size > 1) says.push('nodes of two zones restart');
  return says;
}

export function ancestors(plan: Plan, id: ResourceId): Set<ResourceId> {
  const steps = new Map(plan.steps.map(step => [step.id, step]));
  const found = new Set<ResourceId>();
  const queue = [id];
  for (const each of queue)
    for (const before of steps.get(each)?.after ?? []) {
      if (found.has(before)) continue;
      found.add(before);
      queue.push(before);
    }
  return found;
}

/** API servers all before controllers, controllers before kubelets: where one fails, nothing later begins. */
export function outOfOrder(plan: Plan): readonly string[] {
  const of = (tier: string) => plan.steps.filter(step => (disrupts(step) || starts(step)) && tierOf(step) === tier);
  const restarts = (tier: string) => of(tier).filter(disrupts);
  const pairs = [
    ['etcd', 'api'],
    ['api', 'controllers'],
    ['api', 'node'],
    ['controllers', 'node'],
  ] as const;
  return pairs.flatMap(([first, then]) =>
    of(then).flatMap(step => {
      const before = ancestors(plan, step.id);
      return restarts(first).flatMap(each => (before.has(each.id) ? [] : [`${step.id} may begin before ${each.id}`]));
    }),
  );
}
