/** What a worker says of itself gives it no other's name, and decides nothing for other hosts. */
import { expect, test } from 'vitest';
import type { ApiObject, Chart } from '../../src/clinic/chart/chart.js';
import type { HostChart } from '../../src/clinic/chart/host-chart.js';
import { deciding } from '../../src/clinic/read/deciding.js';
import { certifiedNodeOf, ownNames } from '../../src/clinic/read/node-name.js';
import { requestAt } from '../../src/clinic/therapies/kubeadm-pki.js';
import { flagSet } from '../../src/clinic/therapies/place.js';
import { maySign } from '../../src/clinic/therapies/reissue.js';
import { hostsOf } from '../../src/clinic/read/hosts.js';
import { baseChart } from './fixture.js';
import { withFlags } from './with-flags.js';

const base = baseChart('kubeadm');
const of = (chart: Chart, name: string): HostChart => {
  const found = chart.hosts.get(name);
  if (!found) throw new Error(`the base chart lost ${name}`);
  return found;
};
const replaced = (host: HostChart): { chart: Chart; host: HostChart } => ({
  chart: { ...base, hosts: new Map([...base.hosts, [host.name, host]]) },
  host,
});
const worker = of(base, 'kw-5');

/** The worker calls itself so, by its hostname and by a flag of its kubelet. */
const calling = (name: string) => {
  if (!('value' in worker.identity)) throw new Error('no identity');
  const identity = { ...worker.identity, value: { ...worker.identity.value, hostname: name } };
  return replaced(withFlags({ ...worker, identity }, { kubelet: { 'hostname-override': name } }));
};

const told = (chart: Chart, node: string, addresses: readonly string[]): Chart => {
  const { nodes } = chart.api.objects;
  if (!nodes || !('value' in nodes)) throw new Error('no nodes');
  const value = nodes.value.map(
    (one): ApiObject =>
      one.metadata.name === node
        ? { ...one, status: { ...one.status, addresses: addresses.map(address => ({ type: 'InternalIP', address })) } }
        : one,
  );
  return { ...chart, api: { ...chart.api, objects: { ...chart.api.objects, nodes: { ...nodes, value } } } };
};

test('a host is certified under its own name', () => {
  for (const host of hostsOf(base)) expect(certifiedNodeOf(base, host)).toBe(host.name);
});

test('no host is certified under the name of another, whatever it calls itself', () => {
  for (const name of [
    'kw-1',
    'KW-1',
    'kw-4',
    'kubernetes',
    'kubernetes.default.svc',
    'a; touch x',
    '$(id)',
    '',
    '10.96.0.1',
  ]) {
    const { chart, host } = calling(name);
    expect(certifiedNodeOf(chart, host), name).toBeUndefined();
    for (const path of ['/etc/kubernetes/kubelet.conf', '/var/lib/kubelet/pki/kubelet.crt'])
      expect(requestAt(chart, host, path), `${name} ${path}`).toBeUndefined();
  }
});

test('a new name is another matter: the API must know it at this host’s address', () => {
  const { chart, host } = calling('fresh');
  expect(certifiedNodeOf(chart, host)).toBeUndefined();
  const { nodes } = chart.api.objects;
  if (!nodes || !('value' in nodes)) throw new Error('no nodes');
  const fresh = (address: string): Chart => ({
    ...chart,
    api: {
      ...chart.api,
      objects: {
        ...chart.api.objects,
        nodes: {
          ...nodes,
          value: [
            ...nodes.value,
            { metadata: { name: 'fresh' }, status: { addresses: [{ type: 'InternalIP', address }] } },
          ],
        },
      },
    },
  });
  expect(certifiedNodeOf(fresh(worker.address), host)).toBe('fresh');
  expect(certifiedNodeOf(fresh('10.1.2.3'), host)).toBeUndefined();
});

test('a worker serves under no name of another host, of the API or of a Service', () => {
  const foreign = [
    ...hostsOf(base)
      .filter(one => one !== worker)
      .flatMap(one => [one.name, one.address]),
    'kubernetes',
    'kubernetes.default.svc',
    'webhook.system.svc',
    '10.96.0.1',
    '10.96.0.10',
    'example.org',
    "x'; touch y",
  ];
  const chart = told(base, 'kw-5', [...foreign, worker.address, '192.0.2.77']);
  expect(ownNames(chart, worker, foreign)).toEqual([]);
  expect(ownNames(chart, worker, ['kw-5', worker.address, '192.0.2.77'])).toEqual([
    'kw-5',
    worker.address,
    '192.0.2.77',
  ]);
  for (const san of foreign)
    expect(
      maySign(chart, worker, {
        ca: 'ca',
        commonName: 'system:node:kw-5',
        organizations: ['system:nodes'],
        sans: [san],
        usages: ['server'],
        days: 1,
      }),
      san,
    ).toBe(false);
  expect(
    maySign(chart, worker, {
      ca: 'ca',
      commonName: 'kube-apiserver',
      organizations: [],
      sans: [],
      usages: ['server'],
      days: 1,
    }),
  ).toBe(false);
});

test('one worker alone decides nothing for others; control planes do, and two that agree', () => {
  const all = hostsOf(base);
  const say = (...names: readonly string[]) =>
    deciding(base, worker, one => (names.includes(one.name) ? 'x' : undefined)).map(([by]) => by.name);
  const workers = all.filter(one => !one.roles.includes('controlPlane') && one !== worker).map(one => one.name);
  const servers = all.filter(one => one.roles.includes('controlPlane')).map(one => one.name);
  expect(say(...workers.slice(0, 1))).toEqual([]);
  expect(say(...servers.slice(0, 1), ...workers)).toEqual(servers.slice(0, 1));
  expect(say(worker.name)).toEqual([]);
});

test('flags that are no plain words are written nowhere', () => {
  const server = of(base, 'kw-1');
  const set = (value: string) =>
    flagSet(server, 'kube-apiserver', { 'authorization-mode': value }, 'the test wants it');
  expect(set('Node,RBAC,Webhook')).not.toEqual([]);
  for (const value of ['a b', 'a\nExecStartPre=/bin/touch x', '$(id)', '%n', "a'", 'a"', '`id`', 'a;b', 'a\\'])
    expect(set(value), value).toEqual([]);
  expect(flagSet(server, 'kube-apiserver', { 'x y': 'a' }, 'the test wants it')).toEqual([]);
});
