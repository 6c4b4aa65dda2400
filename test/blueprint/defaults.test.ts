/** Every default for production has a reason, is what the hosts are told, and is the owner's to change. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { cluster } from '../../src/blueprint/cluster.js';
import { productionDefaults } from '../../src/blueprint/explain/defaults.js';
import { bySize, sizeOf } from '../../src/blueprint/sizes/by-hosts.js';
import { conntrackLeast, evictionHard, kubeReserved, systemReserved } from '../../src/blueprint/sizes/by-machine.js';
import { corruptionChecks, releases } from '../../src/catalog/index.js';
import type { ClusterSpec } from '../../src/model/cluster.js';
import { mask } from '../../src/model/content.js';
import type { Wants } from '../../src/resources/wants.js';
import { readCluster } from '../../src/spec/index.js';
import { inputFor, released } from '../golden/input.js';

const five = readFileSync(new URL('../golden/five-hosts.yaml', import.meta.url), 'utf8');

const specOf = (version: string, more = ''): ClusterSpec => {
  const checked = readCluster(`${five.replace('VERSION', version)}${more}`, 'five.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.value;
};

const textOf = (spec: ClusterSpec, path: string, host = 'kw-1'): string => {
  const found = cluster(inputFor(spec, released(spec.kubernetes, '2.1.9'))).find(
    one => one.host === host && one.key === path,
  );
  if (!found) throw new Error(`no ${path}`);
  return mask((found.want as Wants['file']).content);
};

const units = {
  etcd: 'etcd',
  apiserver: 'kube-apiserver',
  controllerManager: 'kube-controller-manager',
} as const;

/** What a component is told because of where it is, not because somebody chose: certificates, addresses, names. */
const wiring: Readonly<Record<keyof typeof units, RegExp>> = {
  etcd: /^(name|data-dir|initial-.*|listen-.*|advertise-.*|.*(cert|key|ca)-file|.*client-cert-auth|snapshot-count)$/,
  apiserver:
    /^(advertise-address|allow-privileged|authorization-mode|client-ca-file|enable-bootstrap-token-auth|(in)?secure-port|service-cluster-ip-range|profiling|etcd-.*|tls-cert-file|tls-private-key-file|kubelet-.*|proxy-client-.*|requestheader-.*|service-account-(issuer|key-file|signing-key-file)|encryption-provider-config|audit-.*)$/,
  controllerManager:
    /^(allocate-node-cidrs|.*kubeconfig|bind-address|client-ca-file|cluster-.*|controllers|leader-elect|port|profiling|requestheader-client-ca-file|root-ca-file|service-account-private-key-file|service-cluster-ip-range|use-service-account-credentials)$/,
};

const flagsOf = (text: string): ReadonlyMap<string, string> =>
  new Map(
    [...text.matchAll(/^ +"?--([a-z0-9-]+)=(.*?)"?(?: \\)?$/gm)].map(([, flag = '', value = '']) => [flag, value]),
  );

describe.each(['1.20.2', '1.29.3', '1.37.2'])('of Kubernetes %s', version => {
  const spec = specOf(version);
  const notes = productionDefaults(spec);

  test.each(Object.entries(units) as [keyof typeof units, string][])(
    'every flag of %s is wiring, or a default with its reason',
    (component, unit) => {
      const flags = flagsOf(textOf(spec, `/etc/systemd/system/${unit}.service`));
      const explained = new Map(
        notes
          .filter(({ path }) => path.startsWith(`components.${component}.extraArgs.`))
          .map(({ path, value }) => [path.split('.').at(-1) ?? '', value]),
      );
      expect(flags.size).toBeGreaterThan(10);
      const open = [...flags.keys()].filter(flag => !wiring[component].test(flag));
      // The goldens' etcd is one version for all minors: how it is checked is another test's business.
      const ours = (flag: string) => component !== 'etcd' || !/corrupt|hash|feature-gates/.test(flag);
      expect(open.filter(ours).sort()).toEqual([...explained.keys()].filter(ours).sort());
      for (const flag of open.filter(ours)) expect([flag, explained.get(flag)]).toEqual([flag, flags.get(flag)]);
    },
  );

  test('every field of the kubelet that nobody needs to run has its reason', () => {
    const text = parse(textOf(spec, '/var/lib/kubelet/config.yaml', 'kw-4')) as Record<string, unknown>;
    const needed =
      /^(apiVersion|kind|auth.*|cgroupDriver|cluster.*|containerRuntimeEndpoint|resolvConf|rotateCertificates|staticPodPath|tls(Cert|PrivateKey)File)$/;
    const explained = notes.flatMap(({ path }) => /^components\.kubelet\.config\.(.*)$/.exec(path)?.[1] ?? []);
    expect(
      Object.keys(text)
        .filter(field => !needed.test(field))
        .sort(),
    ).toEqual(explained.sort());
  });

  test('has no line without value and reason', () => {
    expect(notes.filter(({ value, why }) => value === undefined || why.length < 15)).toEqual([]);
  });
});

