import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ClusterSpec, Host, Role } from '../../src/model/cluster.js';
import { Unreadable } from '../../src/model/fact.js';
import { containers } from '../../src/facts/host/containers.js';
import { holder, type HolderFacts } from '../../src/facts/host/holder.js';
import { reach } from '../../src/facts/host/reach.js';
import { sync } from '../../src/facts/host/sync.js';
import { type PreflightFacts, preflight } from '../../src/preflight/questions.js';
import { judgePreflight } from '../../src/preflight/judge.js';
import { portsOf } from '../../src/preflight/judge-network.js';
import { targetsOf, virtualAddressOf } from '../../src/preflight/targets.js';

const host = (name: string, address: string, ...roles: readonly Role[]): Host => ({
  name,
  address,
  roles,
  labels: {},
  taints: [],
  ssh: { user: 'root', port: 22 },
});
const none = { extraArgs: {} };
const spec = (
  hosts: readonly Host[],
  more: { readonly kubernetes?: string; readonly kubelet?: Readonly<Record<string, unknown>> } = {},
): ClusterSpec => ({
  name: 'demo',
  kubernetes: more.kubernetes ?? '1.20.2',
  hosts,
  endpoint: { address: '10.0.0.100', port: 8443, balance: 'virtual-address', virtualRouterId: 51 },
  network: {
    pods: '10.244.0.0/16',
    services: '10.96.0.0/16',
    hostPrefix: 24,
    domain: 'cluster.local',
    provider: 'vxlan',
    vxlan: { id: 1, port: 8472 },
  },
  runtime: { name: 'containerd' },
  artifacts: { source: 'auto' },
  pki: { algorithm: 'ecdsa-p256', caDays: 1, leafDays: 1, sans: [] },
  components: {
    etcd: none,
    apiserver: none,
    controllerManager: none,
    scheduler: none,
    kubelet: { ...none, config: more.kubelet ?? {} },
    proxy: { ...none, config: {} },
    containerd: { config: {} },
  },
  addons: { dns: true, metricsServer: false },
});
const a = host('a', '10.88.1.11', 'etcd', 'controlPlane');
const read = (output: string): PreflightFacts => preflight({ targets: [], etcd: true }).parse(output);
const recorded = (name: string): PreflightFacts =>
  read(readFileSync(new URL(`../facts/fixtures/${name}.txt`, import.meta.url), 'utf8'));
const lab = recorded('preflight-lab-control-plane');
/** The same host before anything came to it. */
const fresh: PreflightFacts = {
  ...lab,
  ports: [{ protocol: 'tcp', address: '0.0.0.0', port: 22, process: 'sshd' }],
  leftovers: { ours: false, kubernetes: [], cni: [], iptablesRules: 0 },
  containers: { namespaces: [], silent: false, runtimes: [] },
  reach: [],
};
const judged = (facts: PreflightFacts, cluster = spec([a])) =>
  judgePreflight(cluster, new Map([['a', facts]]), new Map([['a', facts.clock ?? 0]])).map(
    one => `${one.severity} ${one.code}`,
  );

describe('answers of real hosts', () => {
  test('a lab host that carries a control plane', () => {
    expect(lab.system).toEqual({
      os: 'debian 12',
      like: [],
      packageManager: 'apt-get',
      kernel: expect.stringMatching(/^6/),
      arch: 'x86_64',
      systemd: true,
      root: true,
    });
    expect(lab.ports).toContainEqual({ protocol: 'tcp', address: '*', port: 6443, process: 'kube-apiserver' });
    expect(lab.ports).toContainEqual({ protocol: 'udp', address: '0.0.0.0', port: 8472 });
    expect(lab.reach?.map(one => one.answer)).toEqual(['open', 'silent', 'silent']);
    expect(lab.kernel).toMatchObject({ cgroup: 'v1', missing: [] });
    expect(lab.leftovers?.ours).toBe(true);
    expect(lab.syncMs).toBeGreaterThan(0);
  });

  test('on its own cluster nothing is in the way', () => expect(judged({ ...lab, reach: [] })).toEqual([]));
  test('a fresh host is fine', () => expect(judged(fresh)).toEqual([]));
  test('a machine that systemd does not run is refused', () =>
    expect(judged(recorded('preflight-machine-without-systemd'))).toContain('error no-systemd'));
});

const docker = containers.parse(
  readFileSync(new URL('../facts/fixtures/containers-docker.txt', import.meta.url), 'utf8'),
);
if (!docker) throw new Error('the fixture says nothing');

test('what containerd holds, by namespace', () => {
  expect(docker).toEqual({
    namespaces: [
      { name: 'default', containers: 0, images: 1 },
      { name: 'moby', containers: 1, images: 1 },
    ],
    silent: false,
    runtimes: ['docker'],
  });
  expect(() => containers.parse('namespace=moby 1')).toThrow(Unreadable);
});

