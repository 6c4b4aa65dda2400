/** A cluster of simulated hosts that lives under one cluster file after another. */
import { cluster } from '../../src/blueprint/cluster.js';
import { goneAnswers } from '../../src/blueprint/components/gone.js';
import { isTableUnseen } from '../../src/blueprint/network/addresses.js';
import { account, apiService } from '../../src/blueprint/metrics/objects.js';
import type { Input, Reached } from '../../src/blueprint/input.js';
import { withRemoved } from '../../src/blueprint/removed.js';
import { withoutRemoved } from '../../src/blueprint/reset/leave.js';
import type { Undo } from '../../src/blueprint/reset/reset-cluster.js';
import type { NodeStanding } from '../../src/facts/node-standing.js';
import { defaultDrain } from '../../src/model/drain.js';
import type { Peer } from '../../src/model/host-facts.js';
import { isFresh } from '../../src/workflow/build/preflight.js';
import { etcdMoved, hasQuorum, toAsk } from '../../src/blueprint/components/etcd-members.js';
import { type ClusterSpec, type Host, withRole } from '../../src/model/cluster.js';
import type { EtcdMember } from '../../src/model/identity.js';
import type { Diagnostic } from '../../src/model/diagnostic.js';
import type { Plan, Step } from '../../src/model/plan.js';
import { idOf, type Resource, type ResourceId } from '../../src/model/resource.js';
import { draft } from '../../src/plan/draft.js';
import { finalKeys } from '../../src/plan/final-keys.js';
import { candidates, leftBefore, leftOut, removedAs } from '../../src/plan/leaving.js';
import { metricsOwner } from '../../src/plan/metrics-owner.js';
import { membersIn } from '../../src/plan/members.js';
import { etcdFounding, etcdHasLived, founds, membersNow } from '../../src/preflight/etcd-founding.js';
import { movesAtOnce } from '../../src/preflight/moving.js';
import { readSeenEtcd, replacement } from '../../src/preflight/replace.js';
import { kindsAt } from '../../src/resources/index.js';
import type { ArtifactWant } from '../../src/resources/wants.js';
import { type Runs, versionJump } from '../../src/workflow/build/version-change.js';
import { inputFor, released } from '../golden/input.js';
import { act } from './act.js';
import { answers, type Api, register } from './api.js';
import { keepingQuorum, memberListOf, SecondEtcd, whoAnswers } from './etcd.js';
import { factsOf } from './facts.js';
import { type Machine, runs } from './machine.js';
import { rawOf, readingStates } from './seen.js';

const kinds = kindsAt(() => new Date('2026-01-01T00:00:00Z'));
const states = readingStates(kinds);

export interface World {
  readonly api: Api;
  readonly machines: Map<string, Machine>;
  /** Made at the first run, as its file says: the vault keeps it. */
  ca: string;
  /** Where the control machine remembers etcd to live. */
  members: readonly EtcdMember[];
  /** Which machine has an address. */
  readonly at: Map<string, string>;
}
/** The file's hosts by name. */
export type Hosts = ReadonlyMap<string, Machine>;

export interface Drafted {
  readonly plan: Plan;
  readonly input: Input;
  readonly resources: readonly Resource[];
  /** The file's hosts, and those that leave it. */
  readonly hosts: Hosts;
}

const versionsOn = (hosts: Hosts): readonly Runs[] =>
  [...hosts].flatMap(([host, one]) =>
    (['kube-apiserver', 'kubelet'] as const).flatMap(program => {
      const made = [...one.made].find(([id]) => id.endsWith(`/bin/${program}`))?.[1] as ArtifactWant | undefined;
      return made && one.reachable ? [{ host, program, version: made.version }] : [];
    }),
  );

export const inputOf = (world: World, spec: ClusterSpec, hosts: Hosts): Input => {
  const base = inputFor(spec, released(spec.kubernetes, '1.7.27'));
  const facts = new Map(
    [...hosts].flatMap(([name, one]) => (one.reachable ? [[name, factsOf(one, name)] as const] : [])),
  );
  const gone = departing(world, spec, facts);
  const etcdLived = etcdHasLived(facts);
  const tableUnseen = isTableUnseen(spec, facts);
  const metrics = metricsOwner(
    [apiService, account].map(path => {
      const body = world.api.objects.get(path);
      return body ? { is: 'object', body } : { is: 'absent' };
    }),
  );
  const authorities = { ...base.authorities, ca: world.ca };
  return { ...base, facts, ...gone, etcdLived, tableUnseen, ...(metrics ? { metrics } : {}), authorities };
};

