import { expect, test } from 'vitest';
import { readCluster } from '../../src/spec/index.js';
import { availability } from '../../src/workflow/status/availability.js';

const of = (...roles: readonly string[]) => {
  const text = `apiVersion: kubewizard/v1
kind: Cluster
name: prod
endpoint: {address: 192.0.2.250}
hosts:
${roles.map((role, n) => `  - { name: kw-${n + 1}, address: 192.0.2.${n + 11}, roles: [${role}] }`).join('\n')}
`;
  const checked = readCluster(text, 'cluster.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return availability(checked.value).says;
};

const both = 'etcd, controlPlane';

test.each([
  [
    'one host',
    [both, 'worker'],
    /^not highly available: without kw-1 there is no etcd.*roles: \[controlPlane\].*snapshots/,
  ],
  [
    'an API on three, etcd on one',
    [both, 'controlPlane', 'controlPlane'],
    /^not highly available: without kw-1 there is no etcd(?!.*roles:)/,
  ],
  [
    'etcd on three, an API on one',
    [both, 'etcd', 'etcd'],
    /^not highly available: without kw-1 there is no API; add two hosts/,
  ],
  ['three', [both, both, both], /^any 1 of 3 control planes may be lost$/],
  ['five', [both, both, both, both, both], /^any 2 of 5 control planes may be lost$/],
  [
    'etcd on five, an API on two',
    [both, both, 'etcd', 'etcd', 'etcd'],
    /^any 1 of 2 control planes may be lost \(of etcd: 2\)$/,
  ],
] as const)('%s', (_, roles, says) => expect(of(...roles)).toMatch(says));
