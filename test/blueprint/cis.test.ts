/**
 * Each automated rule of the CIS Kubernetes Benchmark 1.12 (control plane, etcd, worker), asked of what is wanted on a
 * host with all roles. Where the rule names a static pod's manifest, the unit stands in its place; the certificates that
 * it names are ours. docs/hardening.md answers those that are for people to judge.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { cluster } from '../../src/blueprint/cluster.js';
import { releases } from '../../src/catalog/index.js';
import { mask } from '../../src/model/content.js';
import type { Wants } from '../../src/resources/wants.js';
import { readCluster } from '../../src/spec/index.js';
import { inputFor, released } from '../golden/input.js';

const minor = releases.at(-1)?.minor ?? '';
const text = readFileSync(new URL('../golden/one-host.yaml', import.meta.url), 'utf8').replace('VERSION', `${minor}.2`);
const checked = readCluster(text, 'one-host.yaml');
if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
const resources = cluster(inputFor(checked.value, released(`${minor}.2`, '2.1.9')));

interface Written {
  readonly mode: number;
  readonly owner: string;
  readonly text: string;
}

/** Certificates' keys and kubeconfigs are always 0600 (resources/certificate.ts, kubeconfig.ts). */
const written: ReadonlyMap<string, Written> = new Map(
  resources.flatMap(({ kind, key, want }): readonly (readonly [string, Written])[] => {
    if (kind === 'file') {
      const { mode, owner = 'root:root', content } = want as Wants['file'];
      return [[key, { mode, owner, text: mask(content) }]];
    }
    if (kind === 'kubeconfig') return [[key, { mode: 0o600, owner: 'root:root', text: '' }]];
    return [];
  }),
);

const at = (path: string): Written => {
  const found = written.get(path);
  if (!found) throw new Error(`nothing is wanted at ${path}`);
  return found;
};
const unitOf = (program: string) => at(`/etc/systemd/system/${program}.service`);
const restricted = (path: string, most: number) => (at(path).mode & ~most) === 0;
const roots = (path: string) => at(path).owner === 'root:root';

const flagsOf = (program: string): ReadonlyMap<string, string> =>
  new Map(
    [...unitOf(program).text.matchAll(/^ +"?--([a-z0-9-]+)=(.*?)"?(?: \\)?$/gm)].map(([, flag = '', value = '']) => [
      flag,
      value,
    ]),
  );
const flags = {
  api: flagsOf('kube-apiserver'),
  controllers: flagsOf('kube-controller-manager'),
  scheduler: flagsOf('kube-scheduler'),
  etcd: flagsOf('etcd'),
  kubelet: flagsOf('kubelet'),
};
const list = (value: string | undefined): readonly string[] => (value ?? '').split(',');
const plugins = list(flags.api.get('enable-admission-plugins'));
const notOff = (name: string) => !list(flags.api.get('disable-admission-plugins')).includes(name);
const kubelet = parse(at('/var/lib/kubelet/config.yaml').text) as {
  readonly authentication: {
    readonly anonymous: { readonly enabled: boolean };
    readonly x509: { readonly clientCAFile: string };
  };
  readonly authorization: { readonly mode: string };
  readonly rotateCertificates: boolean;
  readonly makeIPTablesUtilChains?: boolean;
  readonly featureGates?: Readonly<Record<string, boolean>>;
};
const proxy = parse(at('/var/lib/kube-proxy/config.yaml').text) as { readonly metricsBindAddress?: string };
const etcdUnit = unitOf('etcd').text;
const etcdFolder = resources.find(({ kind, key }) => kind === 'directory' && key === '/var/lib/etcd')?.want as
  | Wants['directory']
  | undefined;

