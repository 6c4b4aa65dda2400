/** A fault is what its minor makes ill: what one minor refuses, a newer one may take, or say in other words. */
import { expect, test } from 'vitest';
import { flagPresence, gateLocked, gatePresence } from '../../src/catalog/index.js';
import { shownIn, unfit } from '../../src/lab/faults/break.js';
import type { FaultVariant, LabCluster } from '../../src/lab/faults/fault.js';
import { faultOf, faults } from '../../src/lab/faults/index.js';

const labOf = (kubernetes: string, built: LabCluster['built'] = 'kubeadm'): LabCluster => ({
  built,
  kubernetes,
  hosts: [1, 2, 3, 4].map(n => ({
    name: `kw-${n}`,
    address: `10.88.0.1${n}`,
    roles: n < 4 ? ['controlPlane', 'etcd', 'worker'] : ['worker'],
  })),
  endpoint: { address: '10.88.0.11', port: 6443 },
});
/** What the lab builds: Debian's, and the newest with those before it. */
const played = ['1.20.2', '1.35.4', '1.36.3', '1.37.2'];

const variantOf = (id: string, name: string): FaultVariant => {
  const variant = faultOf(id)?.variants[name];
  if (!variant) throw new Error(`${id}/${name} is not made in the lab`);
  return variant;
};
const scriptOf = (id: string, name: string, version: string): string => {
  const lab = labOf(version);
  const { break: script } = variantOf(id, name);
  return typeof script === 'string' ? script : script(lab, 'kw-1');
};
const fits = (id: string, name: string, version: string): boolean =>
  unfit(variantOf(id, name), labOf(version)) === undefined;

test('every fault can be made in a minor that is played, and its scripts can be written there', () => {
  const nowhere = faults.flatMap(({ case: id, variants }) =>
    Object.entries(variants)
      .filter(([, fault]) => !played.some(version => unfit(fault, labOf(version, fault.built)) === undefined))
      .map(([name]) => `${id}/${name}`),
  );
  expect(nowhere).toEqual([]);
});

test.each(played)('%s: a gate that is unknown is unknown there, one that is locked is locked', version => {
  const gateIn = (name: string): string =>
    /--feature-gates=([A-Za-z]+)=/.exec(scriptOf('removed-feature-gate', name, version))?.[1] ?? '';
  const unknown = gateIn('unknown');
  // The catalogue does not tell gates that are to come from those that always were.
  if (version !== '1.20.2') expect(gatePresence(unknown, version)).toBe('no');
  expect(gateLocked(gateIn('locked'), version)?.to).toBe(true);
});

test.each(played)('%s: a flag that is gone, or is to come, is not there', version => {
  for (const name of ['not-yet', 'removed']) {
    if (!fits('removed-flag', name, version)) continue;
    const flag = /--([a-z-]+)=/.exec(scriptOf('removed-flag', name, version))?.[1] ?? '';
    expect(flagPresence('kube-scheduler', flag, version), flag).toBe('no');
  }
  expect(['not-yet', 'removed'].filter(name => fits('removed-flag', name, version))).toHaveLength(1);
});

test('what a newer kubeadm, kubelet or scheduler says and writes is met too', () => {
  const meets = (id: string, name: string, text: string) =>
    expect(shownIn(text, variantOf(id, name).symptom.expect), `${id}/${name}`).toBeDefined();
  meets('cri-disabled', 'disabled', 'rpc error: unknown service runtime.v1.RuntimeService');
  meets('no-node-tolerated', 'only-control-planes', '0/4 nodes are available: 4 node(s) had untolerated taint(s).');
  meets(
    'probe-misses-its-target',
    'port',
    'Liveness probe failed: Get "https://127.0.0.1:10251/livez": dial tcp 127.0.0.1:10251: connect: connection refused',
  );
  meets(
    'node-name-mismatch',
    'override',
    'E1130 kubelet_node_status.go:104] "Unable to register node with API server, reason is forbidden" err="nodes ' +
      '\\"kw-other\\" is forbidden: node \\"kw-4\\" is not allowed to modify node \\"kw-other\\"" node="kw-other"',
  );
  meets(
    'node-ip-wrong-nic',
    'not-on-host',
    'err="node IP: \\"192.0.2.77\\" not found in the host\'s network interfaces"',
  );
  meets(
    'cloud-provider-wrong',
    'unknown',
    'err="failed to run Kubelet: cloud provider \\"metal\\" was specified, but"',
  );
  expect(scriptOf('probe-misses-its-target', 'port', '1.37.2')).toContain('probe-port');
  expect(scriptOf('probe-misses-its-target', 'path', '1.37.2')).toContain('livez');
});

test('a part that is switched off by a flag takes nothing along that a builder switches on by the same one', () => {
  const broken = scriptOf('needed-part-switched-off', 'flag', '1.37.2');
  const value = /--controllers=([\w*,-]+)/.exec(broken)?.[1]?.split(',') ?? [];
  // `kubeadm init` of 1.20 to 1.37 writes --controllers=*,bootstrapsigner,tokencleaner.
  expect(value).toEqual(expect.arrayContaining(['*', 'bootstrapsigner', 'tokencleaner', '-replicaset']));
});
