/** Simulated hosts whose certificates have ended: what each step of a plan does to them, and what must hold meanwhile. */
import { cluster } from '../../src/blueprint/cluster.js';
import { authorityFiles, authorityKeys } from '../../src/model/rotated-authorities.js';
import { foreseen } from '../../src/blueprint/revival/foreseen.js';
import { revived } from '../../src/blueprint/revival/revived.js';
import type { Input } from '../../src/blueprint/input.js';
import { controllerManagerConf, kubeletConf, pki, schedulerConf } from '../../src/blueprint/render/paths.js';
import { etcdHosts } from '../../src/blueprint/access/certificates.js';
import { type ClusterSpec, nodes, withRole } from '../../src/model/cluster.js';
import type { Plan, Step } from '../../src/model/plan.js';
import { clusterHost, idOf, type Resource, type ResourceId } from '../../src/model/resource.js';
import { draft } from '../../src/plan/draft.js';
import { membersIn } from '../../src/plan/members.js';
import type { Answer, KindTable } from '../../src/plan/read-answer.js';
import { isDead } from '../../src/preflight/revival.js';
import type { Wants } from '../../src/resources/wants.js';
import { emptyHost, inputFor, released } from '../golden/input.js';
import { kinds } from '../plan/wants.js';

export const now = new Date('2026-11-22T00:00:00Z');
const controllers = [
  ['kube-controller-manager.service', controllerManagerConf],
  ['kube-scheduler.service', schedulerConf],
] as const;

export interface Machine {
  readonly name: string;
  /** Leaves by path. */
  readonly leaves: Map<string, 'valid' | 'ended' | 'absent'>;
  /** Files of CAs by path. */
  readonly authorities: Map<string, 'valid' | 'ended'>;
  /** Units that run, with what has changed since they started. */
  readonly units: Map<string, Set<string>>;
  held: boolean;
  /** Its kubelet has started with a certificate that is believed. */
  kubelet: boolean;
}

export interface World {
  readonly spec: ClusterSpec;
  readonly machines: ReadonlyMap<string, Machine>;
  readonly wanted: readonly Resource[];
  readonly reachable: ReadonlySet<string>;
}

const authorityPaths: readonly string[] = authorityKeys.map(name => authorityFiles(name).trust);
const [ca = '', etcdCa = ''] = authorityPaths;

const isLeaf = ({ kind }: Pick<Resource, 'kind'>): boolean => kind === 'certificate' || kind === 'kubeconfig';

export const inputOf = (spec: ClusterSpec, held: (host: string) => boolean, reachable: ReadonlySet<string>): Input => {
  const base = inputFor(spec, released(spec.kubernetes, '2.1.9'));
  const facts = spec.hosts
    .filter(({ name }) => reachable.has(name))
    .map(({ name }, at) => {
      const more = {
        podCidr: `10.244.${at}.0/24`,
        etcdDataExists: true,
        ...(held(name) ? { controllersHeld: true as const } : {}),
      };
      return [name, emptyHost(name, more)] as const;
    });
  return { ...base, facts: new Map(facts), etcdLived: true };
};

/** @param authorities What the CAs are, on every host and in every process. */
export function worldOf(
  spec: ClusterSpec,
  reachable: ReadonlySet<string>,
  authorities: 'valid' | 'ended' = 'valid',
): World {
  const wanted = cluster(inputOf(spec, () => false, new Set(spec.hosts.map(({ name }) => name))));
  const machines = spec.hosts.map(({ name }): [string, Machine] => {
    const own = wanted.filter(({ host }) => host === name);
    const leaves = own.filter(isLeaf).map(({ key }) => [key, 'ended'] as const);
    const units = own.filter(({ kind }) => kind === 'service').map(({ key }) => [key, new Set<string>()] as const);
    const trusts = own.filter(({ key }) => authorityPaths.includes(key)).map(({ key }) => [key, authorities] as const);
    const maps = { leaves: new Map(leaves), authorities: new Map(trusts), units: new Map(units) };
    return [name, { name, ...maps, held: false, kubelet: false }];
  });
  return { spec, machines: new Map(machines), wanted, reachable };
}

const valid = (one: Machine | undefined, ...paths: readonly string[]): boolean =>
  paths.every(path => one?.leaves.get(path) === 'valid');

/** What it has read at its start is the file that is there, and that has not ended. */
const believes = (one: Machine | undefined, unit: string, ...trusts: readonly string[]): boolean =>
  trusts.every(path => one?.authorities.get(path) === 'valid' && one.units.get(unit)?.has(path) === false);

const living = ({ spec, machines }: World): readonly string[] =>
  etcdHosts(spec).flatMap(({ name }) => {
    const one = machines.get(name);
    const shows = valid(one, `${pki}/etcd/server.crt`, `${pki}/etcd/peer.crt`);
    return shows && believes(one, 'etcd.service', etcdCa) ? [name] : [];
  });

export const hasQuorum = (world: World): boolean => living(world).length > etcdHosts(world.spec).length / 2;

