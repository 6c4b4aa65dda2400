import { expect, test } from 'vitest';
import { judgeUpgrade } from '../../../src/preflight/upgrade/judge.js';
import { cluster, pod, seenAs, type Versions, withSeen } from './cluster.js';

const ways: readonly Versions[] = [
  { from: '1.20.2', to: '1.20.15' },
  { from: '1.20.2', to: '1.21.14' },
  { from: '1.29.15', to: '1.30.14', etcd: '3.5.16', containerd: '1.7.27' },
  { from: '1.33.13', to: '1.34.11', etcd: '3.5.35', containerd: '2.1.5' },
  { from: '1.36.4', to: '1.37.2', etcd: '3.6.16', containerd: '2.4.2' },
];

test.each(ways)('a healthy cluster of kw: nothing bites on the way from $from to $to', way => {
  const report = judgeUpgrade(
    withSeen(cluster(way), {
      pods: seenAs([pod('web-1'), pod('web-2', { node: 'kw-5' }), pod('proxy', { owner: 'DaemonSet' })]),
    }),
  );
  expect(report.findings.filter(one => one.severity !== 'note')).toEqual([]);
  expect(report.missing).toEqual([]);
  expect(report.verdict).toBe('clear');
});

test('a healthy cluster of kubeadm too', () => {
  const report = judgeUpgrade(cluster({ from: '1.20.2', to: '1.21.14' }, 'kubeadm'));
  expect(report.findings.filter(one => one.severity !== 'note')).toEqual([]);
  expect(report.missing).toEqual([]);
});
