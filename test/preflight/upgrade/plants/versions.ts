/** Versions that do not follow each other, and an etcd that is not ready. */
import { map, withFlag, withHost, withNode, withObjects } from '../cluster.js';
import { type Plant, etcdOf, v } from './planting.js';

export const versions: readonly Plant[] = [
  { name: 'an older target', way: v(30, 29), plant: one => one, rule: 'version-back', hits: ['1.29.0'] },
  { name: 'a skipped minor', way: v(31, 33), plant: one => one, rule: 'minor-skipped', hits: ['1.32.13'] },
  {
    name: 'a minor that is not known',
    way: v(37, 38, { etcd: '3.7.3' }),
    plant: one => one,
    rule: 'version-unknown',
    hits: ['1.38.0'],
  },
  {
    name: 'API servers of two minors',
    way: v(29),
    plant: one =>
      withHost(one, 'kw-2', host => ({
        ...host,
        health: map(host.health, all => ({
          ...all,
          'https://192.0.2.12:6443/version': '200 {"gitVersion":"v1.28.3"}',
        })),
      })),
    rule: 'control-plane-mixed',
    hits: ['kw-2'],
  },
  {
    name: 'a kubelet that is three minors behind',
    way: v(29),
    plant: one =>
      withNode(one, 'kw-5', node => ({
        ...node,
        status: { ...node.status, nodeInfo: { ...node.status.nodeInfo, kubeletVersion: 'v1.26.1' } },
      })),
    rule: 'skew',
    hits: ['kw-5'],
  },
  {
    name: 'a node that the file does not name',
    way: v(29),
    plant: one =>
      withObjects(one, 'nodes', {
        metadata: { name: 'old-worker' },
        status: {
          conditions: [{ type: 'Ready', status: 'True' }],
          allocatable: { cpu: '2', memory: '4Gi' },
          nodeInfo: { kubeletVersion: 'v1.27.1' },
        },
      }),
    rule: 'node-not-of-the-file',
    hits: ['old-worker'],
  },
  {
    name: 'a node that is not Ready',
    way: v(29),
    plant: one =>
      withNode(one, 'kw-4', node => ({
        ...node,
        status: { ...node.status, conditions: [{ type: 'Ready', status: 'Unknown' }] },
      })),
    rule: 'node-not-ready',
    hits: ['kw-4'],
  },
  {
    name: 'etcd 3.5.21 before 3.6',
    way: v(33, 34, { etcd: '3.5.21' }),
    plant: one => one,
    rule: 'etcd-gate',
    hits: ['kw-1', '3.5.21'],
  },
  {
    name: 'etcd 3.5 before 3.7',
    way: v(36, 37, { etcd: '3.5.35' }),
    plant: one => one,
    rule: 'etcd-gate',
    hits: ['kw-3'],
  },
  {
    name: 'a learner',
    way: v(29),
    plant: one =>
      etcdOf(one, 'kw-1', etcd => ({
        ...etcd,
        members: etcd.members.map((each, n) => ({ ...each, learner: n === 2 })),
      })),
    rule: 'etcd-learner',
    hits: ['kw-3'],
  },
  {
    name: 'a member that never started',
    way: v(29),
    plant: one =>
      etcdOf(one, 'kw-1', etcd => ({
        ...etcd,
        members: etcd.members.map((each, n) => (n === 2 ? { ...each, name: '' } : each)),
      })),
    rule: 'etcd-unstarted',
    hits: ['(no name)'],
  },
  {
    name: 'an alarm',
    way: v(29),
    plant: one => etcdOf(one, 'kw-2', etcd => ({ ...etcd, alarms: ['NOSPACE'] })),
    rule: 'etcd-alarm',
    hits: ['NOSPACE'],
  },
  {
    name: 'members that do not agree',
    way: v(29),
    plant: one => etcdOf(one, 'kw-2', etcd => ({ ...etcd, members: etcd.members.slice(0, 2) })),
    rule: 'etcd-unhealthy',
    hits: ['2 members'],
  },
  {
    name: 'a full database',
    way: v(29),
    plant: one => etcdOf(one, 'kw-2', etcd => ({ ...etcd, quota: 20_000_001 })),
    rule: 'etcd-nearly-full',
    hits: ['kw-2'],
  },
  {
    name: '--enable-v2',
    way: v(33, 34),
    plant: one => withFlag(one, 'kw-1', 'etcd', '--enable-v2=true'),
    rule: 'etcd-v2',
    hits: ['--enable-v2'],
  },
];
