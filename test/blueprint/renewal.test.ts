/** Of everything that a CA signs it is known who renews it, and no renewal restarts an API server or an etcd. */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { renewerOf } from '../../src/blueprint/access/renewed-by.js';
import { cluster } from '../../src/blueprint/cluster.js';
import { componentsOf } from '../../src/blueprint/components/health.js';
import { leavesOf } from '../../src/blueprint/components/renewal.js';
import type { ClusterSpec } from '../../src/model/cluster.js';
import { mask } from '../../src/model/content.js';
import type { Resource } from '../../src/model/resource.js';
import type { Wants } from '../../src/resources/wants.js';
import { readCluster } from '../../src/spec/index.js';
import { inputFor, released } from '../golden/input.js';

const specOf = (text: string): ClusterSpec => {
  const checked = readCluster(text, 'cluster.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.value;
};
const golden = (name: string): string =>
  readFileSync(new URL(`../golden/${name}.yaml`, import.meta.url), 'utf8').replace('VERSION', '1.37.2');
const apart = `name: apart
kubernetes: 1.37.2
endpoint: {address: 10.0.0.100}
hosts:
  - {name: kw-1, address: 10.0.0.11, roles: [controlPlane]}
  - {name: kw-2, address: 10.0.0.12, roles: [etcd]}
  - {name: kw-3, address: 10.0.0.13, roles: [worker]}
`;

const signed = (all: readonly Resource[]): readonly Resource[] =>
  all.filter(({ kind, want }) => /^(certificate|kubeconfig)$/.test(kind) && !(want as { absent?: true }).absent);
const scriptOf = (all: readonly Resource[], host: string): string | undefined => {
  const found = all.find(one => one.host === host && one.key === '/usr/local/lib/kubewizard/renew-certificates');
  return found && mask((found.want as Wants['file']).content);
};

describe.each([
  ['one host', golden('one-host')],
  ['five hosts', golden('five-hosts')],
  ['etcd apart', apart],
])('%s', (_, text) => {
  const spec = specOf(text);
  const all = cluster(inputFor(spec, released('1.37.2', '2.1.9')));

  test.each(spec.hosts.map(({ name, roles }) => [name, roles] as const))('%s', (name, roles) => {
    const own = all.filter(({ host }) => host === name);
    const leaves = signed(own);
    const script = scriptOf(all, name);
    if (leaves.length > 0) expect(leaves.map(one => renewerOf(roles, one.key)).includes('kubelet')).toBe(false);
    const byTimer = leaves.filter(one => renewerOf(roles, one.key) === 'timer').map(one => one.key);
    const listed = [...(script ?? '').matchAll(/^ {2}"\$1" (\S+)/gm)].map(([, path]) => path);
    expect(listed.sort(), 'the script has what a timer renews, and nothing else').toEqual([...byTimer].sort());
    expect(script === undefined, 'a timer where there is a control plane, and nowhere else').toBe(
      !roles.includes('controlPlane'),
    );
    expect(
      componentsOf(spec, { ...spec.hosts[0], name, roles } as never).some(one => /kw-renew/.test(one.unit)),
      'kw status asks it',
    ).toBe(roles.includes('controlPlane'));
  });

  test('who reads once is restarted, and never an API server or an etcd', () => {
    for (const { name } of spec.hosts) {
      const leaves = leavesOf(all.filter(({ host }) => host === name));
      const restarted = new Set(leaves.flatMap(one => one.units));
      for (const never of ['etcd.service', 'kube-apiserver.service']) expect([...restarted]).not.toContain(never);
      for (const { path, units } of leaves)
        expect(units, path).toEqual(
          (
            {
              '/etc/kubernetes/controller-manager.conf': ['kube-controller-manager.service'],
              '/etc/kubernetes/scheduler.conf': ['kube-scheduler.service'],
              '/etc/kubernetes/kubelet.conf': ['kubelet.service'],
              '/var/lib/kubelet/pki/kubelet.crt': ['kubelet.service'],
              '/var/lib/kube-proxy/kubeconfig.conf': ['kube-proxy.service'],
            } as Readonly<Record<string, readonly string[]>>
          )[path] ?? [],
        );
      for (const { path, key, subject } of leaves) {
        // One call gives both their names; a subject that openssl would take apart is none.
        if (key !== undefined) expect(dirname(key)).toBe(dirname(path));
        expect(subject).toMatch(/^(\/O=[\w:.-]+)*\/CN=[\w:.-]+$/);
      }
    }
  });

  test('what is re-read is there before its first reader starts', () => {
    for (const { key, after } of all.filter(one => /^(etcd|kube-apiserver)\.service$/.test(one.key)))
      expect(after.filter(id => id.includes('/certificate/')).length, key).toBeGreaterThanOrEqual(
        key === 'etcd.service' ? 2 : 4,
      );
  });
});
