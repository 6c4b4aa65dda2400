/**
 * A cluster of simulated control planes whose keys are exchanged: what each API server and controller manager has read
 * at its start, which tokens and stored values there are, and who can read them, after every single action.
 */
import { holdInMemory } from '../../src/engine/vault/store.js';
import { encryptionKeysIn } from '../../src/engine/vault/encryption-keys.js';
import type { HostFiles } from '../../src/engine/vault/recover.js';
import { openVault, type Vault } from '../../src/engine/vault.js';
import type { Input } from '../../src/blueprint/input.js';
import type { ClusterSpec } from '../../src/model/cluster.js';
import { createAuthority } from '../../src/pki/issue.js';
import { readCluster } from '../../src/spec/index.js';
import { accountKeyId, publicKeysIn } from '../../src/pki/key.js';
import { rotationFor } from '../../src/workflow/build/rotation.js';
import type { Phase, Rotatable, Turning } from '../../src/workflow/rotate/rotatable.js';
import { type Machine, machine, runs, textOf } from './machine.js';
import { carryOut, type Drafted, drafted, type Hosts, inputOf, whileFounding, type World } from './world.js';

const config = '/etc/kubernetes/encryption.yaml';
const now = () => new Date('2026-01-01T00:00:00Z');

/** Three control planes, and the CA of their cluster. @param workers Lines of the list of hosts. */
export const threePlanes = async (workers = ''): Promise<{ readonly spec: ClusterSpec; readonly ca: string }> => {
  const made = { commonName: 'kubernetes-ca', days: 3650, algorithm: 'ecdsa-p256', now: now() } as const;
  const checked = readCluster(
    `apiVersion: kubewizard/v1
kind: Cluster
name: demo
kubernetes: 1.29.3
endpoint: { address: 10.0.0.100, balance: virtual-address }
hosts:
  - { name: a, address: 10.0.0.1, roles: [etcd, controlPlane] }
  - { name: b, address: 10.0.0.2, roles: [etcd, controlPlane] }
  - { name: c, address: 10.0.0.3, roles: [etcd, controlPlane] }
${workers}`,
    'cluster.yaml',
  );
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return { spec: checked.value, ca: (await createAuthority(made)).certPem };
};

/** What a process has read at its start. */
interface Read {
  readonly unit: object | undefined;
  readonly verifies: readonly string[];
  readonly signs: string;
  /** Secrets of encryption keys, the first writes. */
  readonly keys: readonly string[];
}

export interface Rotating {
  readonly world: World;
  readonly spec: ClusterSpec;
  readonly hosts: Hosts;
  vault: Vault;
  /** Private keys of tokens that somebody holds. */
  readonly tokens: Set<string>;
  /** Keys of values in etcd. */
  readonly stored: Set<string>;
  readonly read: Map<string, Read>;
  /** Reboots a host after so many actions. */
  reboot?: { after: number; readonly host: number } | undefined;
  machines: number;
}

export const begin = async (spec: ClusterSpec, ca: string): Promise<Rotating> => {
  const world: World = { api: { objects: new Map() }, machines: new Map(), ca, members: [], at: new Map() };
  for (const { name, address } of spec.hosts) {
    world.machines.set(name, machine(name));
    world.at.set(address, name);
  }
  const parts = { tokens: new Set<string>(), stored: new Set<string>(), read: new Map<string, Read>(), machines: 0 };
  const at = { world, spec, hosts: new Map(world.machines), ...parts } as unknown as Rotating;
  await anotherMachine(at);
  for (let made = await standing(at); made.plan.steps.length > 0; made = await standing(at))
    whileFounding(world, spec, made, at.hosts, () => carryOut(world, made, undefined, () => watch(at)).killed);
  return at;
};

let vaults = 0;
/** The vault of one that has never seen this cluster: what there is on hosts is copied. */
export const anotherMachine = async (at: Rotating): Promise<void> => {
  const dir = `/nowhere/rotating-${process.pid}-${vaults++}`;
  const authorities = at.vault
    ? Object.fromEntries(
        ['ca', 'etcd/ca', 'front-proxy-ca'].flatMap(name =>
          ['crt', 'key'].map(end => [`pki/${name}.${end}`, at.vault.reveal(`pki/${name}.${end}`)]),
        ),
      )
    : {};
  holdInMemory(dir, authorities);
  const paths = ['/etc/kubernetes/pki/sa.key', '/etc/kubernetes/pki/sa.pub', config];
  const found = async () => (at.vault ? filesOn(at, [...at.hosts.keys()], paths) : []);
  const checked = await openVault(dir, at.spec, { now, found });
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  at.vault = checked.value;
};

