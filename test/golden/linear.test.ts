import { expect, test } from 'vitest';
import { cluster } from '../../src/blueprint/cluster.js';
import type { ClusterSpec, Host } from '../../src/model/cluster.js';
import { readCluster } from '../../src/spec/index.js';
import { inputFor, released } from './input.js';

/** How often the blueprint of a fleet asks a host for its roles, per host. */
function looksPerHost(hosts: number, endpoint: string): number {
  const checked = readCluster(
    `apiVersion: kubewizard/v1
kind: Cluster
name: fleet
kubernetes: 1.29.3
endpoint: ${endpoint}
hosts:
  - { name: 'cp-[1-3]', address: 172.16.0.10+, roles: [etcd, controlPlane] }
  - { name: 'w-[1-${hosts - 3}]', address: 172.16.1.0+, roles: [worker] }
`,
    'fleet.yaml',
  );
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  let looks = 0;
  const counted = ({ roles, ...host }: Host): Host => ({
    ...host,
    get roles() {
      looks += 1;
      return roles;
    },
  });
  const spec: ClusterSpec = { ...checked.value, hosts: checked.value.hosts.map(counted) };
  cluster(inputFor(spec, released('1.29.3', '1.7.24')));
  return looks / hosts;
}

test.each(['{ address: 172.16.0.5 }', '{ balance: local }'])(
  'a host more is no more work for the others (endpoint %s)',
  endpoint => {
    expect(looksPerHost(160, endpoint)).toBeLessThan(looksPerHost(40, endpoint) * 1.2);
  },
);
