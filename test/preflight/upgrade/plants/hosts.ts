/** Hosts that the target does not run on. */
import { map, seenAs, withFlag, withHost, withNode } from '../cluster.js';
import { type Plant, v } from './planting.js';

export const hosts: readonly Plant[] = [
  {
    name: 'a node on Docker',
    way: v(23),
    plant: one =>
      withNode(one, 'kw-4', node => ({
        ...node,
        status: { ...node.status, nodeInfo: { ...node.status.nodeInfo, containerRuntimeVersion: 'docker://20.10.24' } },
      })),
    rule: 'dockershim',
    hits: ['kw-4', 'docker://20.10.24'],
  },
  {
    name: 'containerd 1.7 before 1.36',
    way: v(35, 36, { containerd: '1.7.28' }),
    plant: one => one,
    rule: 'containerd-too-old',
    hits: ['containerd 1.7.28'],
  },
  {
    name: 'containerd 1.5 before 1.26',
    way: v(25, 26, { containerd: '1.5.9' }),
    plant: one => one,
    rule: 'containerd-too-old',
    hits: ['containerd 1.5.9'],
  },
  {
    name: 'cgroup v1 before 1.35',
    way: v(34, 35, { containerd: '2.2.0' }),
    plant: one => withHost(one, 'kw-4', host => ({ ...host, cgroup: seenAs('v1', 'kw-4') })),
    rule: 'cgroup-v1',
    hits: ['kw-4'],
  },
  {
    name: 'an old kernel',
    way: v(31),
    plant: one =>
      withHost(one, 'kw-4', host => ({
        ...host,
        versions: map(host.versions, all => ({ ...all, kernel: '3.10.0-1160.el7' })),
      })),
    rule: 'kernel-too-old',
    hits: ['3.10.0'],
  },
  {
    name: 'a disk without room',
    way: v(31),
    plant: one =>
      withHost(one, 'kw-4', host => ({
        ...host,
        room: map(host.room, room => ({
          ...room,
          disks: room.disks.map(disk => ({ ...disk, free: 100 * 1024 ** 2 })),
        })),
      })),
    rule: 'little-room',
    hits: ['kw-4'],
  },
  {
    name: 'kube-proxy in userspace',
    way: v(25),
    plant: one => withFlag(one, 'kw-4', 'kube-proxy', '--proxy-mode=userspace'),
    rule: 'proxy-mode',
    hits: ['userspace'],
  },
];
