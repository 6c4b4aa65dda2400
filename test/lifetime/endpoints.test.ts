/**
 * Law: whatever endpoint of the API anybody uses is served at every moment of a change, and named by the certificate of
 * every server that it leads to: of the cluster's own clients the one that they have read, of others each that was named
 * by the file before and is by the file now. Runs are killed anywhere, and gone on with.
 */
import fc from 'fast-check';
import { stringify } from 'yaml';
import { beforeAll, expect, test } from 'vitest';
import {
  adminConf,
  haproxyConfig,
  keepalivedConfig,
  kubeletConf,
  proxyConf,
} from '../../src/blueprint/render/paths.js';
import { type ClusterSpec, servedOf } from '../../src/model/cluster.js';
import type { Step, Turn } from '../../src/model/plan.js';
import { createAuthority } from '../../src/pki/issue.js';
import { goesLast } from '../../src/preflight/endpoint-drops.js';
import { readCluster } from '../../src/spec/index.js';
import { contentOf, type Machine, machine, runs } from './machine.js';
import { whyNot } from './reached.js';
import { carryOut, drafted, type Hosts, whileFounding, type World } from './world.js';

let ca = '';
beforeAll(async () => {
  const now = new Date('2026-01-01T00:00:00Z');
  ca = (await createAuthority({ commonName: 'kubernetes-ca', days: 3650, algorithm: 'ecdsa-p256', now })).certPem;
});

const places = ['10.0.0.100:8443', '10.0.0.101:8443', '10.0.0.101:9443', '127.0.0.1:8443', 'api.example.com:6443'];
const balanceAt = (at: string): string =>
  at.startsWith('127.') ? 'local' : at.startsWith('api.') ? 'external' : 'virtual-address';
const entry = (at: string) => {
  const [address, port] = at.split(':');
  return { address, port: Number(port), balance: balanceAt(at) };
};

interface Shape {
  readonly planes: number;
  readonly workers: number;
  readonly balancers: number;
}

