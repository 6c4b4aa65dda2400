/** Plays a sequence: edits, runs that are killed, hosts that go and come; and what must hold at its end. */
import fc from 'fast-check';
import { stringify } from 'yaml';
import { type ClusterSpec, withRole } from '../../src/model/cluster.js';
import { type Key, lives, readCluster } from '../../src/spec/index.js';
import { type Edit, edited, edits, type File, valuesOf } from './edits.js';
import { dataAreGone, notMembers } from './etcd.js';
import { nobodyLeft, wentEmpty } from './leaving.js';
import { type Machine, machine, textOf, wipe } from './machine.js';
import { differences } from './snapshot.js';
import { carryOut, drafted, type Hosts, whileFounding, type World } from './world.js';

export type Move =
  | { readonly do: 'edit'; readonly edit: Edit }
  /** Several at once: what is between them need not be a cluster. */
  | { readonly do: 'edits'; readonly edits: readonly Edit[] }
  /** Killed after so many actions; undefined: it ends. */
  | { readonly do: 'run'; readonly kill: number | undefined }
  | { readonly do: 'away' | 'back'; readonly host: number }
  /** Installed anew, by somebody. */
  | { readonly do: 'wipe'; readonly host: number }
  /** It dies, and never comes back. */
  | { readonly do: 'die'; readonly host: number }
  /**
   * By itself: the machine is emptied; by another one at another address; or by nobody: it leaves the file, and the last
   * host has its roles. `again`: as the file is now.
   */
  | {
      readonly do: 'replace';
      readonly host: number;
      readonly by: 'itself' | 'another' | 'nobody' | 'again';
      readonly kill: number | undefined;
    }
  /** Somebody else labels and taints a node. */
  | { readonly do: 'others'; readonly host: number };

const runs: fc.Arbitrary<Move> = fc.record({
  do: fc.constant('run' as const),
  // Half of the kills in the first actions of a run, where a change has few.
  kill: fc.option(fc.oneof(fc.nat(12), fc.nat(200)), { nil: undefined, freq: 2 }),
});

const after: fc.Arbitrary<readonly Move[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: edits.map(edit => ({ do: 'edit' as const, edit })) },
    { weight: 4, arbitrary: runs },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('away' as const, 'back' as const), host: fc.nat(4) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('others' as const), host: fc.nat(4) }) },
  ),
  { minLength: 1, maxLength: 14 },
);

/** What can bring a second etcd about: hosts that leave the file, go away, come back empty, and get other roles. */
const hostEdits = fc.oneof(
  fc.record({ edit: fc.constant('add' as const), name: fc.constantFrom('d', 'e') }),
  fc.record({ edit: fc.constantFrom('remove' as const, 'move' as const), host: fc.nat(4) }),
  fc.record({
    edit: fc.constant('set' as const),
    key: fc.constantFrom<Key>('hosts[].roles'),
    host: fc.nat(4),
    value: fc.constantFrom(undefined, ...valuesOf('hosts[].roles')),
  }),
);
const hostMoves = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('edits' as const),
        edits: fc.array(hostEdits, { minLength: 1, maxLength: 5 }),
      }),
    },
    { weight: 3, arbitrary: runs },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constantFrom('away' as const, 'back' as const, 'back' as const, 'wipe' as const),
        host: fc.nat(4),
      }),
    },
  ),
  { minLength: 2, maxLength: 16 },
);

/** Most begin with a cluster that is built, which edits then change. */
export const moves: fc.Arbitrary<readonly Move[]> = fc
  .tuple(
    fc.constantFrom<readonly Move[]>([], [{ do: 'run', kill: undefined }], [{ do: 'run', kill: undefined }]),
    after,
  )
  .map(([first, rest]) => [...first, ...rest]);

/** For the law of etcd alone. */
export const movesOfHosts: fc.Arbitrary<readonly Move[]> = fc
  .tuple(fc.constantFrom<readonly Move[]>([], [{ do: 'run', kill: undefined }]), hostMoves)
  .map(([first, rest]) => [...first, ...rest]);