/** It may only restart while the others hold the quorum. */
const guardRefuses = (world: World, host: string): boolean => {
  const members = etcdHosts(world.spec).length;
  return members > 1 && living(world).filter(name => name !== host).length <= members / 2;
};

export const serves = (world: World, name: string): boolean => {
  const one = world.machines.get(name);
  const pairs = ['apiserver', 'apiserver-etcd-client'].map(pair => `${pki}/${pair}.crt`);
  return hasQuorum(world) && believes(one, 'kube-apiserver.service', ca, etcdCa) && valid(one, ...pairs);
};

export const apiUp = (world: World): boolean =>
  withRole(world.spec, 'controlPlane').some(({ name }) => serves(world, name));

export const reports = (world: World, name: string): boolean =>
  apiUp(world) && world.machines.get(name)?.kubelet === true && valid(world.machines.get(name), kubeletConf);

/** A controller that the API lets in while a node that could report does not: it would take that node's pods. */
export function evicts(world: World): string | undefined {
  if (!apiUp(world)) return undefined;
  const silent = nodes(world.spec).find(({ name }) => world.reachable.has(name) && !reports(world, name));
  if (!silent) return undefined;
  for (const one of world.machines.values())
    for (const [unit, conf] of controllers)
      if (world.reachable.has(one.name) && one.units.get(unit)?.has(conf) === false && valid(one, conf))
        return `${unit} on ${one.name} acts, and ${silent.name} does not report`;
  return undefined;
}

/** What a step's question is answered, as the kind's own state. */
function stateOf(world: World, { host, kind, key, want }: Resource): unknown {
  const one = world.machines.get(host);
  const ideal = kinds[kind]?.ideal(want) as Record<string, unknown>;
  if (kind === 'certificate' || kind === 'kubeconfig') {
    const leaf = one?.leaves.get(key);
    if (leaf === 'absent') return { state: 'absent', keyLeft: false };
    const ended = { notBefore: '2023-01-01T00:00:00.000Z', notAfter: '2025-10-18T00:00:00.000Z' };
    return leaf === 'valid' ? ideal : { ...ideal, answer: { ...(ideal.answer as object), ...ended } };
  }
  if (kind === 'service') {
    const stale = one?.units.get(key);
    return stale ? { ...ideal, stale: [...stale] } : { ...ideal, active: 'inactive', sub: 'dead' };
  }
  if (kind === 'file' && one?.authorities.get(key) === 'ended')
    return { ...ideal, sha256: 'of the one that has ended' };
  if (kind === 'ready') return key !== 'nodes-report' || gateOpen(world);
  if (kind === 'command') return neededOf(world, host, key);
  return ideal;
}

const isOld = (one: Machine | undefined, unit: string, path: string): boolean =>
  one?.authorities.get(path) === 'ended' || one?.units.get(unit)?.has(path) === true;

const gateOpen = (world: World): boolean =>
  nodes(world.spec).every(({ name }) => !world.reachable.has(name) || reports(world, name));

const neededOf = (world: World, host: string, key: string): readonly string[] => {
  const one = world.machines.get(host);
  const needs = {
    'controllers-held': one?.held !== true || controllers.some(([unit]) => one.units.has(unit)),
    'controllers-let-go': one?.held === true,
    'etcd-believes': [etcdCa].some(path => isOld(one, 'etcd.service', path)),
    'kube-apiserver-believes': authorityPaths.some(path => isOld(one, 'kube-apiserver.service', path)),
    'etcd-answers': !hasQuorum(world),
    'apiserver-answers': !serves(world, host),
  }[key];
  return needs ? ['it is needed'] : [];
};

const silent = '{"status":0,"body":null}';
const mark = 'state';

const simulated = (world: World, resources: readonly Resource[]): KindTable => {
  const known = new Map(resources.map(one => [`${one.kind}/${one.key}`, one] as const));
  return Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [
      name,
      {
        ...kind,
        read: (key: string, want: unknown) => {
          const fact = kind.read(key, want);
          const parse = (raw: string) =>
            raw.startsWith(mark)
              ? stateOf(world, { ...(known.get(`${name}/${key}`) as Resource), want, host: raw.slice(mark.length) })
              : fact.parse(raw);
          return { ...fact, parse };
        },
      },
    ]),
  );
};

const rawOf = (world: World, { host }: Resource): string =>
  host === clusterHost && !apiUp(world) ? silent : mark + host;

export interface Drafted {
  readonly plan: Plan;
  readonly resources: readonly Resource[];
  readonly revives: boolean;
}

