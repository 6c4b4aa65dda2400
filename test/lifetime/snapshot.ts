/** A cluster's state against one that was built at once from the last file: what is more, less, or other. */
import type { Input } from '../../src/blueprint/input.js';
import type { ClusterSpec } from '../../src/model/cluster.js';
import type { CertificateWant, KubeconfigWant } from '../../src/resources/wants.js';
import { cluster } from '../../src/blueprint/cluster.js';
import { drainAnnotation } from '../../src/model/drain.js';
import { idOf } from '../../src/model/resource.js';
import { draft } from '../../src/plan/draft.js';
import { kindsAt } from '../../src/resources/index.js';
import { type Machine, machine } from './machine.js';
import { rawOf, readingStates } from './seen.js';
import { carryOut, type Hosts, type World } from './world.js';

const kinds = kindsAt(() => new Date('2026-01-01T00:00:00Z'));

/** Built at once, with the shares of the pod network that history gave the hosts. */
const fresh = (spec: ClusterSpec, hosts: Hosts, input: Input, ca: string): World & { readonly hosts: Hosts } => {
  const twins = new Map([...hosts.keys()].map(name => [name, machine(name)]));
  const world: World = { api: { objects: new Map() }, machines: twins, ca, members: [], at: new Map() };
  const facts = new Map(
    [...input.facts].map(([name, fact]) => {
      const { built, lived: __, etcdInitial: ___, etcdOurs: ____, ...rest } = fact;
      // Nor would it know by which router ids the hosts know their addresses.
      const { carries } = built ?? {};
      const kept = carries ? { built: { runs: [], peers: [], carries } } : {};
      return [name, { ...rest, ...kept, etcdDataExists: false, etcdMembers: '' }] as const;
    }),
  );
  const resources = cluster({ ...input, facts, etcdLived: false });
  for (let round = 0; round < 3; round++) {
    const answers = new Map(
      resources.map(one => [idOf(one), { raw: rawOf(one, twins, world.api, kinds) ?? '' }] as const),
    );
    const plan = draft({ cluster: spec.name, spec, resources, answers, kinds: readingStates(kinds) });
    const { failed } = carryOut(world, { plan, input, resources, hosts: twins });
    if (round > 0 && failed.size > 0) throw new Error(`a fresh build fails: ${[...failed].slice(0, 3).join('; ')}`);
  }
  return { ...world, hosts: twins };
};

export const differences = (world: World, spec: ClusterSpec, hosts: Hosts, input: Input): readonly string[] => {
  const twin = fresh(spec, hosts, input, world.ca);
  const [have, want] = [lines(world, hosts, spec), lines(twin, twin.hosts, spec)];
  return [
    ...[...have].filter(([key]) => !want.has(key)).map(([key, value]) => `left over: ${key} ${value}`),
    ...[...want].filter(([key]) => !have.has(key)).map(([key]) => `missing: ${key}`),
    ...[...want].flatMap(([key, value]) => {
      const other = have.get(key);
      return other === undefined || other === value || isAsGood(other, value)
        ? []
        : [`other: ${key}: ${other} instead of ${value}`];
    }),
  ];
};

const lines = (world: World, hosts: Hosts, spec: ClusterSpec): ReadonlyMap<string, string> =>
  new Map([...[...hosts].flatMap(([name, one]) => hostLines(name, one)), ...objectLines(world, hosts, spec)]);

/** A host that was a member keeps its data aside, and the user that they are of. */
const roleOf = (one: Machine): boolean => one.files.has('/etc/systemd/system/etcd.service');

const hostLines = (name: string, one: Machine): readonly (readonly [string, string])[] => [
  ...[...one.files].map(
    // A member keeps the list of its first start.
    ([path, { text, mode, owner }]) =>
      [`${name} file ${path}`, `${mode} ${owner} ${text.replace(/--initial-cluster=\S*/, '')}`] as const,
  ),
  ...[...one.units]
    .filter(([, { active, enabled }]) => active || enabled)
    .map(([unit, { active, enabled }]) => [`${name} unit ${unit}`, `${active} ${enabled}`] as const),
  ...[...one.made]
    .filter(
      ([key]) =>
        // A first build writes the members down together with who it is.
        !/^(command\/(etcd-join|etcd-members|etcd-gone|node-gone-.*|registers-again|keepalived-steps-back)|ready\/endpoint.*)$/.test(
          key,
        ) &&
        (roleOf(one) || !/^(command\/etcd-user|directory\/\/var\/lib\/etcd)$/.test(key)),
    )
    .map(([key, want]) => [`${name} ${key}`, wantLine(key, want)] as const),
];

/**
 * A name that the file does not say any more stays in a certificate until it is renewed (src/spec/lives.ts): it is as
 * good as one that has all names that are wanted.
 */
const isAsGood = (have: string, want: string): boolean => {
  if (!want.includes('"sans"')) return false;
  const [one, other] = [JSON.parse(have), JSON.parse(want)] as { request: { sans: readonly string[] } }[];
  const names = one?.request.sans ?? [];
  if (!one || !other?.request.sans.every(name => names.includes(name))) return false;
  one.request.sans = other.request.sans;
  return JSON.stringify(one) === JSON.stringify(other);
};

/** How long a certificate lives is of its own making: `pki.leafDays` is for those that come. */
const wantLine = (key: string, want: unknown): string => {
  if (key.startsWith('ready/')) return 'it was waited for';
  if (key === 'command/etcd-member') return 'it was recorded';
  const { request, ...rest } = want as CertificateWant | KubeconfigWant;
  if (request === undefined) return JSON.stringify(want);
  // What a kubeconfig calls its cluster and user is a label of its own: with a living cluster the name never changes.
  const { cluster: _, user: __, ...same } = rest as KubeconfigWant;
  return JSON.stringify({ ...same, request: { ...request, days: 0 } });
};

interface Node {
  readonly metadata: { readonly labels?: object; readonly annotations?: object };
  readonly spec?: { readonly taints?: readonly { readonly key: string }[]; readonly podCIDR?: string };
}

const objectLines = (world: World, hosts: Hosts, spec: ClusterSpec): readonly (readonly [string, string])[] =>
  [...world.api.objects].flatMap(([path, body]): readonly (readonly [string, string])[] => {
    const node = /^\/api\/v1\/nodes\/(.+)$/.exec(path)?.[1];
    // `addons.dns: false` leaves a DNS that is there to its owner; a node that left the file is its own story.
    if (node === undefined) return !spec.addons.dns && /dns/.test(path) ? [] : [[`object ${path}`, stable(body)]];
    return hosts.has(node) ? [[`node ${node}`, nodeLine(body as unknown as Node)]] : [];
  });

/** Without what others set, which must be there beside it. */
const nodeLine = ({ metadata, spec }: Node): string => {
  const { 'others.example/x': _, ...labels } = (metadata.labels ?? {}) as Record<string, string>;
  const taints = (spec?.taints ?? []).filter(one => one.key !== 'others');
  // A cordon of ours is given back by workflow/build/drains.ts.
  const { [drainAnnotation]: __, ...annotations } = (metadata.annotations ?? {}) as Record<string, string>;
  return stable({ labels, annotations, taints, podCIDR: spec?.podCIDR });
};

const stable = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