const unitFile = (program: string): string => `/etc/systemd/system/${program}.service`;
const manifests = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd'];
/** 1.1.1 to 1.1.8: mode and owner of each in turn. */
const unitRules = manifests.flatMap((program, i): readonly Rule[] => [
  [`1.1.${2 * i + 1}`, `mode of ${program}'s unit`, () => restricted(unitFile(program), 0o600)],
  [`1.1.${2 * i + 2}`, `owner of ${program}'s unit`, () => roots(unitFile(program))],
]);

type Rule = readonly [id: string, what: string, passes: () => boolean];

const rules: readonly Rule[] = [
  ...unitRules,
  ['1.1.11', 'mode of the data directory of etcd', () => etcdFolder?.mode === 0o700],
  [
    '1.1.12',
    'owner of the data directory of etcd',
    () => /^ExecStartPre=\+\/bin\/chown -R etcd:etcd \/var\/lib\/etcd$/m.test(etcdUnit),
  ],
  ['1.1.13', 'mode of admin.conf', () => restricted('/etc/kubernetes/admin.conf', 0o600)],
  ['1.1.14', 'owner of admin.conf', () => roots('/etc/kubernetes/admin.conf')],
  ['1.1.15', 'mode of scheduler.conf', () => restricted('/etc/kubernetes/scheduler.conf', 0o600)],
  ['1.1.16', 'owner of scheduler.conf', () => roots('/etc/kubernetes/scheduler.conf')],
  ['1.1.17', 'mode of controller-manager.conf', () => restricted('/etc/kubernetes/controller-manager.conf', 0o600)],
  ['1.1.18', 'owner of controller-manager.conf', () => roots('/etc/kubernetes/controller-manager.conf')],
  [
    '1.1.19',
    'owner of the PKI',
    () => [...written].filter(([path]) => path.includes('/pki/')).every(([path]) => roots(path)),
  ],

  ['1.2.2', 'no token-auth-file', () => !flags.api.has('token-auth-file')],
  [
    '1.2.4',
    'kubelet client certificate',
    () => flags.api.has('kubelet-client-certificate') && flags.api.has('kubelet-client-key'),
  ],
  ['1.2.5', 'kubelet certificate authority', () => flags.api.has('kubelet-certificate-authority')],
  ['1.2.6', 'not AlwaysAllow', () => !list(flags.api.get('authorization-mode')).includes('AlwaysAllow')],
  ['1.2.7', 'Node', () => list(flags.api.get('authorization-mode')).includes('Node')],
  ['1.2.8', 'RBAC', () => list(flags.api.get('authorization-mode')).includes('RBAC')],
  ['1.2.10', 'not AlwaysAdmit', () => !plugins.includes('AlwaysAdmit')],
  ['1.2.12', 'ServiceAccount', () => notOff('ServiceAccount')],
  ['1.2.13', 'NamespaceLifecycle', () => notOff('NamespaceLifecycle')],
  ['1.2.14', 'NodeRestriction', () => plugins.includes('NodeRestriction')],
  ['1.2.15', 'no profiling', () => flags.api.get('profiling') === 'false'],
  ['1.2.16', 'audit log', () => flags.api.has('audit-log-path')],
  ['1.2.17', 'audit log age', () => Number(flags.api.get('audit-log-maxage')) >= 30],
  ['1.2.18', 'audit log backups', () => Number(flags.api.get('audit-log-maxbackup')) >= 10],
  ['1.2.19', 'audit log size', () => Number(flags.api.get('audit-log-maxsize')) >= 100],
  ['1.2.21', 'service account lookup', () => flags.api.get('service-account-lookup') !== 'false'],
  ['1.2.22', 'service account key', () => flags.api.has('service-account-key-file')],
  ['1.2.23', 'etcd client certificate', () => flags.api.has('etcd-certfile') && flags.api.has('etcd-keyfile')],
  ['1.2.24', 'serving certificate', () => flags.api.has('tls-cert-file') && flags.api.has('tls-private-key-file')],
  ['1.2.25', 'client CA', () => flags.api.has('client-ca-file')],
  ['1.2.26', 'CA of etcd', () => flags.api.has('etcd-cafile')],
  ['1.2.30', 'tokens are not extended', () => flags.api.get('service-account-extend-token-expiration') === 'false'],

  ['1.3.2', 'no profiling', () => flags.controllers.get('profiling') === 'false'],
  ['1.3.3', 'credentials of their own', () => flags.controllers.get('use-service-account-credentials') === 'true'],
  ['1.3.4', 'service account key', () => flags.controllers.has('service-account-private-key-file')],
  ['1.3.5', 'root CA', () => flags.controllers.has('root-ca-file')],
  [
    '1.3.6',
    'serving certificates of kubelets',
    () => !/RotateKubeletServerCertificate=false/.test(flags.controllers.get('feature-gates') ?? ''),
  ],
  ['1.3.7', 'loopback', () => flags.controllers.get('bind-address') === '127.0.0.1'],
  ['1.4.1', 'no profiling', () => flags.scheduler.get('profiling') === 'false'],
  ['1.4.2', 'loopback', () => flags.scheduler.get('bind-address') === '127.0.0.1'],

  ['2.1', 'serving certificate', () => flags.etcd.has('cert-file') && flags.etcd.has('key-file')],
  ['2.2', 'client certificates', () => flags.etcd.get('client-cert-auth') === 'true'],
  ['2.3', 'no auto-tls', () => flags.etcd.get('auto-tls') !== 'true'],
  ['2.4', 'peer certificate', () => flags.etcd.has('peer-cert-file') && flags.etcd.has('peer-key-file')],
  ['2.5', 'peer client certificates', () => flags.etcd.get('peer-client-cert-auth') === 'true'],
  ['2.6', 'no peer-auto-tls', () => flags.etcd.get('peer-auto-tls') !== 'true'],

  ['4.1.1', 'mode of the unit', () => restricted(unitFile('kubelet'), 0o600)],
  ['4.1.2', 'owner of the unit', () => roots(unitFile('kubelet'))],
  ['4.1.5', 'mode of kubelet.conf', () => restricted('/etc/kubernetes/kubelet.conf', 0o600)],
  ['4.1.6', 'owner of kubelet.conf', () => roots('/etc/kubernetes/kubelet.conf')],
  ['4.1.9', 'mode of config.yaml', () => restricted('/var/lib/kubelet/config.yaml', 0o600)],
  ['4.1.10', 'owner of config.yaml', () => roots('/var/lib/kubelet/config.yaml')],
  ['4.2.1', 'no anonymous requests', () => !kubelet.authentication.anonymous.enabled],
  ['4.2.2', 'not AlwaysAllow', () => kubelet.authorization.mode !== 'AlwaysAllow'],
  ['4.2.3', 'client CA', () => kubelet.authentication.x509.clientCAFile !== ''],
  ['4.2.6', 'chains of iptables', () => kubelet.makeIPTablesUtilChains !== false],
  ['4.2.10', 'certificates are rotated', () => kubelet.rotateCertificates],
  ['4.3.1', 'metrics on loopback', () => (proxy.metricsBindAddress ?? '127.0.0.1').startsWith('127.0.0.1')],
];

