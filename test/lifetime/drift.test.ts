/**
 * After an `up` any changes behind Kubewizard's back are named, each of them and nothing else; a file that was edited
 * is not a host that drifted; and who was not seen is said to be unseen.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clusterHost, idOf, type Resource, type ResourceId } from '../../src/model/resource.js';
import { type Compared, compare } from '../../src/plan/drift/compare.js';
import { shortWants, wantedBefore } from '../../src/plan/drift/wants.js';
import type { Answer } from '../../src/plan/read-answer.js';
import { kindsAt } from '../../src/resources/index.js';
import type { PackagesWant, ServiceWant } from '../../src/resources/wants.js';
import { readCluster } from '../../src/spec/index.js';
import { createAuthority } from '../../src/pki/issue.js';
import { machine, type Machine } from './machine.js';
import { rawOf, readingStates } from './seen.js';
import { carryOut, type Drafted, drafted, type Hosts, whileFounding, type World } from './world.js';

const kinds = kindsAt(() => new Date('2026-01-01T00:00:00Z'));
const states = readingStates(kinds);
const { certPem } = await createAuthority({
  commonName: 'kubernetes-ca',
  days: 3650,
  algorithm: 'ecdsa-p256',
  now: new Date('2026-01-01'),
});

const text = (more = ''): string => `apiVersion: kubewizard/v1
kind: Cluster
name: demo
kubernetes: 1.29.3
hosts:
  - { name: a, address: 10.0.0.1, roles: [etcd, controlPlane] }
  - { name: b, address: 10.0.0.2, roles: [worker], labels: { disk: ssd } }
  - { name: c, address: 10.0.0.3, roles: [worker] }
${more}`;
const specOf = (file: string) => {
  const checked = readCluster(file, 'cluster.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.value;
};

const made = (world: World, file: string, hosts: Hosts): Drafted => {
  const one = drafted(world, specOf(file), hosts);
  if ('refused' in one) throw new Error(JSON.stringify(one.refused));
  return one;
};

/** A cluster that was built, and has nothing left to do. */
const build = () => {
  const world: World = { api: { objects: new Map() }, machines: new Map(), ca: certPem, members: [], at: new Map() };
  const spec = specOf(text());
  const hosts = new Map(
    spec.hosts.map(({ name, address }) => {
      const one = machine(name);
      world.machines.set(name, one);
      world.at.set(address, name);
      return [name, one] as const;
    }),
  );
  const first = made(world, text(), hosts);
  whileFounding(world, spec, first, hosts, () => carryOut(world, first).killed);
  carryOut(world, made(world, text(), hosts));
  return { world, hosts, resources: made(world, text(), hosts).resources };
};
type Built = ReturnType<typeof build>;

const [file, once] = [text(), build()];
/** Its own copy for whoever changes it. */
const built = (): Built => ({
  ...structuredClone({ world: once.world, hosts: once.hosts }),
  resources: once.resources,
});

const answersTo = ({ world, hosts }: Built, resources: readonly Resource[]): ReadonlyMap<ResourceId, Answer> =>
  new Map(
    resources.map(one => {
      const raw = rawOf(one, hosts, world.api, kinds);
      return [idOf(one), raw === undefined ? { missing: 'it is away' } : { raw }] as const;
    }),
  );

/** What is wanted follows from what hosts say now, as it does for the command: an edit must not hide itself. */
const driftOf = (
  cluster: Built,
  asks = file,
  more: {
    readonly without?: readonly string[];
    readonly resources?: readonly Resource[];
    /** What another version wanted. */
    readonly before?: readonly Resource[];
  } = {},
): Compared => {
  const wanting = (resources: readonly Resource[]) => ({ resources, answers: answersTo(cluster, resources) });
  const wantedBy = (text: string) => wanting(more.resources ?? made(cluster.world, text, cluster.hosts).resources);
  const left = wantedBy(file);
  const now = asks === file ? left : wantedBy(asks);
  const before = more.before && wantedBefore(shortWants(more.before));
  const without = new Set(more.without ?? []);
  return compare({ kinds: states, now, left, without, later: [], wantedBefore: before });
};