/** As workflow/build/leaving.ts has it. Once an API answers, nodes that it does not know are no nodes that left. */
const departing = (
  world: World,
  spec: ClusterSpec,
  facts: Input['facts'],
): Required<Pick<Input, 'leaving' | 'left' | 'removes'>> => {
  const up = answers([...world.machines.values()]);
  const standing = ({ name, address }: Peer): NodeStanding => {
    if (!up) return { is: 'unseen' };
    if (!world.api.objects.has(`/api/v1/nodes/${name}`)) return { is: 'absent' };
    const one = machineAt(world, address);
    return { is: 'node', ready: one?.reachable === true && runs(one, 'kubelet.service'), addresses: [] };
  };
  const left = leftBefore(facts);
  const leaving = leftOut(spec, facts).filter(peer => standing(peer).is !== 'absent');
  const joins = spec.hosts.some(({ name }) => isFresh(facts.get(name)));
  const removes = candidates(spec, facts).flatMap(peer => {
    const begun = left.some(({ name }) => name === peer.name);
    return removedAs(peer, standing(peer), reachedOf(world, peer), begun) ?? [];
  });
  return { leaving, left, removes: joins ? [] : removes };
};

const machineAt = (world: World, address: string): Machine | undefined =>
  world.machines.get(world.at.get(address) ?? '');

const reachedOf = (world: World, { name, address }: Peer): Reached => {
  const one = machineAt(world, address);
  if (!one?.reachable) return { is: 'unseen', why: 'it is away' };
  if (one.files.size + one.made.size === 0) return { is: 'empty' };
  const fact = factsOf(one, name);
  const is = fact.built?.name ?? name;
  if (is !== name) return { is: 'strange', carries: is };
  return { is: 'here', fact, host: { name, address, roles: [], labels: {}, taints: [], ssh: {} } };
};

/** As admission and a run that founds have it (workflow/admission.ts, workflow/build/etcd-remembered.ts). */
const remember = (world: World, spec: ClusterSpec, hosts: Hosts): void => {
  const holders = spec.hosts.filter(({ name }) => hosts.get(name)?.reachable && hosts.get(name)?.etcd);
  if (holders.length > 0) world.members = membersNow(world.members, withRole(spec, 'etcd'), holders);
};

export const whileFounding = (
  world: World,
  spec: ClusterSpec,
  { input }: Drafted,
  hosts: Hosts,
  act: () => boolean,
) => {
  const wanted = withRole(spec, 'etcd');
  const founding = founds(spec, input.facts);
  if (founding) world.members = wanted;
  const killed = act();
  const isEmpty = ({ name }: Host): boolean => hosts.get(name)?.reachable === true && !hosts.get(name)?.etcd;
  const gone = new Set(wanted.filter(isEmpty).map(({ address }) => address));
  if (founding && !killed) world.members = world.members.filter(({ address }) => !gone.has(address));
};