describe(`CIS Kubernetes Benchmark 1.12, Kubernetes ${minor}`, () => {
  test.each(rules)('%s %s', (_, __, passes) => {
    expect(passes()).toBe(true);
  });

  test('has every automated rule once', () => {
    const automated: Readonly<Record<string, readonly number[]>> = {
      '1.1': [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15, 16, 17, 18, 19],
      '1.2': [2, 4, 5, 6, 7, 8, 10, 12, 13, 14, 15, 16, 17, 18, 19, 21, 22, 23, 24, 25, 26, 30],
      '1.3': [2, 3, 4, 5, 6, 7],
      '1.4': [1, 2],
      '2': [1, 2, 3, 4, 5, 6],
      '4.1': [1, 2, 5, 6, 9, 10],
      '4.2': [1, 2, 3, 6, 10],
      '4.3': [1],
    };
    const ids = Object.entries(automated).flatMap(([part, numbers]) => numbers.map(number => `${part}.${number}`));
    expect(rules.map(([id]) => id).sort()).toEqual(ids.sort());
  });
});

/** Of those for people to judge: what the page says that we do is done. */
describe('judged by hand', () => {
  test('units and configurations are for root alone', () => {
    const open = [...written]
      .filter(
        ([path, { mode }]) => /\.(service|timer|conflist|toml|cfg)$|config\.yaml$/.test(path) && (mode & 0o077) !== 0,
      )
      .map(([path]) => path);
    expect(open).toEqual([]);
    expect([...written.keys()].filter(path => path.endsWith('.service')).length).toBeGreaterThan(9);
  });

  test.each([
    ['1.2.1', () => flags.api.get('authentication-config') === '/etc/kubernetes/authentication.yaml'],
    ['1.2.3', () => plugins.includes('DenyServiceExternalIPs')],
    ['1.2.9', () => plugins.includes('EventRateLimit') && flags.api.has('admission-control-config-file')],
    ['1.2.20', () => flags.api.has('request-timeout')],
    ['1.2.27', () => flags.api.has('encryption-provider-config')],
    ['1.2.29', () => list(flags.api.get('tls-cipher-suites')).every(suite => /^TLS_ECDHE_.*_GCM_/.test(suite))],
    ['1.3.1', () => Number(flags.controllers.get('terminated-pod-gc-threshold')) <= 12500],
    ['2.7', () => flags.etcd.get('trusted-ca-file') !== flags.api.get('client-ca-file')],
    ['4.2.4', () => /^readOnlyPort: 0$/m.test(at('/var/lib/kubelet/config.yaml').text)],
    ['4.2.12', () => !/TLS_RSA_|_CBC_|3DES|RC4/.test(at('/var/lib/kubelet/config.yaml').text)],
    ['4.2.13', () => /^podPidsLimit: [1-9]/m.test(at('/var/lib/kubelet/config.yaml').text)],
    ['4.2.14', () => /^seccompDefault: true$/m.test(at('/var/lib/kubelet/config.yaml').text)],
  ])('%s', (_, done) => {
    expect(done()).toBe(true);
  });

  test('reads of Secrets by nodes are in the audit log: no rule before them is silent about it', () => {
    const { rules: audit } = parse(at('/etc/kubernetes/audit-policy.yaml').text) as {
      readonly rules: readonly {
        readonly level: string;
        readonly resources?: readonly { readonly resources: readonly string[] }[];
      }[];
    };
    const secrets = audit.findIndex(({ resources: of = [] }) =>
      of.some(({ resources: names }) => names.includes('secrets')),
    );
    const silent = audit.findIndex(rule => JSON.stringify(rule).includes('system:nodes'));
    expect(audit[secrets]?.level).toBe('Metadata');
    expect(secrets).toBeLessThan(silent);
  });

  test('the page answers every rule that kube-bench cannot decide', () => {
    const page = readFileSync(new URL('../../docs/hardening.md', import.meta.url), 'utf8');
    const manual: Readonly<Record<string, readonly number[]>> = {
      '1.1': [9, 10, 20, 21],
      '1.2': [1, 3, 9, 11, 20, 27, 28, 29],
      '1.3': [1],
      '2': [7],
      '3.1': [1, 2, 3],
      '3.2': [1, 2],
      '4.1': [3, 4, 7, 8],
      '4.2': [4, 5, 7, 8, 9, 11, 12, 13, 14],
    };
    const missing = Object.entries(manual)
      .flatMap(([part, numbers]) => numbers.map(number => `${part}.${number}`))
      .filter(id => !page.includes(`| ${id} |`));
    expect(missing).toEqual([]);
  });
});