export const start: File = {
  name: 'demo',
  kubernetes: '1.29.3',
  endpoint: { address: '10.0.0.100', balance: 'virtual-address' },
  hosts: [
    { machine: 'a', name: 'a', address: '10.0.0.1', roles: ['etcd', 'controlPlane'] },
    { machine: 'b', name: 'b', address: '10.0.0.2', roles: ['worker'] },
    { machine: 'c', name: 'c', address: '10.0.0.3', roles: ['worker'] },
  ],
};

export const three: File = {
  ...start,
  hosts: [
    ...['a', 'b', 'c'].map((name, at) => ({
      machine: name,
      name,
      address: `10.0.0.${at + 1}`,
      roles: ['etcd', 'controlPlane'],
    })),
    { machine: 'd', name: 'd', address: '10.0.0.4', roles: ['worker'] },
  ],
};

const yamlOf = (file: File): string => stringify({ ...file, hosts: file.hosts.map(({ machine: _, ...host }) => host) });

const read = (file: File): ClusterSpec | undefined => {
  const checked = readCluster(yamlOf(file), 'cluster.yaml');
  return checked.ok ? checked.value : undefined;
};

export class Broken extends Error {}

/** How often each thing happened: a law that nothing exercised would hold too. */
export const counted = new Map<string, number>();
const count = (what: string): void => void counted.set(what, (counted.get(what) ?? 0) + 1);

/** The certificate of a CA as the vault makes it for such a file. */
export type MakeCa = (pki: ClusterSpec['pki']) => string;

export const play = (all: readonly Move[], makeCa: MakeCa, first: File = start): void => {
  const world: World = { api: { objects: new Map() }, machines: new Map(), ca: '', members: [], at: new Map() };
  const hostsOf = (file: File, spec: ClusterSpec): Hosts =>
    new Map(
      spec.hosts.map((host, index) => {
        const id = String(file.hosts[index]?.machine);
        world.at.set(host.address, id);
        return [host.name, machineOf(world, id)];
      }),
    );
  // What was applied last, at least in part; and the file on the control machine, which may be refused.
  let [file, applied] = [first, first];
  const tried: File[] = [first];
  let refusals = '';
  const settle = (next: File): 'refused' | undefined => {
    const spec = read(next);
    if (!spec) return 'refused';
    world.ca ||= makeCa(spec.pki);
    const made = drafted(world, spec, hostsOf(next, spec));
    if (!('refused' in made)) return undefined;
    refusals = made.refused.map(({ says, help }) => `${says}\n${help}`).join('; ');
    for (const { says } of made.refused) count(`refused: ${/^[\w.[\]]+/.exec(says)?.[0] ?? 'etcd'}`);
    for (const { says, code } of made.refused)
      if (!namesKey(says, code)) throw new Broken(`a refusal that names no key: ${code}: ${says}`);
    return 'refused';
  };
  for (const move of all) {
    if (move.do === 'edit' || move.do === 'edits') {
      const all = move.do === 'edit' ? [move.edit] : move.edits;
      const next = all.reduce(edited, file);
      if (read(next)) {
        file = next;
        for (const one of all) count(`edit ${one.edit === 'set' ? one.key : one.edit}`);
      } else count('refused when read');
    } else if (move.do === 'run') {
      if (settle(file) === 'refused') file = applied;
      if (settle(file) === 'refused') continue;
      // What nobody could tell while its host was away is refused by name once it is back: then the old file stands.
      if (![...world.machines.values()].some(one => !one.reachable)) tried.length = 0;
      tried.push(file);
      applied = file;
      run(world, file, hostsOf, move.kill);
    } else if (move.do === 'replace') {
      const name = String(first.hosts[move.host]?.name);
      file = move.by === 'again' ? file : replaced(world, file, name, move.by);
      applied = file;
      tried.length = 0;
      tried.push(file);
      run(world, file, hostsOf, move.kill, [name]);
    } else if (move.do === 'others') others(world, move.host);
    else {
      const one = [...world.machines.values()][move.host % Math.max(1, world.machines.size)];
      if (one && move.do === 'die') {
        one.dead = true;
        one.reachable = false;
      } else if (one && move.do === 'wipe') wipe(one);
      else if (one) one.reachable = move.do === 'back';
      count(move.do);
    }
  }
  for (const one of world.machines.values()) one.reachable = one.dead !== true;
  // No plan brings back what is gone with its disks.
  if (dataAreGone([...world.machines.values()])) {
    count('the data were gone');
    return;
  }
  for (let older: File | undefined = file; older; older = tried.pop()) {
    file = older;
    if (settle(file) !== 'refused') break;
  }
  if (settle(file) === 'refused') throw new Broken(`the file that was applied last is refused now: ${refusals}`);
  finish(world, file, hostsOf);
};