describe('what stops a build, and what does not', () => {
  const { syncMs: _, ...unmeasured } = fresh;
  const { size, kernel, identity, system, sysctls } = fresh;
  if (!size || !kernel || !identity || !system || !sysctls) throw new Error('the fixture lacks a part');
  test.each<[string, PreflightFacts, string[]]>([
    ['swap', { ...fresh, size: { ...size, swapBytes: 1e9 } }, ['error swap-on']],
    ['half a GiB', { ...fresh, size: { ...size, memoryBytes: 5e8 } }, ['error too-little-memory']],
    ['one CPU', { ...fresh, size: { ...size, cpus: 1 } }, ['warning few-cpus']],
    ['a full disk', { ...fresh, size: { ...size, diskFreeBytes: 1e8 } }, ['error disk-full']],
    [
      'less disk than etcd may fill',
      { ...fresh, size: { ...size, diskFreeBytes: 11 * 2 ** 30 } },
      ['warning little-disk-for-etcd'],
    ],
    ['a missing module', { ...fresh, kernel: { ...kernel, missing: ['br_netfilter'] } }, ['error kernel-feature']],
    [
      'a missing controller',
      { ...fresh, kernel: { ...kernel, controllers: ['cpu', 'pids', 'cpuset'] } },
      ['error cgroup-controllers'],
    ],
    [
      'no iptables',
      { ...fresh, kernel: { ...kernel, missingPrograms: ['iptables', 'socat'] } },
      ['error programs-missing', 'warning programs-useful'],
    ],
    ['a slow disk', { ...fresh, syncMs: 25 }, ['warning slow-disk']],
    [
      'a foreign port',
      { ...fresh, ports: [{ protocol: 'tcp', address: '*', port: 6443, process: 'nginx' }] },
      ['error port-taken'],
    ],
    [
      'a port of its own',
      {
        ...fresh,
        leftovers: { ours: true, kubernetes: [], cni: [], iptablesRules: 0 },
        ports: [{ protocol: 'tcp', address: '*', port: 6443, process: 'kube-apiserver' }],
      },
      [],
    ],
    [
      'a load balancer of somebody else',
      { ...fresh, ports: [{ protocol: 'tcp', address: '0.0.0.0', port: 8443, process: 'haproxy' }] },
      ['error port-taken'],
    ],
    ['a disk that is too slow to be measured', unmeasured, ['warning disk-unmeasured']],
    ['an arm64 machine', { ...fresh, system: { ...system, arch: 'aarch64' } }, ['error other-architecture']],
    ['an unknown system', { ...fresh, system: { ...system, os: 'gentoo 2.15' } }, ['warning unknown-os']],
    [
      'a system made from a known one',
      { ...fresh, system: { ...system, os: 'linuxmint 22', like: ['ubuntu', 'debian'] } },
      [],
    ],
    [
      'a system without packages',
      { ...fresh, system: { ...system, os: 'flatcar 4081', packageManager: '' } },
      ['warning unknown-os', 'error no-package-manager'],
    ],
    [
      'a /proc/sys that cannot be written',
      { ...fresh, sysctls: { ...sysctls, writable: false } },
      ['error sysctl-read-only'],
    ],
    [
      'forwarding switched off at boot',
      { ...fresh, sysctls: { ...sysctls, forwardingOff: ['/etc/sysctl.conf'] } },
      ['warning forwarding-off-at-boot'],
    ],
    [
      'a silent neighbour',
      { ...fresh, reach: [{ address: '10.0.0.2', port: 2380, answer: 'silent' }] },
      ['error unreachable-ports'],
    ],
    ['a refused port', { ...fresh, reach: [{ address: '10.0.0.2', port: 2380, answer: 'refused' }] }, []],
    [
      'another cluster',
      {
        ...fresh,
        leftovers: {
          ours: false,
          kubernetes: ['/etc/kubernetes/admin.conf'],
          cni: ['/etc/cni/net.d/10-flannel.conflist'],
          iptablesRules: 9,
        },
      },
      ['error kubernetes-leftovers', 'warning cni-leftovers'],
    ],
    ['Docker', { ...fresh, containers: docker }, ['error docker-runs', 'warning foreign-images']],
    [
      'Docker on a host that a run was interrupted on',
      { ...fresh, containers: docker, leftovers: { ours: true, kubernetes: [], cni: [], iptablesRules: 0 } },
      ['error docker-runs', 'warning foreign-images'],
    ],
    [
      'containers of nerdctl',
      {
        ...fresh,
        containers: { namespaces: [{ name: 'default', containers: 2, images: 3 }], silent: false, runtimes: [] },
      },
      ['error foreign-containers'],
    ],
    [
      'pods of another cluster',
      {
        ...fresh,
        containers: { namespaces: [{ name: 'k8s.io', containers: 8, images: 9 }], silent: false, runtimes: ['crio'] },
      },
      ['warning other-runtime', 'error foreign-pods'],
    ],
    [
      'a containerd that hangs',
      { ...fresh, containers: { namespaces: [], silent: true, runtimes: [] } },
      ['warning containerd-silent'],
    ],
    [
      'another address',
      { ...fresh, identity: { ...identity, addresses: ['127.0.0.1', '10.1.1.1'] } },
      ['error address-elsewhere'],
    ],
    ['no root', { ...fresh, system: { ...system, root: false } }, ['error not-root']],
    ['no answer', {}, ['warning preflight-unknown', 'warning disk-unmeasured']],
  ])('%s', (_, facts, codes) => expect(judged(facts)).toEqual(codes));

  test('Docker on a host that gets no containerd is nobody’s business', () => {
    expect(judged({ ...fresh, containers: docker }, spec([{ ...a, roles: ['etcd'] }]))).toEqual([]);
  });

  test('cgroup v1 from 1.35 on, unless kubelet is told', () => {
    expect(judged(fresh, spec([a], { kubernetes: '1.36.0' }))).toEqual(['error cgroup-v1']);
    expect(judged(fresh, spec([a], { kubernetes: '1.36.0', kubelet: { failCgroupV1: false } }))).toEqual([]);
    expect(
      judged(
        { ...fresh, sysctls: { ...sysctls, values: { ...sysctls.values, 'kernel.panic': '0' } } },
        spec([a], { kubelet: { protectKernelDefaults: true } }),
      ),
    ).toEqual(['error kernel-defaults']);
    expect(
      judged({ ...fresh, size: { ...size, swapBytes: 1 } }, spec([a], { kubelet: { failSwapOn: false } })),
    ).toEqual([]);
  });

  test.each([
    [0, []],
    [4, []],
    [-6, ['clock-drifts']],
    [31, ['clock-off']],
  ])('a clock that is %i s off', (off, codes) => {
    const found = judgePreflight(spec([a]), new Map([['a', { ...fresh, clock: 1000 + off }]]), new Map([['a', 1000]]));
    expect(found.map(one => one.code)).toEqual(codes);
  });

  test('two hosts from one image are both named, and each finding says what to do', () => {
    const b = host('b', '10.88.1.12', 'worker');
    const twin = { ...fresh, identity: { ...identity, addresses: ['10.88.1.12'] } };
    const found = judgePreflight(
      spec([a, b]),
      new Map([
        ['a', fresh],
        ['b', twin],
      ]),
      new Map(),
    );
    expect(found.map(one => `${one.host} ${one.code}`)).toEqual([
      'a same-hostname',
      'a same-machine-id',
      'b same-hostname',
      'b same-machine-id',
    ]);
    expect(found.every(one => one.help.length > 10)).toBe(true);
  });
});