test('what the owner set is not a default, and is what the component is told', () => {
  const spec = specOf(
    '1.37.2',
    'components:\n  apiserver: { extraArgs: { request-timeout: 2m } }\n  kubelet: { config: { podPidsLimit: 99 } }\n',
  );
  const paths = productionDefaults(spec).map(({ path }) => path);
  expect(paths).not.toContain('components.apiserver.extraArgs.request-timeout');
  expect(paths).not.toContain('components.kubelet.config.podPidsLimit');
  expect(textOf(spec, '/etc/systemd/system/kube-apiserver.service')).toContain('--request-timeout=2m');
  expect(parse(textOf(spec, '/var/lib/kubelet/config.yaml'))).toMatchObject({ podPidsLimit: 99 });
});

test.each([
  ['oidc-issuer-url: https://id.example.com', false],
  ['anonymous-auth: false', false],
  ['v: 2', true],
])('beside the owner’s %s, anonymous requests are limited by a file: %s', (flag, limited) => {
  const text = textOf(
    specOf('1.37.2', `components: { apiserver: { extraArgs: { ${flag} } } }\n`),
    '/etc/systemd/system/kube-apiserver.service',
  );
  expect(text.includes('--authentication-config=')).toBe(limited);
});

test('a plugin that the owner switched off is not switched on', () => {
  const text = textOf(
    specOf('1.37.2', 'components: { apiserver: { extraArgs: { disable-admission-plugins: EventRateLimit } } }\n'),
    '/etc/systemd/system/kube-apiserver.service',
  );
  expect(text).toContain('--enable-admission-plugins=NodeRestriction,DenyServiceExternalIPs \\');
});

test.each([
  ['log-outputs: /var/log/etcd.log', false],
  ['wal-dir: /srv/wal', true],
  ['log-level: warn', true],
])('with %s etcd runs as a user of its own: %s', (flag, own) => {
  const text = textOf(
    specOf('1.37.2', `components: { etcd: { extraArgs: { ${flag} } } }\n`),
    '/etc/systemd/system/etcd.service',
  );
  expect(text.includes('User=etcd')).toBe(own);
  if (flag.startsWith('wal')) expect(text).toContain('chown -R etcd:etcd /var/lib/etcd /srv/wal');
});

test.each([
  ['3.4.23', ['experimental-initial-corrupt-check']],
  ['3.5.4', ['experimental-initial-corrupt-check']],
  ['3.5.5', ['experimental-initial-corrupt-check', 'experimental-compact-hash-check-enabled']],
  ['3.6.0', ['feature-gates']],
  ['3.7.3', ['feature-gates']],
  ['', []],
])('etcd %s is told to compare its data by %j', (version, flags) => {
  expect(Object.keys(corruptionChecks(version))).toEqual(flags);
});

test('every minor explains its defaults', () => {
  for (const { minor } of releases) expect(productionDefaults(specOf(`${minor}.2`)).length).toBeGreaterThan(30);
});

describe('sizes', () => {
  const hosts = (count: number) => ({ hosts: Array.from({ length: count }) as ClusterSpec['hosts'] });
  const gib = 2 ** 30;

  test('a host more changes nothing, but at two places that are no round numbers', () => {
    const jumps = Array.from({ length: 5000 }, (_, i) => i + 1).filter(n => sizeOf(hosts(n)) !== sizeOf(hosts(n + 1)));
    expect(jumps).toEqual([128, 1024]);
    expect([1, 129, 1025].map(n => bySize(hosts(n)).inflight.reads)).toEqual([400, 800, 1600]);
  });

  test('a kernel that keeps some MiB more for itself changes nothing', () => {
    for (const size of [1, 2, 8, 16, 64, 512]) {
      const [now, later] = [size * gib - 300 * 2 ** 20, size * gib - 200 * 2 ** 20].map(memoryBytes => ({
        memoryBytes,
        cpus: 4,
      }));
      for (const of of [kubeReserved, evictionHard, conntrackLeast]) expect(now && of(now)).toEqual(later && of(later));
    }
  });

  test.each([0.5, 1, 2, 4, 8, 16, 64, 512])('of %d GiB at least half is left for pods', size => {
    const machine = { memoryBytes: size * gib, cpus: 2 };
    const mib = (text = '') => Number(/^(\d+)Mi$/.exec(text)?.[1]);
    for (const count of [1, 500, 5000]) {
      const reserved =
        mib(kubeReserved(machine).memory) +
        mib(systemReserved(hosts(count), { roles: ['etcd', 'controlPlane'] }, machine).memory) +
        mib(evictionHard(machine)['memory.available']);
      expect(reserved).toBeGreaterThan(0);
      expect(reserved).toBeLessThan(Math.max(size, 1) * 512);
    }
  });
});