/** What somebody does to a thing; undefined: nothing can be done to it here. */
const mutate = ({ world, hosts }: Built, { host, kind, key, want }: Resource): boolean => {
  if (kind === 'object') return mutateObject(world, key);
  const on = hosts.get(host);
  if (!on) return false;
  if (kind === 'file') return edit(on, key);
  if (kind === 'service') return stop(on, key, want as ServiceWant);
  if (kind === 'packages') return (want as PackagesWant).names.slice(0, 1).some(name => on.packages.delete(name));
  return ['sysctl', 'artifact', 'image', 'directory', 'certificate', 'kubeconfig'].includes(kind)
    ? on.made.delete(`${kind}/${key}`)
    : false;
};

const mutateObject = ({ api }: World, key: string): boolean => {
  // A Node is its kubelet's; its labels are tried below.
  if (!api.objects.has(key) || key.startsWith('/api/v1/nodes/')) return false;
  return api.objects.delete(key);
};

let stamp = 1e6;
const edit = (on: Machine, path: string): boolean => {
  const old = on.files.get(path);
  if (!old) return false;
  on.files.set(path, { ...old, text: `${old.text}# edited\n`, sha256: String(stamp).padStart(64, '0') });
  on.stamps.set(path, stamp++);
  return true;
};

/** Whoever stops these takes the whole API out of sight, or what hangs on it: that is told as unseen. */
const keepsApi = new Set(['etcd.service', 'kube-apiserver.service']);
const stop = (on: Machine, unit: string, { running }: ServiceWant): boolean => {
  const one = on.units.get(unit);
  if (!one || !running || keepsApi.has(unit)) return false;
  on.units.set(unit, { ...one, active: false });
  return true;
};

const ids = ({ differences }: Compared): readonly string[] => differences.map(({ id }) => id).sort();