const filesOn = (at: Rotating, hosts: readonly string[], paths: readonly string[]): readonly HostFiles[] =>
  hosts.map(host => ({
    host,
    files: Object.fromEntries(
      paths.flatMap(path => {
        const file = at.hosts.get(host)?.files.get(path);
        return file ? [[path, file.text] as const] : [];
      }),
    ),
  }));

const sessionOf = (at: Rotating): Turning['session'] =>
  ({
    spec: at.spec,
    lost: new Map(),
    secretFiles: async (hosts: readonly string[], paths: readonly string[]) => filesOn(at, hosts, paths),
  }) as unknown as Turning['session'];

const made = (at: Rotating, turns: (input: Input) => Input): Drafted => {
  const result = drafted(at.world, at.spec, at.hosts, [], input => turns({ ...input, reveal: at.vault.reveal }));
  if ('refused' in result) throw new Error(result.refused.map(({ says }) => says).join('; '));
  return result;
};

/** What `kw plan` would say. */
export const standing = async (at: Rotating): Promise<Drafted> => {
  const rotation = await rotationFor(sessionOf(at), inputOf(at.world, at.spec, at.hosts).facts, at.vault);
  return made(at, input => (rotation ? { ...input, rotation } : input));
};

export const turningOf = (at: Rotating, { input }: Drafted): Turning => ({
  session: sessionOf(at),
  vault: at.vault,
  input,
  clock: now,
});

/** What a phase wants, in place of what stands. */
export const turned = async (at: Rotating, phase: Phase): Promise<Drafted> => {
  const stands = await standing(at);
  const input = await phase.wants?.(turningOf(at, stands));
  await at.vault.keep();
  return input ? made(at, () => input) : stands;
};

export const standsOf = (at: Rotating, thing: Rotatable): number =>
  thing.stands(at.spec, inputOf(at.world, at.spec, at.hosts).facts);

export const play = (at: Rotating, plan: Drafted, kill?: number): void => {
  const broken: string[] = [];
  // What is thrown within a step fails that step alone.
  carryOut(at.world, plan, kill, () => broken.push(...watch(at)));
  if (broken[0] !== undefined) throw new Error(broken[0]);
};

const load = (host: Machine, unit: object | undefined): Read => ({
  unit,
  verifies: publicKeysIn(textOf(host, '/etc/kubernetes/pki/sa.pub')).map(accountKeyId),
  signs: accountKeyId(textOf(host, '/etc/kubernetes/pki/sa.key')),
  keys: Object.values(encryptionKeysIn(textOf(host, config))),
});

const programs = ['kube-apiserver.service', 'kube-controller-manager.service'] as const;

/** After each action: who has started reads its files, signs and writes; and everybody must be able to read that. */
const watch = (at: Rotating): readonly string[] => {
  const { reboot } = at;
  if (reboot && reboot.after-- === 0) restart([...at.hosts.values()][reboot.host % at.hosts.size]);
  for (const [name, host] of at.hosts)
    for (const program of programs) {
      const unit = host.units.get(program);
      const id = `${name} ${program}`;
      if (!runs(host, program)) at.read.delete(id);
      else if (at.read.get(id)?.unit !== unit) at.read.set(id, load(host, unit));
    }
  for (const [id, { signs, keys }] of at.read) {
    at.tokens.add(signs);
    if (id.includes('apiserver') && keys[0] !== undefined) at.stored.add(keys[0]);
  }
  return [...at.read].flatMap(([id, { verifies, keys }]) =>
    !id.includes('apiserver')
      ? []
      : [
          ...[...at.tokens].filter(one => !verifies.includes(one)).map(one => `${id} refuses tokens of ${one}`),
          ...[...at.stored].filter(one => !keys.includes(one)).map(one => `${id} cannot read what ${one} wrote`),
        ],
  );
};

/** By itself: whatever its files say now. */
const restart = (host: Machine | undefined): void => {
  for (const program of programs) {
    const unit = host?.units.get(program);
    if (!host || !unit?.active) continue;
    const started = new Map([...unit.started.keys()].map(path => [path, host.stamps.get(path) ?? 0]));
    host.units.set(program, { ...unit, started });
  }
};
