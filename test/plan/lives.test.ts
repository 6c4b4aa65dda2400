/**
 * Every key of the file has a life: changed on a built cluster it is applied, or refused by name; none is silently
 * ignored.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { cluster } from '../../src/blueprint/cluster.js';
import type { Input } from '../../src/blueprint/input.js';
import { builtScript, readBuilt } from '../../src/facts/host/built.js';
import { fields } from '../../src/facts/host/fields.js';
import type { ClusterSpec } from '../../src/model/cluster.js';
import { reveal } from '../../src/model/content.js';
import type { HostFacts } from '../../src/model/host-facts.js';
import type { Resource } from '../../src/model/resource.js';
import { createAuthority } from '../../src/pki/issue.js';
import { finalKeys } from '../../src/plan/final-keys.js';
import { leftOut } from '../../src/plan/leaving.js';
import { leavingFindings } from '../../src/preflight/leaving.js';
import type { FileWant } from '../../src/resources/wants.js';
import { clusterSchema, type JsonSchema, type Key, lives, readCluster } from '../../src/spec/index.js';
import { emptyHost, inputFor, released } from '../golden/input.js';

const root = mkdtempSync(join(tmpdir(), 'kw-lives-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let ca = '';
beforeAll(async () => {
  const now = new Date('2026-01-01T00:00:00Z');
  ca = (await createAuthority({ commonName: 'kubernetes-ca', days: 3650, algorithm: 'ecdsa-p256', now })).certPem;
});

type File = Record<string, unknown>;
const base = (provider: string): string => `name: demo
kubernetes: 1.29.3
hosts:
  - {name: a, address: 10.0.0.1, roles: [etcd, controlPlane]}
  - {name: b, address: 10.0.0.2, roles: [worker]}
  - {name: c, address: 10.0.0.3, roles: [worker]}
endpoint: {address: 10.0.0.100, balance: virtual-address}
network: {provider: ${provider}}
`;

const read = (file: File) => readCluster(stringify(file), 'cluster.yaml');
const specOf = (file: File): ClusterSpec => {
  const checked = read(file);
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.value;
};
const input = (spec: ClusterSpec, facts?: ReadonlyMap<string, HostFacts>): Input => {
  const made = inputFor(spec, released(spec.kubernetes, spec.runtime.version ?? '1.7.27', spec.runtime.runc));
  return { ...made, authorities: { ...made.authorities, ca }, ...(facts ? { facts } : {}) };
};

let count = 0;
/** The hosts of a cluster that was built so, asked by the very script, of the very files that the blueprint writes. */
const build = (spec: ClusterSpec): ReadonlyMap<string, HostFacts> => {
  const resources = cluster(input(spec));
  return new Map(spec.hosts.map(({ name, roles }) => [name, ask(name, resources, roles.includes('etcd'))]));
};
const ask = (host: string, resources: readonly Resource[], etcd: boolean): HostFacts => {
  const here = join(root, String(count++));
  for (const folder of ['var/lib/kubewizard', ...(etcd ? ['var/lib/etcd/member'] : [])])
    mkdirSync(join(here, folder), { recursive: true });
  for (const one of resources)
    if (one.host === host && one.kind === 'file') {
      mkdirSync(dirname(join(here, one.key)), { recursive: true });
      writeFileSync(
        join(here, one.key),
        reveal((one.want as FileWant).content, name => name),
      );
    }
  const script = builtScript.replaceAll(/(?<=[ <])\/(etc|var)\//g, `${here}/$1/`);
  const output = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
  const conflist = resources.find(one => one.host === host && one.key.endsWith('.conflist'));
  const [, subnet] = /"subnet": "([^"]+)"/.exec(String((conflist?.want as FileWant | undefined)?.content[0])) ?? [];
  const seen = fields(output);
  const built = readBuilt(output, seen);
  return emptyHost(host, {
    etcdDataExists: etcd,
    podCidr: subnet ?? seen.get('builtPOD_CIDR') ?? '',
    ...(built ? { built } : {}),
  });
};

