/** A host on which the scripts of etcd's members run, with an etcdctl of paper. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { cluster } from '../../src/blueprint/cluster.js';
import type { ClusterSpec } from '../../src/model/cluster.js';
import type { HostFacts } from '../../src/model/host-facts.js';
import type { Resource } from '../../src/model/resource.js';
import { readCluster } from '../../src/spec/index.js';
import { emptyHost, inputFor, released } from '../golden/input.js';

export const specOf = (...roles: readonly string[]): ClusterSpec => {
  const hosts = roles.map((role, n) => `  - {name: kw-${n + 1}, address: 10.0.0.1${n + 1}, roles: [${role}]}\n`);
  const checked = readCluster(
    `name: demo\nkubernetes: 1.29.3\nendpoint: {address: 10.0.0.100}\nhosts:\n${hosts.join('')}`,
    'cluster.yaml',
  );
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.value;
};
const three = specOf('etcd, controlPlane', 'etcd, controlPlane', 'etcd, controlPlane');

export const resourcesOf = (
  spec: ClusterSpec,
  etcdLived: boolean,
  ...facts: readonly Partial<HostFacts>[]
): readonly Resource[] =>
  cluster({
    ...inputFor(spec, released('1.29.3', '1.7.27')),
    etcdLived,
    facts: new Map(spec.hosts.map(({ name }, at) => [name, emptyHost(name, facts[at])])),
  });
export const resources = (etcdLived: boolean, ...facts: readonly Partial<HostFacts>[]): readonly Resource[] =>
  resourcesOf(three, etcdLived, ...facts);
export const data: Partial<HostFacts> = { etcdDataExists: true, lived: ['member'] };
export const keys = (all: readonly Resource[]): readonly string[] =>
  all.filter(({ key }) => /^etcd-(join|mark)$/.test(key)).map(({ host, key }) => `${host} ${key}`);
export const found = (all: readonly Resource[], host: string, key: string): Resource => {
  const one = all.find(each => each.host === host && each.key === key);
  if (!one) throw new Error(`${host} has no ${key}`);
  return one;
};
export let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kw-member-'));
  for (const folder of ['bin', 'etc', 'etcd', 'run', 'systemd']) mkdirSync(join(root, folder));
});
afterEach(() => rmSync(root, { recursive: true }));

export const here = (script: string): string =>
  script
    .replaceAll('/usr/local/bin/etcdctl', `${root}/bin/etcdctl`)
    .replaceAll('/usr/local/lib/kubewizard/etcd-member', `${root}/bin/etcd-member`)
    .replaceAll('/etc/kubernetes/etcd-member', `${root}/etc/mark`)
    .replaceAll('/var/lib/etcd', `${root}/etcd`)
    .replaceAll('/var/lib/kubewizard', `${root}/run`)
    .replaceAll('/run/kubewizard', `${root}/run`)
    .replaceAll('/etc/systemd/system', `${root}/systemd`)
    .replaceAll('systemctl daemon-reload', ':')
    .replaceAll('-lt 120 ]', '-lt 9 ]')
    .replaceAll('sleep 9', ':')
    .replaceAll('sleep 1', ':');
export const program = (name: string, text: string): void => {
  writeFileSync(join(root, 'bin', name), text);
  chmodSync(join(root, 'bin', name), 0o755);
};
export const sh = (script: string) => {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', here(script)], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${root}/bin:${process.env.PATH}` },
  });
  return { code: status, out: stdout, err: stderr };
};
