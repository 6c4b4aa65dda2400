/** Random clusters on their way from one version or file to the next: real blueprints, real drafts, simulated hosts. */
import fc from 'fast-check';
import { emptyAnswers } from '../../bench/fleet/answers.js';
import { cluster } from '../../src/blueprint/cluster.js';
import type { ArtifactSet } from '../../src/model/artifact.js';
import type { ClusterSpec } from '../../src/model/cluster.js';
import type { Drains } from '../../src/plan/drain/due.js';
import type { Member, Plan } from '../../src/model/plan.js';
import { idOf, type Resource, type ResourceId } from '../../src/model/resource.js';
import { draft } from '../../src/plan/draft.js';
import type { Answer, KindTable } from '../../src/plan/read-answer.js';
import { membersIn } from '../../src/plan/members.js';
import type { ServiceState } from '../../src/facts/service.js';
import type { Wants } from '../../src/resources/wants.js';
import { readCluster } from '../../src/spec/index.js';
import { inputFor, released, sha256 } from '../golden/input.js';
import { kinds } from './wants.js';

export interface Scene {
  /** Minor that runs; the next one is wanted, or the same with other flags. */
  readonly minor: number;
  readonly change: 'version' | 'flags';
  readonly newEtcd: boolean;
  readonly controlPlanes: number;
  /** 0: etcd is stacked. */
  readonly etcd: number;
  readonly workers: number;
  readonly zones: number;
  /** Positions of hosts, modulo their number. */
  readonly dead: readonly number[];
  readonly stopped: readonly number[];
  /** So many of the last workers are new. */
  readonly fresh: number;
  /** How far an earlier run came, in shares of its steps. */
  readonly done: number;
}

export const scenes: fc.Arbitrary<Scene> = fc.record({
  minor: fc.integer({ min: 20, max: 35 }),
  change: fc.constantFrom('version' as const, 'version' as const, 'flags' as const),
  newEtcd: fc.boolean(),
  controlPlanes: fc.integer({ min: 1, max: 9 }),
  etcd: fc.constantFrom(0, 0, 1, 3, 5),
  workers: fc.oneof(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 40 })),
  zones: fc.integer({ min: 0, max: 3 }),
  dead: fc.oneof(fc.constant([]), fc.array(fc.nat(60), { maxLength: 3 })),
  stopped: fc.oneof(fc.constant([]), fc.array(fc.nat(60), { maxLength: 2 })),
  fresh: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 4 })),
  done: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true })),
});

export interface World {
  readonly spec: ClusterSpec;
  readonly members: readonly Member[];
  readonly resources: readonly Resource[];
  readonly haves: ReadonlyMap<ResourceId, unknown>;
  readonly plan: Plan;
  /** `kw-1/kubelet` → what runs and what lies on its disk, as minors; absent: nothing. */
  readonly programs: ReadonlyMap<string, Program>;
}

export type Program = { readonly running?: number; readonly disk?: number };

export const wantedMinor = ({ minor, change }: Scene): number => (change === 'version' ? minor + 1 : minor);

/** Where control planes hold etcd, their number is odd. */
const namesOf = (scene: Scene) => {
  const range = (stem: string, count: number) => Array.from({ length: count }, (_, at) => `${stem}-${at + 1}`);
  return {
    cp: range('cp', scene.etcd === 0 ? scene.controlPlanes | 1 : scene.controlPlanes),
    db: range('db', scene.etcd),
    w: range('w', scene.workers),
  };
};