const put = (file: File, path: string, value: unknown): File => {
  const next = structuredClone(file);
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let at = next;
  for (const key of keys) {
    at[key] ??= {};
    at = at[key] as File;
  }
  at[last] = value;
  return next;
};

/** Another value for each key. Nothing here for keys with one value, and those of an own CA (the vault judges them). */
const others: Partial<Record<Key, readonly [path: string, value: unknown]>> = {
  name: ['name', 'other'],
  kubernetes: ['kubernetes', '1.29.4'],
  'hosts[].name': ['hosts.1.name', 'z'],
  'hosts[].address': ['hosts.1.address', '10.0.0.9'],
  'hosts[].externalAddress': ['hosts.0.externalAddress', '203.0.113.7'],
  'hosts[].roles': ['hosts.2.roles', ['controlPlane', 'worker']],
  'hosts[].labels': ['hosts.1.labels', { disk: 'ssd' }],
  'hosts[].taints': ['hosts.1.taints', ['only=gpu:NoSchedule']],
  'hosts[].ssh.address': ['hosts.1.ssh.address', '192.0.2.7'],
  'hosts[].ssh.user': ['hosts.1.ssh.user', 'admin'],
  'hosts[].ssh.port': ['hosts.1.ssh.port', 2222],
  'hosts[].ssh.key': ['hosts.1.ssh.key', '/keys/b'],
  'hosts[].ssh.jump': ['hosts.1.ssh.jump', 'me@jump:22'],
  'hosts[].ssh.hostKey': [
    'hosts.1.ssh.hostKey',
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl',
  ],
  'ssh.user': ['ssh.user', 'admin'],
  'ssh.port': ['ssh.port', 2222],
  'ssh.key': ['ssh.key', '/keys/all'],
  'ssh.jump': ['ssh.jump', 'me@jump:22'],
  'endpoint.address': ['endpoint.address', '10.0.0.101'],
  'endpoint.port': ['endpoint.port', 9443],
  'endpoint.balance': ['endpoint.balance', 'external'],
  'endpoint.virtualRouterId': ['endpoint.virtualRouterId', 77],
  'endpoint.also[].address': ['endpoint.also', ['10.0.0.102']],
  'endpoint.also[].port': ['endpoint.also', ['10.0.0.102:9443']],
  'endpoint.also[].balance': ['endpoint.also', [{ address: '10.0.0.102', balance: 'external' }]],
  'endpoint.also[].virtualRouterId': ['endpoint.also', [{ address: '10.0.0.102', virtualRouterId: 99 }]],
  'network.pods': ['network.pods', '10.200.0.0/16'],
  'network.services': ['network.services', '10.97.0.0/16'],
  'network.hostPrefix': ['network.hostPrefix', 25],
  'network.domain': ['network.domain', 'example.internal'],
  'network.provider': ['network.provider', 'routes'],
  'network.vxlan.id': ['network.vxlan.id', 77],
  'network.vxlan.port': ['network.vxlan.port', 4789],
  'network.mtu': ['network.mtu', 1400],
  'artifacts.source': ['artifacts.source', 'go'],
  'artifacts.mirror': ['artifacts.mirror', 'https://mirror.example'],
  'artifacts.mirrorDigest': [
    'artifacts',
    { mirror: 'https://mirror.example', mirrorDigest: `sha256:${'0'.repeat(64)}` },
  ],
  'runtime.version': ['runtime.version', '1.7.33'],
  'runtime.runc': ['runtime.runc', '1.3.5'],
  'pki.algorithm': ['pki.algorithm', 'rsa-4096'],
  'pki.caDays': ['pki.caDays', 1000],
  'pki.leafDays': ['pki.leafDays', 90],
  'pki.sans': ['pki.sans', ['api.example.com']],
  'components.etcd.extraArgs': ['components.etcd.extraArgs', { 'heartbeat-interval': 200 }],
  'components.apiserver.extraArgs': ['components.apiserver.extraArgs', { 'max-requests-inflight': 500 }],
  'components.controllerManager.extraArgs': ['components.controllerManager.extraArgs', { v: 2 }],
  'components.scheduler.extraArgs': ['components.scheduler.extraArgs', { v: 2 }],
  'components.kubelet.extraArgs': ['components.kubelet.extraArgs', { v: 2 }],
  'components.kubelet.config': ['components.kubelet.config', { maxPods: 120 }],
  'components.proxy.extraArgs': ['components.proxy.extraArgs', { v: 2 }],
  'components.proxy.config': ['components.proxy.config', { metricsBindAddress: '0.0.0.0:10249' }],
  'components.containerd.config': ['components.containerd.config', { oom_score: -500 }],
  'addons.dns': ['addons.dns', false],
  'addons.metricsServer': ['addons.metricsServer', false],
  'adopted.from': ['adopted', { from: 'kubeadm', ca: '0'.repeat(64) }],
  'adopted.ca': ['adopted', { from: 'kubespray', ca: '1'.repeat(64) }],
};
const oneValued: readonly string[] = ['apiVersion', 'kind', 'runtime.name'];
const inVault: readonly string[] = ['pki.ca.cert', 'pki.ca.key'];
/** Read by the next command on the control machine: no host knows of them. */
const isLocal = (key: string): boolean => key.includes('ssh.') || /^(?:artifacts|adopted)\./.test(key);