/** As workflow/build/draft.ts and revival.ts have it. */
export function drafted(world: World): Drafted {
  const { spec, reachable } = world;
  const input = inputOf(spec, host => world.machines.get(host)?.held === true, reachable);
  const wanted = cluster(input);
  const planOf = (resources: readonly Resource[], later: ReadonlyMap<ResourceId, Answer> = new Map()): Plan =>
    draft({
      cluster: spec.name,
      spec,
      resources,
      answers: new Map(resources.map(one => [idOf(one), later.get(idOf(one)) ?? { raw: rawOf(world, one) }])),
      kinds: simulated(world, resources),
      members: membersIn(spec, host => reachable.has(host)),
    });
  const plain = planOf(wanted);
  if (!isDead(plain, input, now)) return { plan: plain, resources: wanted, revives: false };
  const awaits = nodes(spec).flatMap(({ name }) => (reachable.has(name) ? [name] : []));
  const resources = revived(wanted, { spec, facts: input.facts, awaits });
  const planes = withRole(spec, 'controlPlane').flatMap(({ name }) => (reachable.has(name) ? [name] : []));
  return {
    plan: planOf(
      resources,
      foreseen(planes, () => undefined),
    ),
    resources,
    revives: true,
  };
}

/** It ends when others have done their part. */
const isWait = ({ kind, key }: Step): boolean => kind === 'api' || kind === 'ready' || key.endsWith('-answers');

/** What has converged, as the engine would look. */
const changesLeft = (world: World, one: Resource, table: KindTable) =>
  table[one.kind]?.diff(one.want, table[one.kind]?.read(one.key, one.want).parse(rawOf(world, one))) ?? [];

const started = (world: World, one: Machine, unit: string): void => {
  if (controllers.some(([name]) => name === unit) && one.held) return;
  one.units.set(unit, new Set());
  if (unit === 'kubelet.service') one.kubelet = valid(one, kubeletConf) && one.authorities.get(ca) === 'valid';
};

export const write = (one: Machine, path: string, wanted: readonly Resource[]): void => {
  if (authorityPaths.includes(path)) one.authorities.set(path, 'valid');
  else one.leaves.set(path, 'valid');
  for (const { host, kind, key, want } of wanted)
    if (kind === 'service' && host === one.name && (want as Wants['service']).reads.includes(path))
      one.units.get(key)?.add(path);
};

/** The timer of a control plane: it signs everything again, and restarts who reads it once. */
export function timer(world: World, one: Machine): void {
  // What an ended CA would sign nobody believes, and it signs nothing.
  if ([...one.authorities.values()].includes('ended')) return;
  for (const path of one.leaves.keys()) write(one, path, world.wanted);
  for (const unit of [...one.units.keys()]) if (unit !== 'etcd.service') started(world, one, unit);
}

export function boot(world: World, one: Machine): void {
  const units = world.wanted.filter(({ host, kind }) => host === one.name && kind === 'service').map(({ key }) => key);
  one.units.clear();
  for (const unit of units) started(world, one, unit);
}

const act = (world: World, { host, kind, key }: Step): void => {
  const one = world.machines.get(host);
  if (!one) return;
  if (kind === 'certificate' || kind === 'kubeconfig' || authorityPaths.includes(key)) write(one, key, world.wanted);
  else if (key.endsWith('-believes')) started(world, one, `${key.replace(/-believes$/, '')}.service`);
  else if (kind === 'service') started(world, one, key);
  else if (key === 'controllers-held') {
    one.held = true;
    for (const [unit] of controllers) one.units.delete(unit);
  } else if (key === 'controllers-let-go') one.held = false;
};

/** Carries a plan out in a random order that its edges allow. @returns what failed, or undefined; `most`: killed after. */
export function carryOut(
  world: World,
  { plan, resources }: Drafted,
  random: () => number,
  most: number,
  between: () => void,
): { readonly killed: boolean; readonly broken?: string } {
  const wanted = new Map<ResourceId, Resource>(resources.map(one => [idOf(one), one]));
  const table = simulated(world, resources);
  const done = new Set<ResourceId>();
  for (let left = most; done.size < plan.steps.length; left--) {
    const mayEnd = (step: Step): boolean =>
      !isWait(step) || changesLeft(world, wanted.get(step.id) as Resource, table).length === 0;
    const ready = plan.steps.filter(
      step =>
        !done.has(step.id) &&
        step.after.every(each => done.has(each)) &&
        (step.afterAny?.some(each => done.has(each)) ?? true) &&
        mayEnd(step),
    );
    const step = ready[Math.floor(random() * ready.length)];
    if (!step) return { killed: false, broken: `stuck with ${plan.steps.length - done.size} steps` };
    if (left <= 0) return { killed: true };
    const one = wanted.get(step.id) as Resource;
    const now = changesLeft(world, one, table);
    if (step.key === 'etcd.service' && now.some(({ field }) => field === 'fresh') && guardRefuses(world, step.host))
      return { killed: false, broken: `the guard of ${step.id} refuses` };
    if (now.length > 0) act(world, step);
    const rest = changesLeft(world, one, table);
    if (rest.length > 0) return { killed: false, broken: `unproven: ${step.id} ${JSON.stringify(rest)}` };
    done.add(step.id);
    between();
    const evicting = evicts(world);
    if (evicting !== undefined) return { killed: false, broken: `after ${step.id}: ${evicting}` };
  }
  return { killed: false };
}