function specOf(scene: Scene, minor: number, flags: boolean): ClusterSpec {
  const { cp, db, w } = namesOf(scene);
  const zone = (at: number) =>
    scene.zones > 0 ? { labels: { 'topology.kubernetes.io/zone': `z${at % scene.zones}` } } : {};
  const hosts = [
    ...cp.map(name => ({ name, roles: ['controlPlane', ...(db.length === 0 ? ['etcd'] : [])] })),
    ...db.map(name => ({ name, roles: ['etcd'] })),
    ...w.map(name => ({ name, roles: ['worker'] })),
  ].map((host, at) => ({ ...host, address: `172.16.0.${at + 10}`, ...zone(at) }));
  const args = { extraArgs: { v: '3' } };
  const file = {
    apiVersion: 'kubewizard/v1',
    kind: 'Cluster',
    name: 'demo',
    kubernetes: `1.${minor}.2`,
    endpoint: scene.controlPlanes % 2 === 0 ? { balance: 'local' } : { address: '172.16.0.5' },
    hosts,
    ...(flags
      ? {
          components: {
            kubelet: args,
            apiserver: args,
            scheduler: args,
            etcd: { extraArgs: { 'heartbeat-interval': '200' } },
          },
        }
      : {}),
  };
  const checked = readCluster(JSON.stringify(file), 'demo.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems, undefined, 2));
  return checked.value;
}

function artifactsOf(minor: number, etcd: string): ArtifactSet {
  const set = released(`1.${minor}.2`, minor >= 30 ? '2.1.9' : '1.6.36');
  const named = (name: 'etcd' | 'etcdctl') => ({
    ...set.binaries[name],
    name,
    version: etcd,
    sha256: sha256(name + etcd),
  });
  return {
    ...set,
    binaries: { ...set.binaries, etcd: named('etcd'), etcdctl: named('etcdctl') } as ArtifactSet['binaries'],
  };
}

const wantedBy = (scene: Scene, minor: number, isNew: boolean, dead: ReadonlySet<string>): readonly Resource[] => {
  const spec = specOf(scene, minor, isNew && scene.change === 'flags');
  const input = inputFor(spec, artifactsOf(minor, isNew && scene.newEtcd ? '3.6.1' : '3.5.16'), {
    etcdDataExists: true,
  });
  return cluster({ ...input, facts: new Map([...input.facts].filter(([host]) => !dead.has(host))) });
};

export function worldOf(scene: Scene): World {
  const { minor } = scene;
  const { w } = namesOf(scene);
  const fresh = new Set(w.slice(Math.max(0, w.length - scene.fresh)));
  const old = new Map(wantedBy(scene, minor, false, new Set()).map(one => [idOf(one), one]));
  const all = wantedBy(scene, wantedMinor(scene), true, new Set());
  const whole = specOf(scene, wantedMinor(scene), scene.change === 'flags');
  const hosts = whole.hosts.map(host => host.name);
  const pick = (positions: readonly number[]) => new Set(positions.map(at => hosts[at % hosts.length] ?? ''));
  const haves = new Map<ResourceId, unknown>(
    all.flatMap((one): readonly (readonly [ResourceId, unknown])[] => {
      const before = old.get(idOf(one));
      return before && !fresh.has(one.host) ? [[idOf(one), standing(before, one)]] : [];
    }),
  );
  const stopped = pick(scene.stopped);
  for (const one of all)
    if (one.kind === 'service' && stopped.has(one.host) && /etcd|kubelet/.test(one.key) && haves.has(idOf(one)))
      haves.set(idOf(one), { ...(haves.get(idOf(one)) as ServiceState), active: 'inactive', sub: 'dead' });
  const programs = new Map<string, Program>();
  for (const { host, key, kind } of all)
    if (kind === 'service' && programName(key) && haves.has(`${host}/service/${key}`)) {
      const isStopped = stopped.has(host) && /etcd|kubelet/.test(key);
      programs.set(`${host}/${programName(key)}`, { disk: minor, ...(isStopped ? {} : { running: minor }) });
    }
  const everybody = membersIn(whole, () => true);
  const first = drafted(whole, all, haves, everybody);
  interrupted(first, scene, all, haves, programs);
  const dead = pick(scene.dead);
  const resources = wantedBy(scene, wantedMinor(scene), true, dead);
  const members = membersIn(whole, host => !dead.has(host));
  return { spec: whole, members, resources, haves, programs, plan: drafted(whole, resources, haves, members) };
}

/** An earlier run that did the first steps, and was cut off. */
function interrupted(
  plan: Plan,
  scene: Scene,
  all: readonly Resource[],
  haves: Map<ResourceId, unknown>,
  programs: Map<string, Program>,
): void {
  const wanted = new Map(all.map(one => [idOf(one), one]));
  const written = new Map<string, Set<string>>();
  for (const step of plan.steps.slice(0, Math.floor(plan.steps.length * scene.done))) {
    const one = wanted.get(step.id);
    if (!one) continue;
    haves.set(step.id, ideal(one));
    written.set(step.host, (written.get(step.host) ?? new Set()).add(step.key));
    effect(step, programs, wantedMinor(scene));
    if (step.kind === 'service')
      for (const path of (one.want as Wants['service']).reads) written.get(step.host)?.delete(path);
  }
  for (const one of all) {
    const have = haves.get(idOf(one)) as ServiceState | undefined;
    if (one.kind !== 'service' || have?.active !== 'active') continue;
    const stale = (one.want as Wants['service']).reads.filter(path => written.get(one.host)?.has(path));
    haves.set(idOf(one), { ...have, stale });
  }
}

/** What a step does to the programs of its host. */
export function effect(
  { host, kind, key, changes }: Plan['steps'][number],
  programs: Map<string, Program>,
  minor: number,
): void {
  const id = `${host}/${programName(key)}`;
  if (kind === 'artifact') programs.set(id, { ...programs.get(id), disk: minor });
  if (kind === 'service' && changes.some(({ field }) => field === 'fresh' || field === 'running')) {
    const disk = programs.get(id)?.disk;
    if (disk !== undefined) programs.set(id, { disk, running: disk });
  }
}

export const programName = (key: string): string | undefined =>
  /(?:^|\/)(etcd|kube-apiserver|kube-controller-manager|kube-scheduler|kubelet|kube-proxy)(?:\.service)?$/.exec(
    key,
  )?.[1];

const ideal = ({ kind, want }: Resource): unknown => kinds[kind]?.ideal(want);

/** What stands there since the old file: another program is a link to another digest. */
const standing = (before: Resource, now: Resource): unknown => {
  const [old, next] = [before.want as Wants['artifact'], now.want as Wants['artifact']];
  return before.kind === 'artifact' && old.sha256 !== next.sha256
    ? { is: 'other-link', whole: false, target: old.sha256, ours: true }
    : ideal(before);
};

const mark = 'ideal:';

export function drafted(
  spec: ClusterSpec,
  resources: readonly Resource[],
  haves: ReadonlyMap<ResourceId, unknown>,
  members: readonly Member[],
  takesBack = false,
  drains?: Drains,
): Plan {
  const empty = emptyAnswers(resources);
  const answers = new Map<ResourceId, Answer>(
    resources.map(idOf).map(id => [id, haves.has(id) ? { raw: mark + id } : (empty.get(id) ?? { missing: 'unknown' })]),
  );
  const simulated: KindTable = Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [
      name,
      {
        ...kind,
        read: (key: string, want: unknown) => {
          const fact = kind.read(key, want);
          return {
            ...fact,
            parse: (raw: string) => (raw.startsWith(mark) ? haves.get(raw.slice(mark.length)) : fact.parse(raw)),
          };
        },
      },
    ]),
  );
  return draft({ cluster: 'demo', spec, resources, answers, kinds: simulated, members, takesBack, drains });
}