/** What is refused before anything is touched, as workflow/build/draft.ts has it; or the plan. */
export const drafted = (
  world: World,
  spec: ClusterSpec,
  hosts: Hosts,
  replaces: readonly string[] = [],
  turns: (input: Input) => Input = input => input,
): Drafted | { readonly refused: readonly Diagnostic[] } => {
  remember(world, spec, hosts);
  const machines = [...world.machines.values()];
  const known = turns(inputOf(world, spec, hosts));
  const seen = spec.hosts.flatMap(({ name }) => whoAnswers(hosts.get(name), machines) ?? []).map(readSeenEtcd);
  const replaced = replaces.length === 0 ? { gone: [] } : replacement({ ...known, names: replaces, seen });
  if ('problems' in replaced) return { refused: replaced.problems };
  const leaving = (known.leaving ?? []).filter(({ name }) => !replaces.includes(name));
  const input: Input = replaces.length === 0 ? known : { ...known, leaving, removes: [], gone: replaced.gone };
  const here = (input.removes ?? []).filter(({ reached }) => reached.is === 'here');
  const all = new Map([
    ...hosts,
    ...here.flatMap(({ name, address }) => {
      const one = machineAt(world, address);
      return one ? [[name, one] as const] : [];
    }),
  ]);
  const whole = withRemoved(input);
  const lists = new Map(
    toAsk(whole.spec, whole.facts).flatMap(({ name }) => {
      const list = memberListOf(all.get(name), machines);
      return list === undefined ? [] : [[name, list] as const];
    }),
  );
  const refused = [
    ...etcdMoved(
      whole.spec,
      whole.facts,
      lists,
      replaced.gone.flatMap(({ members }) => members),
    ),
    ...etcdFounding(spec, input.facts, world, { quorum: hasQuorum(lists) }),
    ...movesAtOnce(input),
    ...finalKeys(spec, input.facts, world.ca),
  ];
  const jump = versionJump(spec.kubernetes, versionsOn(hosts));
  if (refused.length > 0 || jump) return { refused: jump ? [...refused, jump] : refused };
  const undo: Undo = (kind, key, was) => states[kind]?.undo?.(key, was);
  const resources = withoutRemoved(input, cluster(input), { drain: defaultDrain, undo });
  const told = new Map<string, { readonly raw: string } | { readonly missing: string }>(
    resources.map(one => {
      const raw = rawOf(one, all, world.api, kinds);
      return [idOf(one), raw === undefined ? { missing: 'unreachable' } : { raw }] as const;
    }),
  );
  for (const id of goneAnswers(input)) told.set(id, { raw: '{"status":404,"body":null}' });
  const members = membersIn(spec, host => input.facts.has(host));
  return {
    plan: draft({ cluster: spec.name, spec, resources, answers: told, kinds: states, members }),
    input,
    resources,
    hosts: all,
  };
};

/** Carries a plan out as the engine does: step after step, each looked at again; killed after `most` actions. */
export const carryOut = (
  world: World,
  { plan, input, resources, hosts }: Drafted,
  most = Number.POSITIVE_INFINITY,
  acted: () => void = () => undefined,
) => {
  const wanted = new Map<ResourceId, Resource>(resources.map(one => [idOf(one), one]));
  const machines = [...world.machines.values()];
  const stay = input.spec.hosts.flatMap(({ name }) => hosts.get(name) ?? []);
  const failed = new Map<ResourceId, string>();
  let left = most;
  for (const step of plan.steps) {
    const resource = wanted.get(step.id);
    const blocked = step.after.find(id => failed.has(id)) ?? allFailed(step, failed);
    if (!resource || blocked !== undefined) {
      failed.set(step.id, `behind ${blocked}`);
      continue;
    }
    const raw = rawOf(resource, hosts, world.api, kinds);
    const kind = states[step.kind];
    if (raw !== undefined && kind?.diff(resource.want, kind.read(resource.key, resource.want).parse(raw)).length === 0)
      continue;
    try {
      for (const action of step.actions) {
        if (left-- <= 0) return { killed: true, failed };
        keepingQuorum(machines, step.id, () =>
          act(step, action, resource, hosts.get(step.host), { api: world.api, machines, stay, reveal: input.reveal }),
        );
        register(world.api, machines);
        acted();
      }
      unproven(rawOf(resource, hosts, world.api, kinds), resource, step);
    } catch (error) {
      if (error instanceof SecondEtcd) throw error;
      failed.set(step.id, (error as Error).message);
    }
  }
  return { killed: false, failed };
};

/** As the engine does after a step: it looks once more. */
const unproven = (raw: string | undefined, { key, want }: Resource, step: Step): void => {
  const kind = states[step.kind];
  const left = raw === undefined ? undefined : kind?.diff(want, kind.read(key, want).parse(raw));
  if (left && left.length > 0) throw new Error(`unproven: ${step.id} ${JSON.stringify(left).slice(0, 200)}`);
};

const allFailed = ({ afterAny }: Step, failed: ReadonlyMap<string, string>): ResourceId | undefined =>
  afterAny?.every(id => failed.has(id)) ? afterAny[0] : undefined;
