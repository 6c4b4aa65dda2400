/** What is the same on many hosts is told once, and what is told of hosts and restarts is true. */
import { expect, test } from 'vitest';
import type { Plan, Step } from '../../src/model/plan.js';
import { type Change, clusterHost } from '../../src/model/resource.js';
import { planText } from '../../src/plan/text.js';
import { service } from '../../src/resources/service.js';

const step = (host: string, kind: string, key: string, changes: readonly Change[]): Step => ({
  id: `${host}/${kind}/${key}`,
  stage: 'nodes',
  because: 'it is',
  actions: [],
  risk: kind === 'service' ? 'restart' : 'none',
  after: [],
  question: { fact: 'file', script: '' } as unknown as Step['question'],
  seen: '',
  ...{ host, kind, key, changes },
});
const text = (steps: readonly Step[]): string => {
  const plan: Plan = { cluster: 'demo', steps, examined: 9, unseen: [], digest: '' };
  return planText(plan, { color: false, width: 120, verbose: false });
};

const [before, after] = ['cp1 10.0.0.1\nw1 10.0.0.2\nw2 10.0.0.3\n', 'cp1 10.0.0.1\nw1 10.0.0.2\n'];
const peers: Change = { verb: 'update', field: 'content', from: before, to: after };

test('a file that names all hosts and is the same on each is one diff, with the names as they stand in it', () => {
  const told = text(['w2', 'cp1', 'w1'].map(host => step(host, 'file', '/etc/peers', [peers])));
  expect(told.match(/file \/etc\/peers/g)).toHaveLength(1);
  expect(told).toContain('on 3 hosts: cp1, w1, w2\n');
  expect(told).toContain('       cp1 10.0.0.1\n');
  expect(told).not.toContain('<host>');
});

test('what differs in the own name of each host alone is one diff still', () => {
  const of = (host: string): Change => ({ verb: 'create', field: 'kubeconfig', from: undefined, to: `system:${host}` });
  const told = text(['cp1', 'w1'].map(host => step(host, 'kubeconfig', '/etc/kubelet.conf', [of(host)])));
  expect(told).toContain('kubeconfig: system:<host>');
  expect(told.match(/kubelet\.conf/g)).toHaveLength(1);
});

test('the API is no host', () => {
  const object: Change = { verb: 'update', field: 'data', from: 'a', to: 'b' };
  expect(text([step('w1', 'file', '/a', [peers]), step(clusterHost, 'object', '/api', [object])])).toContain(
    '2 of 9 resources would change on 1 host and in the API,',
  );
  expect(text([step(clusterHost, 'object', '/api', [object])])).toContain('1 of 9 resources would change in the API,');
});

test('a unit that only reads a file again is reloaded, and no restart is announced', () => {
  const want = {
    running: true,
    atBoot: true,
    reads: ['/bin/haproxy', '/etc/haproxy.cfg'],
    reloads: ['/etc/haproxy.cfg'],
  };
  const have = { ...service.ideal(want), stale: ['/etc/haproxy.cfg'] };
  const reload = text([step('w1', 'service', 'haproxy.service', service.diff(want, have))]);
  expect(reload).toContain('service haproxy.service  [reload]');
  expect(reload).toContain('reloads: haproxy.service on 1 host');
  expect(reload).not.toContain('restarts:');
  const restart = { ...have, stale: ['/etc/haproxy.cfg', '/bin/haproxy'] };
  expect(text([step('w1', 'service', 'haproxy.service', service.diff(want, restart))])).toContain(
    'restarts: haproxy.service on 1 host',
  );
});