const machineOf = (world: World, id: string): Machine => {
  const one = world.machines.get(id) ?? machine(id);
  world.machines.set(id, one);
  return one;
};

type HostsOf = (file: File, spec: ClusterSpec) => Hosts;

/** Who comes in the place of a host, and the file for it. */
const replaced = (world: World, file: File, name: string, by: 'itself' | 'another' | 'nobody'): File => {
  const at = file.hosts.findIndex(host => host.name === name);
  const entry = file.hosts[at];
  const old = world.machines.get(String(entry?.machine));
  if (by === 'itself' && old) {
    wipe(old);
    delete old.dead;
    old.reachable = true;
    return file;
  }
  const next = { ...entry, machine: `${entry?.machine}+`, address: `10.0.1.${at + 1}` };
  if (by === 'another') return { ...file, hosts: file.hosts.map(one => (one === entry ? next : one)) as File['hosts'] };
  // Etcd has an odd number of members: the last host of the file gets the roles of one that leaves it.
  const left = file.hosts.filter(one => one !== entry);
  const heir = entry === file.hosts.at(-1) ? undefined : left.at(-1);
  return { ...file, hosts: left.map(one => (one === heir ? { ...one, roles: entry?.roles ?? [] } : one)) };
};

const run = (
  world: World,
  file: File,
  hostsOf: HostsOf,
  kill: number | undefined,
  replaces: readonly string[] = [],
): void => {
  const spec = read(file);
  if (!spec) return;
  const hosts = hostsOf(file, spec);
  // A first build waits for all of its hosts.
  const begun = [...world.machines.values()].some(one => one.had);
  if (!begun && [...hosts.values()].some(one => !one.reachable)) return;
  const made = drafted(world, spec, hosts, replaces);
  if ('refused' in made) {
    // It was taken out in a run before: the rest is that of any other.
    const taken = made.refused.every(({ code }) => code === 'unknown-host');
    if (taken) run(world, file, hostsOf, kill);
    else if (replaces.length > 0) throw new Broken(`refused: ${made.refused.map(({ says }) => says).join('; ')}`);
    return;
  }
  whileFounding(world, spec, made, hosts, () => {
    const { killed, failed } = carryOut(world, made, kill);
    count(`run ${killed ? 'killed' : 'ended'}`);
    if (replaces.length > 0 && !killed && failed.size === 0) nothingLeft(world, spec, hosts);
    return killed;
  });
  routesHold(hosts);
};

/** Whoever takes what is dead out plans all that comes with it. */
const nothingLeft = (world: World, spec: ClusterSpec, hosts: Hosts): void => {
  const made = drafted(world, spec, hosts);
  const left = 'refused' in made ? made.refused.map(({ says }) => says) : made.plan.steps.map(({ id }) => id);
  if (left.length > 0) throw new Broken(`left to do after a replacement: ${left.slice(0, 5).join(', ')}`);
};