describe('kw drift, on simulated hosts', () => {
  test('nothing after an up', () => {
    const { differences, unseen, examined } = driftOf(built());
    expect([differences, unseen]).toEqual([[], []]);
    expect(examined).toBeGreaterThan(150);
  });

  const targets = once.resources.filter(one => mutate(built(), one));

  test('what can be changed here is of every kind that somebody changes', () => {
    expect([...new Set(targets.map(({ kind }) => kind))].sort()).toEqual(
      ['artifact', 'certificate', 'directory', 'file', 'kubeconfig', 'object', 'packages', 'service', 'sysctl'].sort(),
    );
  });

  test('names exactly what was changed, and that the host has drifted', () => {
    fc.assert(
      fc.property(fc.subarray(targets as Resource[], { minLength: 1, maxLength: 6 }), changed => {
        const cluster = built();
        for (const one of changed) mutate(cluster, one);
        const { differences, unseen } = driftOf(cluster);
        expect(ids({ differences } as Compared)).toEqual(changed.map(idOf).sort());
        expect(new Set(differences.map(({ origin }) => origin))).toEqual(new Set(['host']));
        expect(new Set(differences.map(({ next }) => next))).toEqual(new Set(['back']));
        expect(unseen).toEqual([]);
        expect(differences.every(({ changes }) => changes.length > 0)).toBe(true);
      }),
      { seed: 16, numRuns: 30 },
    );
  });

  test('with another version of kw: what a hand changed is drift, and only what it never left is a wish', () => {
    const hands = fc.subarray(targets as Resource[], { minLength: 1, maxLength: 6 });
    const lacked = fc.subarray(targets as Resource[], { maxLength: 6 });
    const others = fc.subarray(targets as Resource[], { maxLength: 6 });
    fc.assert(
      fc.property(hands, lacked, others, (changed, nothing, other) => {
        const cluster = built();
        for (const one of changed) mutate(cluster, one);
        // The version before had no such thing, or wanted something else of it.
        const none = new Set(nothing.map(idOf));
        const odd = new Set(other.map(idOf));
        const before = once.resources
          .filter(one => !none.has(idOf(one)))
          .map(one => (odd.has(idOf(one)) ? { ...one, want: { another: one.want } } : one));
        const { differences } = driftOf(cluster, file, { before });
        expect(ids({ differences } as Compared)).toEqual(changed.map(idOf).sort());
        for (const { id, origin } of differences)
          expect([id, origin]).toEqual([id, none.has(id) ? 'wish' : odd.has(id) ? 'unknown' : 'host']);
      }),
      { seed: 16, numRuns: 20 },
    );
  });

  test('units that have not read an edited file are told with it', () => {
    const cluster = built();
    const kubelet = cluster.resources.find(({ host, key }) => host === 'b' && key === 'kubelet.service') as Resource;
    const [path = ''] = (kubelet.want as ServiceWant).reads.filter(one => cluster.hosts.get('b')?.files.has(one));
    edit(cluster.hosts.get('b') as Machine, path);
    expect(driftOf(cluster).differences).toMatchObject([{ key: path, unread: ['kubelet.service'] }]);
  });

  const edits = [
    'components: { kubelet: { config: { maxPods: 99 } } }\n',
    'network: { mtu: 1400 }\n',
    'components: { apiserver: { extraArgs: { v: "4" } } }\n',
  ];

  test('of a file that was edited it says so, and of no host that it has drifted', () => {
    for (const more of edits) {
      const { differences } = driftOf(built(), text(more));
      expect(differences.length).toBeGreaterThan(0);
      expect(new Set(differences.map(({ origin }) => origin))).toEqual(new Set(['file']));
    }
  });

  test('file and host at once: each with its own origin', () => {
    const [more = ''] = edits;
    const asked = new Set(ids(driftOf(built(), text(more))));
    fc.assert(
      fc.property(fc.subarray(targets as Resource[], { minLength: 1, maxLength: 4 }), changed => {
        const cluster = built();
        for (const one of changed) mutate(cluster, one);
        const hit = new Set(changed.map(idOf));
        for (const { id, origin } of driftOf(cluster, text(more)).differences)
          expect([id, origin]).toEqual([id, hit.has(id) ? 'host' : 'file']);
        expect(ids(driftOf(cluster, text(more)))).toEqual([...new Set([...hit, ...asked])].sort());
      }),
      { seed: 16, numRuns: 8 },
    );
  });

  test('a label that somebody takes off a node is drift of the API object', () => {
    const cluster = built();
    const node = cluster.world.api.objects.get('/api/v1/nodes/b') as { metadata: { labels: Record<string, string> } };
    delete node.metadata.labels.disk;
    expect(driftOf(cluster).differences).toMatchObject([
      {
        id: `${clusterHost}/object//api/v1/nodes/b`,
        origin: 'host',
        changes: [{ field: expect.stringContaining('disk'), was: 'ssd', is: undefined }],
      },
    ]);
  });

  test('who is away is named, whatever else is seen', () => {
    fc.assert(
      fc.property(fc.subarray(['a', 'b', 'c'], { minLength: 1 }), away => {
        const cluster = built();
        for (const name of away) (cluster.hosts.get(name) as Machine).reachable = false;
        const { unseen } = driftOf(cluster, file, { resources: once.resources });
        const hidden = away.includes('a') ? [...away, clusterHost] : away;
        expect(unseen.map(({ host }) => host).sort()).toEqual([...hidden].sort());
      }),
    );
  });

  test('a host without anything of the cluster is told as a whole', () => {
    const cluster = built();
    const on = cluster.hosts.get('b') as Machine;
    for (const each of [on.files, on.units, on.made, on.packages]) each.clear();
    const { differences, empty } = driftOf(cluster, file, { resources: once.resources });
    expect([empty, differences]).toEqual([['b'], []]);
  });

  test('of a host that the last run did not see nobody says who changed it', () => {
    const cluster = built();
    const target = targets.find(({ host, kind }) => host === 'b' && kind === 'sysctl') as Resource;
    mutate(cluster, target);
    expect(driftOf(cluster, file, { without: ['b'] }).differences).toMatchObject([
      { id: idOf(target), origin: 'unknown' },
    ]);
  });
});