const leaves = (schema: JsonSchema, prefix = ''): readonly string[] =>
  Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const name = `${prefix}${key}`;
    const inner = value.items?.anyOf?.find(({ properties }) => properties);
    if (inner) return leaves(inner, `${name}[].`);
    return value.properties ? leaves(value, `${name}.`) : [name];
  });

/** The keys that a refusal names. */
const named = (spec: ClusterSpec, facts: ReadonlyMap<string, HostFacts>): readonly string[] =>
  finalKeys(spec, facts).map(
    ({ says }) =>
      Object.keys(lives).find(key => says.startsWith(`${key} `)) ??
      (/ in the file: names/.test(says) ? 'hosts[].name' : says),
  );
const wants = (spec: ClusterSpec, facts: ReadonlyMap<string, HostFacts>): string =>
  JSON.stringify(cluster(input(spec, facts)).map(({ kind, host, key, want }) => [kind, host, key, want]));

test('every key of the schema has a life, and every life a key', () => {
  expect(Object.keys(lives).sort()).toEqual([...leaves(clusterSchema())].sort());
  expect([...Object.keys(others), ...oneValued, ...inVault].sort()).toEqual(Object.keys(lives).sort());
});

describe.each(['vxlan', 'routes', 'none'])('a living cluster with provider %s', provider => {
  const file = parse(base(provider)) as File;
  const spec = specOf(file);
  let facts: ReadonlyMap<string, HostFacts> = new Map();
  beforeAll(() => {
    facts = build(spec);
  });
  const possible = (Object.keys(others) as readonly Key[]).filter(key => {
    const [path = '', value] = others[key] ?? [];
    const next = put(file, path, value);
    return read(next).ok && stringify(next) !== stringify(file);
  });

  test('the file as it is changes nothing', () => {
    expect(finalKeys(spec, facts)).toEqual([]);
    expect(wants(spec, facts)).toBe(wants(spec, build(spec)));
  });

  test.each(possible)('%s, changed, is applied or refused by name', key => {
    const [path = '', value] = others[key] ?? [];
    const next = specOf(put(file, path, value));
    // A host is known by its name: the very machine that was called b is asked as z.
    const asked = new Map(spec.hosts.map((host, n) => [next.hosts[n]?.name ?? '', facts.get(host.name) as HostFacts]));
    const refused = named(next, asked);
    expect(refused).toEqual(lives[key].life === 'final' ? [key] : []);
    if (lives[key].life === 'new-nodes') expect(lives[key].says).toBeTruthy();
    else if (refused.length === 0 && !isLocal(key)) expect(wants(next, asked)).not.toBe(wants(spec, facts));
  });

  test('any of them at once: each final key is named, and no other', () => {
    fc.assert(
      fc.property(
        fc.subarray(
          [...possible].filter(key => key !== 'hosts[].name'),
          { minLength: 2 },
        ),
        keys => {
          const next = keys.reduce((one, key) => put(one, ...(others[key] as readonly [string, unknown])), file);
          const checked = read(next);
          if (!checked.ok) return;
          expect([...named(checked.value, facts)].sort()).toEqual(
            keys.filter(key => lives[key].life === 'final').sort(),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  test('what was begun and holds no data yet may be begun anew', () => {
    const begun = new Map([...facts].map(([name, fact]) => [name, { ...fact, etcdDataExists: false }]));
    expect(finalKeys(specOf(put(file, 'network.pods', '10.200.0.0/16')), begun)).toEqual([]);
  });

  test('a role is not taken from a host that lives it', () => {
    const [a, b, c] = spec.hosts;
    if (!a || !b || !c) throw new Error('three hosts');
    const less: ClusterSpec = { ...spec, hosts: [{ ...a, roles: ['etcd'] }, { ...b, roles: ['controlPlane'] }, c] };
    expect(finalKeys(less, facts).map(({ says }) => says.slice(0, 41))).toEqual([
      'hosts[].roles: a is a control plane of th',
      'hosts[].roles: a is a node of this cluste',
    ]);
  });
});

describe('a node that is not in the file any more', () => {
  const file = parse(base('vxlan')) as File;
  const facts = new Map([...build(specOf(file))].filter(([name]) => name !== 'b'));
  const [a, , c] = file.hosts as readonly unknown[];
  const less = specOf({ ...file, hosts: [a, c] });
  const peers = (resources: readonly Resource[]): string =>
    resources
      .filter(({ host, key }) => host === 'a' && key.endsWith('/peers'))
      .map(({ want }) => (want as FileWant).content.join(''))
      .join('');

  test('keeps its routes and its share, and is said', () => {
    const leaving = leftOut(less, facts);
    expect(leaving).toEqual([{ name: 'b', address: '10.0.0.2', podCidr: '10.244.1.0/24' }]);
    expect(peers(cluster({ ...input(less, facts), leaving }))).toBe(peers(cluster(input(specOf(file), facts))));
    expect(leavingFindings({ leaving }).map(({ host, severity, code }) => [host, severity, code])).toEqual([
      ['b', 'warning', 'host-left-out'],
    ]);
    const more = specOf({
      ...file,
      hosts: [a, c, { name: 'd', address: '10.0.0.4' }],
    });
    const text = peers(cluster({ ...input(more, facts), leaving: leftOut(more, facts) }));
    expect(text).toContain('d 10.0.0.4 10.244.3.0/24 ');
    expect(text).toContain('b 10.0.0.2 10.244.1.0/24 ');
  });

  test('what one host says takes no route from a node of the file, and is not a command', () => {
    const lies = [
      'x 10.0.0.66 10.244.2.0/24 v m', // c's share
      'x 10.0.0.3 10.244.9.0/24 v m', // c's address
      'x 10.0.0.66 0.0.0.0/0 v m',
      'x$(reboot) 10.0.0.66 10.244.9.0/24 v m',
      'x 10.0.0.66;reboot 10.244.9.0/24 v m',
    ];
    const text = `built=yes\n${lies.map(line => `peer=${line}\n`).join('')}`;
    const built = readBuilt(text, fields(text));
    const told = new Map([...facts].map(([name, fact]) => [name, name === 'a' && built ? { ...fact, built } : fact]));
    expect(leftOut(less, told)).toEqual([]);
  });
});