/** Wherever a host of the file is in a table, it is there with the share that it has, seen or not. */
const routesHold = (hosts: Hosts): void => {
  for (const [name, one] of hosts) {
    const [, share] = /"subnet": "([^"]+)"/.exec(textOf(one, '/etc/cni/net.d/10-kubewizard.conflist')) ?? [];
    for (const [other, { files }] of hosts) {
      const table = files.get('/etc/kubernetes/network/peers')?.text ?? '';
      const [, told] = new RegExp(`^${name} \\S+ (\\S+) `, 'm').exec(table) ?? [];
      if (share !== undefined && told !== undefined && told !== share)
        throw new Broken(`${other} sends pods of ${name} to ${told}, and they are in ${share}`);
      const [, owner] = share === undefined ? [] : (new RegExp(`^(\\S+) \\S+ ${share} `, 'm').exec(table) ?? []);
      if (owner !== undefined && owner !== name)
        throw new Broken(`${other} sends pods in ${share} to ${owner}, and the share is that of ${name} now`);
    }
  }
};

const finish = (world: World, file: File, hostsOf: HostsOf): void => {
  const spec = read(file);
  if (!spec) throw new Broken('the last file cannot be read');
  const hosts = hostsOf(file, spec);
  for (let round = 0; ; round++) {
    const made = drafted(world, spec, hosts);
    if ('refused' in made) throw new Broken(`refused half-way: ${made.refused.map(({ says }) => says).join('; ')}`);
    const { plan, input } = made;
    if (plan.steps.length === 0) {
      if (round > 3) throw new Broken(`${round} runs until nothing was to be done`);
      const found = differences(world, spec, hosts, input);
      const other = notMembers(
        withRole(spec, 'etcd').flatMap(({ name }) => hosts.get(name) ?? []),
        [...world.machines.values()],
      );
      if (other.length > 0) throw new Broken(`members of etcd are not those of the file: ${other.join(', ')}`);
      const left = nobodyLeft(world, hosts);
      if (wentEmpty(world, hosts)) count('left: empty');
      if (left.length > 0) throw new Broken(`left of hosts that left: ${left.join(', ')}`);
      if (found.length > 0) throw new Broken(`not as a fresh build:\n  ${found.slice(0, 12).join('\n  ')}`);
      return;
    }
    if (round === 5)
      throw new Broken(
        `after ${round} whole runs the plan is not empty: ${plan.steps
          .slice(0, 5)
          .map(({ id, changes }) => `${id} ${JSON.stringify(changes).slice(0, 200)}`)
          .join('\n  ')}`,
      );
    const { failed } = carryOut(world, made);
    if (failed.size > 0 && round > 1) throw new Broken(`steps fail: ${[...failed].slice(0, 3).join('; ')}`);
  }
};

const others = (world: World, index: number): void => {
  const nodes = [...world.api.objects].filter(([path]) => path.startsWith('/api/v1/nodes/'));
  const [path, node] = nodes[index % Math.max(1, nodes.length)] ?? [];
  if (path === undefined || !node) return;
  const { metadata, spec } = node as { metadata: { labels?: object }; spec?: { taints?: readonly object[] } };
  world.api.objects.set(path, {
    ...node,
    metadata: { ...metadata, labels: { ...metadata.labels, 'others.example/x': 'stays' } },
    spec: {
      ...spec,
      taints: [
        ...(spec?.taints ?? []).filter(one => (one as { key?: string }).key !== 'others'),
        { key: 'others', effect: 'PreferNoSchedule' },
      ],
    },
  });
};

/** A refusal names its key, or is one of the two that name what they are about: etcd's hosts, and a version. */
const namesKey = (says: string, code: string): boolean =>
  Object.keys(lives).some(key => says.startsWith(key)) ||
  code.startsWith('etcd-') ||
  code.startsWith('version-') ||
  (code === 'final-key' && / in this cluster and .* in the file/.test(says));