const specOf = ({ planes, workers, balancers }: Shape, [main = '', ...also]: readonly string[]): ClusterSpec => {
  const roles = [
    ...Array.from({ length: planes }, () => ['etcd', 'controlPlane']),
    ...Array.from({ length: workers }, () => ['worker']),
    ...(also.concat(main).some(at => balanceAt(at) === 'virtual-address')
      ? Array.from({ length: balancers }, () => ['loadBalancer'])
      : []),
  ];
  const hosts = roles.map((each, n) => ({ name: `kw-${n + 1}`, address: `10.0.0.${n + 1}`, roles: each }));
  const endpoint = { ...entry(main), also: also.map(entry) };
  const checked = readCluster(stringify({ name: 'demo', kubernetes: '1.29.3', endpoint, hosts }), 'cluster.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.value;
};

const reads = [
  ['kubelet.service', kubeletConf],
  ['kube-proxy.service', proxyConf],
] as const;

/** Where something of this host asks: what it has read, and what it would read if it were started now. */
const usedOn = (one: Machine): readonly string[] =>
  [
    contentOf(one, adminConf),
    ...reads.flatMap(([unit, path]) =>
      runs(one, unit) ? [one.units.get(unit)?.read.get(path) ?? '', contentOf(one, path)] : [],
    ),
  ].flatMap(server => (server.startsWith('https://') ? [server.slice('https://'.length)] : []));

/** As the engine may have it, which waits for nothing but what a step comes after. */
function anyOrder(steps: readonly Step[], random: () => number): readonly Step[] {
  const done = new Set<string>();
  const left = [...steps];
  const ordered: Step[] = [];
  while (left.length > 0) {
    const may = ({ after, afterAny }: Step): boolean =>
      after.every(id => done.has(id)) && (afterAny === undefined || afterAny.some(id => done.has(id)));
    const open = left.flatMap((step, at) => (may(step) ? [at] : []));
    const [step] = left.splice(open[Math.floor(random() * open.length)] ?? 0, 1);
    if (!step || open.length === 0) throw new Error('steps that can never begin');
    done.add(step.id);
    ordered.push(step);
  }
  return ordered;
}

/** Numbers from 0 to 1 that a seed makes. */
const seeded = (seed: number) => () => {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  return seed / 2147483648;
};

class Cluster {
  private readonly random: () => number;
  constructor(seed: number) {
    this.random = seeded(seed);
  }

  readonly world: World = { api: { objects: new Map() }, machines: new Map(), ca, members: [], at: new Map() };

  /** @returns what was used at some moment and not served. */
  run(spec: ClusterSpec, others: readonly string[], kill?: number): ReadonlySet<string> {
    const hosts = this.hostsOf(spec);
    const found = drafted(this.world, spec, hosts);
    if ('refused' in found) throw new Error(JSON.stringify(found.refused));
    const made = { ...found, plan: { ...found.plan, steps: anyOrder(found.plan.steps, this.random) } };
    const broken = new Set<string>();
    const machines = [...this.world.machines.values()];
    whileFounding(this.world, spec, made, hosts, () => {
      const { killed } = carryOut(this.world, made, kill, () => {
        for (const one of machines)
          for (const at of [...(runs(one, 'kubelet.service') ? others : []), ...usedOn(one)]) {
            const why = whyNot(one, at, machines);
            if (why !== undefined) broken.add(`${at} from ${one.id}: ${why}`);
          }
      });
      return killed;
    });
    return broken;
  }

  turns(spec: ClusterSpec): readonly Turn[] {
    const made = drafted(this.world, spec, this.hostsOf(spec));
    return 'refused' in made ? [] : (made.plan.rollout?.waves ?? []).flatMap(wave => wave.turns ?? []);
  }

  used(): readonly string[] {
    return [...this.world.machines.values()].flatMap(usedOn);
  }

  goesLast(spec: ClusterSpec): boolean {
    const made = drafted(this.world, spec, this.hostsOf(spec));
    return !('refused' in made) && goesLast(made.input);
  }

  left(spec: ClusterSpec): readonly string[] {
    const made = drafted(this.world, spec, this.hostsOf(spec));
    return 'refused' in made ? ['refused'] : made.plan.steps.map(({ id }) => id);
  }

  private hostsOf(spec: ClusterSpec): Hosts {
    return new Map(
      spec.hosts.map(({ name, address }) => {
        const one = this.world.machines.get(name) ?? machine(name);
        this.world.machines.set(name, one);
        this.world.at.set(address, name);
        return [name, one];
      }),
    );
  }
}

const placesOf = (spec: ClusterSpec): readonly string[] =>
  servedOf(spec).map(({ address, port }) => `${address}:${port}`);

const shapes = fc.record({
  planes: fc.constantFrom(1, 3),
  workers: fc.nat(3),
  balancers: fc.constantFrom(0, 0, 1, 2),
});
const turns = fc.array(
  fc.record({ to: fc.nat(4), keeps: fc.subarray(places), kills: fc.array(fc.nat(60), { maxLength: 3 }) }),
  { minLength: 1, maxLength: 4 },
);

test('no endpoint that anybody uses is without a server at any moment, and the end is reached', () => {
  let [moved, late] = [0, 0];
  fc.assert(
    fc.property(shapes, fc.nat(4), turns, fc.nat(), (shape, first, all, seed) => {
      const cluster = new Cluster(seed);
      let now = [places[first] ?? ''];
      const built = specOf(shape, now);
      for (let round = 0; round < 3; round++) cluster.run(built, []);
      expect(cluster.left(built)).toEqual([]);
      for (const { to, keeps, kills } of all) {
        const next = places[to] ?? '';
        // First both are served, whatever else goes or comes; then the old one is dropped, or kept.
        const both = [...new Set([next, ...now, ...keeps])];
        const alone = [...new Set([next, ...keeps])];
        for (const files of [both, alone]) {
          const spec = specOf(shape, files);
          const others = placesOf(spec).filter(at => now.includes(at));
          let isLate = false;
          for (const kill of [...kills, undefined]) {
            expect([...cluster.run(spec, others, kill)]).toEqual([]);
            // Not everybody has been told yet; the new one is served wherever it should be: the old one may be dropped.
            isLate = files === both && kill !== undefined && cluster.goesLast(specOf(shape, alone));
            if (isLate && cluster.used().some(at => !alone.includes(at))) late++;
            if (isLate) break;
          }
          // What a run that was cut off was to add, nobody was given yet.
          now = isLate ? files.filter(at => now.includes(at)) : files;
          moved++;
          if (isLate) continue;
          cluster.run(spec, others);
          expect(cluster.left(spec)).toEqual([]);
        }
      }
    }),
    { seed: 7, numRuns: 10, endOnFailure: true },
  );
  expect(moved).toBeGreaterThan(30);
  expect(late).toBeGreaterThan(2);
});

test('the turns of load balancers are armed, and their files are written in them', () => {
  const cluster = new Cluster(1);
  const shape = { planes: 3, workers: 2, balancers: 0 };
  const [old = '', next = ''] = [places[0], places[2]];
  for (let round = 0; round < 3; round++) cluster.run(specOf(shape, [old]), []);
  for (const files of [[next, old], [next]]) {
    const turns = cluster.turns(specOf(shape, files)).filter(({ armed }) => armed);
    expect(turns.map(({ host }) => host)).toEqual(['kw-1', 'kw-2', 'kw-3']);
    for (const { host, units } of turns)
      expect(units.map(({ unit, writes }) => [unit, writes])).toEqual([
        ['kw-haproxy.service', [`${host}/file/${haproxyConfig}`]],
        ['kw-keepalived.service', [`${host}/file/${keepalivedConfig}`]],
      ]);
    cluster.run(specOf(shape, files), []);
  }
});