test('a host is asked for what its role needs', () => {
  const [b, w] = [host('b', '10.0.0.2', 'etcd', 'controlPlane'), host('w', '10.0.0.3', 'worker')];
  const ports = (of: Host) => targetsOf(spec([a, b, w]), of).map(target => `${target.address}:${target.port}`);
  expect(ports(w)).toEqual(['10.88.1.11:8443', '10.0.0.2:8443', '10.88.1.11:6443', '10.0.0.2:6443']);
  expect(ports(a)).toEqual([
    '10.0.0.2:8443',
    '10.0.0.2:6443',
    '10.0.0.2:2379',
    '10.0.0.2:2380',
    '10.0.0.2:10250',
    '10.0.0.3:10250',
  ]);
});

test('junk is unknown or unreadable, and judged without a stack trace', () => {
  const names = [
    'system',
    'size',
    'kernel',
    'sysctls',
    'containers',
    'ports',
    'identity',
    'leftovers',
    'reach',
    'syncMs',
    'clock',
  ];
  const junk = fc.array(fc.tuple(fc.constantFrom(...names, '__proto__'), fc.string({ unit: 'binary' })), {
    minLength: 1,
  });
  fc.assert(
    fc.property(junk, parts => {
      judged(read(parts.map(([name, text]) => `==kw ${name}\n${text}\n`).join('')));
    }),
  );
  expect(() => read('Segmentation fault')).toThrow(Unreadable);
});

test('a disk that is cut off in the middle is measured by how far it came', () => {
  expect(sync.parse(readFileSync(new URL('../facts/fixtures/sync-cut-off.txt', import.meta.url), 'utf8'))).toBeCloseTo(
    0.7831,
    2,
  );
  expect(
    sync.parse('3+0 records in\n3+0 records out\n6900 bytes (6.9 kB, 6.7 KiB) copied, 2.0231 s, 3.4 kB/s\n'),
  ).toBeCloseTo(674.4, 1);
  expect(() => sync.parse('0+0 records in\n0+0 records out\n0 bytes copied, 2.0004 s, 0.0 kB/s\n')).toThrow(Unreadable);
  expect(() => sync.parse('dd: error writing: Input/output error\n')).toThrow(Unreadable);
});

