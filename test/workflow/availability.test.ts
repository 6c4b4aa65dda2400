import { expect, test } from 'vitest';
import { readCluster } from '../../src/spec/index.js';
import { availability, type HealthNow } from '../../src/workflow/status/availability.js';

const answering = (): 'ok' => 'ok';
const rowOf = (roles: readonly string[], healthNow: HealthNow = answering) => {
  const text = `apiVersion: kubewizard/v1
kind: Cluster
name: prod
endpoint: {address: 192.0.2.250}
hosts:
${roles.map((role, n) => `  - { name: kw-${n + 1}, address: 192.0.2.${n + 11}, roles: [${role}] }`).join('\n')}
`;
  const checked = readCluster(text, 'cluster.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return availability(checked.value, healthNow);
};
const of = (...roles: readonly string[]): string => rowOf(roles).says;

const both = 'etcd, controlPlane';

test.each([
  [
    'one host',
    [both, 'worker'],
    /^not highly available: without kw-1 there is no etcd.*two more hosts the roles \[etcd, controlPlane\].*an endpoint/,
  ],
  [
    'an API on three, etcd on one',
    [both, 'controlPlane', 'controlPlane'],
    /^not highly available: without kw-1 there is no etcd.*two more hosts the roles \[etcd, controlPlane\](?!.*endpoint)/,
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

test.each([
  ['one of three does not answer', 3, ['kw-1'], 'ill', /^kw-1 away or not seen: no other control plane may be lost/],
  ['one of five does not answer', 5, ['kw-1'], 'ok', /^kw-1 away or not seen: any 1 more may be lost$/],
  ['two of five do not answer', 5, ['kw-1', 'kw-4'], 'ill', /^kw-1, kw-4 away or not seen: no other/],
] as const)('%s', (_, planes, gone, health, says) => {
  const roles = Array.from({ length: planes }, () => both);
  const row = rowOf(roles, host => ((gone as readonly string[]).includes(host) ? 'ill' : 'ok'));
  expect(row.says).toMatch(says);
  expect(row.health).toBe(health);
});

test('what was not seen is not known, and promises nothing', () => {
  const row = rowOf([both, both, both], host => (host === 'kw-1' ? undefined : 'ok'));
  expect(row).toMatchObject({ health: 'unknown', says: expect.stringMatching(/no other control plane may be lost/) });
});
