/**
 * Whoever administers a cluster is let in by a binding that can be taken away, and nobody is ever locked out on the way
 * there: after every action of every plan there is somebody whom the API server lets in, and whoever was let in on a
 * control plane by admin.conf still is.
 */
import { beforeAll, expect, test } from 'vitest';
import { administrators } from '../../src/blueprint/access/administrators.js';
import { createAuthority } from '../../src/pki/issue.js';
import { readCluster } from '../../src/spec/index.js';
import { type ClusterSpec, withRole } from '../../src/model/cluster.js';
import type { KubeconfigWant } from '../../src/resources/wants.js';
import { type Machine, machine } from './machine.js';
import { carryOut, drafted, type Drafted, type Hosts, whileFounding, type World } from './world.js';

let ca = '';
beforeAll(async () => {
  const now = new Date('2026-01-01T00:00:00Z');
  ca = (await createAuthority({ commonName: 'kubernetes-ca', days: 3650, algorithm: 'ecdsa-p256', now })).certPem;
});

const [admin, glass] = ['kubeconfig//etc/kubernetes/admin.conf', 'kubeconfig//etc/kubernetes/super-admin.conf'];
const specOf = (controlPlanes: readonly string[]): ClusterSpec => {
  const hosts = ['a', 'b', 'c', 'w'].map((name, at) => ({
    name,
    address: `10.0.0.${at + 1}`,
    roles: name === 'w' ? ['worker'] : name === 'a' ? ['etcd', 'controlPlane'] : ['controlPlane'],
  }));
  const read = readCluster(
    JSON.stringify({
      name: 'demo',
      kubernetes: '1.29.3',
      endpoint: { address: '10.0.0.100', balance: 'external' },
      hosts: hosts.filter(({ name }) => name === 'w' || controlPlanes.includes(name)),
    }),
    'cluster.yaml',
  );
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.value;
};

const begin = (): World => ({
  api: { objects: new Map() },
  machines: new Map(['a', 'b', 'c', 'w'].map(name => [name, machine(name)])),
  ca,
  members: [],
  at: new Map(['a', 'b', 'c', 'w'].map((name, n) => [`10.0.0.${n + 1}`, name])),
});
const hostsOf = (world: World, spec: ClusterSpec): Hosts =>
  new Map(spec.hosts.map(({ name }) => [name, world.machines.get(name) as Machine]));

/** One pass over a plan, killed after so many actions; false: it was killed. */
const pass = (world: World, spec: ClusterSpec, most?: number): boolean => {
  const hosts = hostsOf(world, spec);
  const made = planned(world, spec);
  let killed = false;
  whileFounding(world, spec, made, hosts, () => {
    killed = carryOut(world, made, most).killed;
    return killed;
  });
  return !killed;
};

const planned = (world: World, spec: ClusterSpec): Drafted => {
  const made = drafted(world, spec, hostsOf(world, spec));
  if ('refused' in made) throw new Error(JSON.stringify(made.refused));
  return made;
};
const isDone = (world: World, spec: ClusterSpec): boolean => planned(world, spec).plan.steps.length === 0;

/** The simulation asks for the API before its servers run: a second pass finds them. */
const run = (world: World, spec: ClusterSpec): void => {
  for (let left = 4; !isDone(world, spec); left--) {
    expect(left).toBeGreaterThan(0);
    pass(world, spec);
  }
};

/** As the API server decides on a certificate. */
const letIn = (world: World, want: unknown): boolean => {
  const request = (want as KubeconfigWant | undefined)?.request;
  if (!request) return false;
  const binding = world.api.objects.get(
    '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/kubewizard:administrators',
  );
  const subjects = (binding?.subjects ?? []) as readonly { readonly kind: string; readonly name: string }[];
  return (
    request.organizations.includes('system:masters') ||
    subjects.some(one => one.kind === 'User' && one.name === request.commonName)
  );
};
const on = (world: World, host: string, key: string): boolean => letIn(world, world.machines.get(host)?.made.get(key));

/** A world for each place where a run can be cut off, each `stride` actions from the last; how many there were. */
const everyPrefix = (prepared: World, spec: ClusterSpec, check: (world: World) => void, stride = 1): number => {
  let count = 0;
  for (; !isDone(prepared, spec); pass(prepared, spec))
    for (let most = 0; ; most += stride) {
      const world = structuredClone(prepared);
      const ended = pass(world, spec, most);
      check(world);
      count++;
      if (ended) break;
      run(world, spec);
      check(world);
      converged(world, spec);
    }
  return count;
};

const converged = (world: World, spec: ClusterSpec): void => {
  for (const { name } of withRole(spec, 'controlPlane')) {
    expect([name, on(world, name, admin), on(world, name, glass)]).toEqual([name, true, true]);
    expect(requestOf(world, name)?.organizations).toEqual([]);
  }
};
const requestOf = (world: World, host: string) =>
  (world.machines.get(host)?.made.get(admin) as KubeconfigWant | undefined)?.request;

const built = (spec: ClusterSpec): World => {
  const world = begin();
  run(world, spec);
  return world;
};

/** As `kw` built it before: admin.conf of system:masters, no other way, no binding. */
const older = (spec: ClusterSpec): World => {
  const world = built(spec);
  world.api.objects.delete(administrators(spec).key);
  for (const { name } of withRole(spec, 'controlPlane')) {
    const made = world.machines.get(name)?.made;
    const want = made?.get(admin) as KubeconfigWant;
    const request = { ...want.request, commonName: 'kubernetes-admin', organizations: ['system:masters'] };
    made?.set(admin, { ...want, request });
    made?.delete(glass);
  }
  return world;
};

const one = specOf(['a']);
const three = specOf(['a', 'b', 'c']);

test('wherever a first build is killed, no certificate that needs the binding is there before the binding', () => {
  const most = everyPrefix(
    begin(),
    one,
    world => {
      if (requestOf(world, 'a')) expect(on(world, 'a', admin)).toBe(true);
    },
    25,
  );
  expect(most).toBeGreaterThan(5);
});

test.each([
  ['one control plane', one],
  ['three', three],
])('an older cluster of %s moves over, and nobody is locked out between', (_, spec) => {
  const most = everyPrefix(older(spec), spec, world => {
    for (const { name } of withRole(spec, 'controlPlane')) expect([name, on(world, name, admin)]).toEqual([name, true]);
  });
  expect(most).toBeGreaterThan(withRole(spec, 'controlPlane').length);
});

test('a binding that is gone comes back, and the way that needs none was there all the time', () => {
  const world = built(three);
  world.api.objects.delete(administrators(three).key);
  expect(on(world, 'a', admin)).toBe(false);
  everyPrefix(world, three, one => expect(on(one, 'a', glass)).toBe(true));
});

test('a control plane that comes is let in, and one that left the file no more', () => {
  const world = built(one);
  run(world, three);
  converged(world, three);
  run(world, specOf(['a', 'b']));
  expect(on(world, 'b', admin)).toBe(true);
  expect(on(world, 'c', admin)).toBe(false);
});