test('of targets that were not all tried nothing is known', () => {
  const part = reach([
    { address: '10.0.0.2', port: 6443 },
    { address: '10.0.0.3', port: 6443 },
  ]);
  expect(() => part.parse('10.0.0.2 6443 refused\n')).toThrow(Unreadable);
  expect(part.parse('10.0.0.2 6443 refused\n10.0.0.3 6443 silent\n')).toHaveLength(2);
});

test('with a load balancer on every host its port must be free on loopback', () => {
  const local = {
    ...spec([a]),
    endpoint: { address: '127.0.0.1', port: 8443, balance: 'local', virtualRouterId: 51 },
  } as const;
  expect(portsOf(local, a)).toContainEqual({ port: 8443, protocol: 'tcp', for: 'haproxy', on: '127.0.0.1' });
  const listens = (address: string) =>
    judged({ ...fresh, ports: [{ protocol: 'tcp', address, port: 8443, process: 'nginx' }] }, local);
  expect(listens('127.0.0.1')).toEqual(['error port-taken']);
  expect(listens('0.0.0.0')).toEqual(['error port-taken']);
  expect(listens('10.88.1.11')).toEqual([]);
});

describe('the virtual address', () => {
  const part = holder('10.77.0.100');
  const [other, self, stale] = [
    'who=other\nmac=de:03:fa:f6:9b:cb\n',
    'who=self\n',
    'who=nobody\nmac=02:00:00:00:00:01\n',
  ].map(text => {
    const seen = part.parse(text);
    if (!seen) throw new Error(`unread: ${text}`);
    return seen;
  }) as [HolderFacts, HolderFacts, HolderFacts];
  const b = host('b', '10.88.1.12', 'controlPlane');
  const twin: PreflightFacts = {
    ...fresh,
    identity: { hostname: 'b', machineId: '2', productUuid: '', macs: [], addresses: ['10.88.1.12'] },
  };
  const codes = (one: PreflightFacts, two?: PreflightFacts) =>
    judgePreflight(spec([a, b]), new Map([['a', one], ...(two ? [['b', two] as const] : [])]), new Map()).map(
      each => `${each.host} ${each.code}`,
    );

  test('is asked for on its hosts only', () => {
    expect(virtualAddressOf(spec([a]), a)).toBe('10.0.0.100');
    expect(virtualAddressOf(spec([a, host('lb', '10.0.0.9', 'loadBalancer')]), a)).toBeUndefined();
  });
  test('is free, or somebody has it', () => {
    expect(other).toEqual({ who: 'other', mac: 'de:03:fa:f6:9b:cb' });
    expect(codes({ ...fresh, holder: stale }, { ...twin, holder: stale })).toEqual([]);
    expect(codes({ ...fresh, holder: other }, twin)).toEqual(['a address-taken']);
    expect(codes({ ...fresh, holder: self }, { ...twin, holder: other })).toEqual([
      'a address-taken',
      'b address-taken',
    ]);
  });
  test('may be the cluster’s own already', () => {
    expect(
      codes(
        { ...fresh, holder: other },
        { ...twin, holder: self, leftovers: { ours: true, kubernetes: [], cni: [], iptablesRules: 0 } },
      ),
    ).toEqual([]);
    expect(codes({ ...fresh, holder: other })).toEqual([]);
  });
});

test('every finding stands in the documentation, and no other', () => {
  const folder = new URL('../../src/preflight/', import.meta.url);
  const texts = [
    ...readdirSync(folder, { withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => entry.name)
      .map(name => readFileSync(new URL(name, folder), 'utf8')),
    readFileSync(new URL('../../src/workflow/build/preflight.ts', import.meta.url), 'utf8'),
  ];
  const codes = texts.flatMap(text =>
    [...text.matchAll(/(?:error|warning)\(\s*'([a-z][a-z0-9-]*)'/g)].map(found => `\`${found[1]}\``),
  );
  const page = readFileSync(new URL('../../docs/preflight.md', import.meta.url), 'utf8');
  const told = [...page.matchAll(/^\| (`[a-z0-9-]+`(?:, `[a-z0-9-]+`)*) \|/gm)].flatMap(
    found => found[1]?.split(', ') ?? [],
  );
  expect([...new Set(told)].sort()).toEqual(
    [...new Set([...codes, '`same-hostname`', '`same-machine-id`', '`same-product-uuid`'])].sort(),
  );
});
