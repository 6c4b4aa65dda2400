import { expect, test } from 'vitest';
import pemUnreadable from '../../src/clinic/cases/pki/pem-unreadable/case.js';
import forbiddenForUser from '../../src/clinic/cases/rbac/forbidden-for-user/case.js';
import type { Chart } from '../../src/clinic/chart/chart.js';
import { kubeconfigsInUse } from '../../src/clinic/read/in-use.js';
import type { KubeconfigSeen } from '../../src/clinic/chart/seen.js';
import { baseChart } from './fixture.js';

/** The healthy cluster, and a kubeconfig in somebody's home on a control plane. */
const withOwn = (change: (admin: KubeconfigSeen) => KubeconfigSeen): Chart => {
  const base = baseChart('five');
  const host = base.hosts.get('kw-1');
  if (!host || !('value' in host.kubeconfigs)) throw new Error('the base chart lost kw-1');
  const [admin] = host.kubeconfigs.value.filter(one => one.value);
  if (!admin) throw new Error('kw-1 has no kubeconfig');
  const own = { ...change(admin), path: '/home/jane/.kube/config' };
  return {
    ...base,
    hosts: new Map(base.hosts).set('kw-1', {
      ...host,
      kubeconfigs: { ...host.kubeconfigs, value: [...host.kubeconfigs.value, own] },
    }),
  };
};

const judgedOn = (chart: Chart): readonly string[] =>
  kubeconfigsInUse(chart.hosts.get('kw-1') as never).map(one => one.path);

test('somebody’s own kubeconfig is judged where it leads to this cluster, or nowhere', () => {
  expect(judgedOn(withOwn(admin => admin))).toContain('/home/jane/.kube/config');
  const broken = withOwn(({ value: _, ...admin }) => ({ ...admin, problems: ['line 1: it is not YAML'] }));
  expect(pemUnreadable.diagnose(broken)).toMatchObject({
    verdict: 'sick',
    findings: [{ variant: 'kubeconfig-unreadable', host: 'kw-1', subject: { path: '/home/jane/.kube/config' } }],
  });
});

test('one of another cluster is nobody’s illness here, and what its user may do never is', () => {
  const other = withOwn(admin => ({
    ...admin,
    keyMatches: false,
    ...(admin.value && { value: { ...admin.value, server: 'https://198.18.0.1:6443' } }),
  }));
  expect(judgedOn(other)).not.toContain('/home/jane/.kube/config');
  expect(pemUnreadable.diagnose(other).verdict).toBe('healthy');
  const [jane] = [
    withOwn(admin => ({
      ...admin,
      client: admin.client.map(leaf => ({ ...leaf, commonName: 'jane', organizations: [] })),
    })),
  ];
  expect(forbiddenForUser.diagnose(jane).verdict).toBe('healthy');
});
