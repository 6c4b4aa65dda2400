/** A process is a component by where it runs, not by what it calls itself. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { contained, processes } from '../../src/facts/chart/processes.js';

const asked = { sentAt: 0, answeredAt: 0 };
const stat = `S 1 ${'0 '.repeat(17)}4200 0`;
const process = (pid: number, argv: readonly string[], ...marks: readonly string[]): string =>
  [`#process ${pid} ${stat}`, ...argv.map(word => `=arg ${word}`), ...marks].join('\n');
const seen = (...all: readonly string[]) =>
  processes.parse(`#btime 1700000000\n${all.join('\n')}\n`, asked).map(one => `${one.pid} ${one.program}`);

test('a workload that calls itself controller manager is not this cluster’s', () => {
  const forged = ['kube-controller-manager', '--cluster-cidr=10.0.0.0/8 -j ACCEPT; touch /root/x; true'];
  expect(seen(process(7, forged, '=contained', '=of the API'))).toEqual([]);
  for (const program of ['etcd', 'kube-apiserver', 'kube-scheduler', 'kubelet', 'containerd', 'crio'])
    expect(seen(process(7, [`/bin/${program}`], '=contained', '=of the API')), program).toEqual([]);
});

test('a static pod, a unit and the pod of a DaemonSet are', () => {
  expect(
    seen(
      process(7, ['kube-controller-manager'], '=contained'),
      process(8, ['/usr/local/bin/etcd']),
      process(9, ['/usr/local/bin/kube-proxy'], '=contained', '=of the API'),
    ),
  ).toEqual(['7 kube-controller-manager', '8 etcd', '9 kube-proxy']);
});

test('pods of the API are told by their UUID in either spelling, static pods have a digest', () => {
  const marks = (cgroup: string): string => {
    const p = mkdtempSync(join(tmpdir(), 'kw-process-'));
    writeFileSync(join(p, 'cgroup'), cgroup);
    const said = execFileSync('sh', ['-c', contained], { env: { p, c: 'kubelet' }, encoding: 'utf8' });
    rmSync(p, { recursive: true });
    return said.trim();
  };
  const both = '=contained\n=of the API';
  expect(marks('1:memory:/kubepods/burstable/pod0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0/abc\n')).toBe(both);
  expect(marks('0::/kubepods.slice/kubepods-burstable-pod0b1c2d3e_4f50_6172_8394_a5b6c7d8e9f0.slice/x\n')).toBe(both);
  expect(marks('2:cpu:/\n1:memory:/kubepods/burstable/pod5ac4f1d2e3b4a5968778695a4b3c2d1e/abc\n')).toBe('=contained');
  expect(marks('1:name=systemd:/system.slice/docker-0b1c2d3e.scope\n')).toBe('=contained');
  expect(marks('1:name=systemd:/docker/0b1c2d3e\n')).toBe('=contained');
  expect(marks('0::/system.slice/kubelet.service\n')).toBe('=unit');
});

test('a start is known to a hundredth of a second, and coarsely where a container has an uptime of its own', () => {
  const start = (head: string): string | undefined =>
    processes.parse(`${head}\n${process(7, ['/bin/etcd'])}\n`, asked)[0]?.startedAt;
  expect(start('#btime 1700000000\n#uptime 1700000100.750000000 100.00 180.00')).toBe('2023-11-14T22:14:02.750Z');
  expect(start('#btime 1700000000\n#uptime 1700000100.750000000 20.00 30.00')).toBe('2023-11-14T22:14:02.000Z');
  expect(start('#btime 1700000000')).toBe('2023-11-14T22:14:02.000Z');
});

test('a process in state T is there and does nothing', () => {
  const inState = (state: string): boolean | undefined =>
    processes.parse(`#btime 1700000000\n${process(7, ['/bin/etcd']).replace(' S ', ` ${state} `)}\n`, asked)[0]?.halted;
  expect(['S', 'R', 'D', 'T', 't', 'Z'].map(inState)).toEqual([undefined, undefined, undefined, true, true, undefined]);
});

test('what a cgroup of either version leaves a process, and a program that is not there any more', () => {
  const one = (...marks: readonly string[]) =>
    processes.parse(`#btime 1700000000\n${process(7, ['/usr/bin/kubelet'], ...marks)}\n`, asked)[0];
  expect(one()?.limits).toBeUndefined();
  expect(one('=gone')?.gone).toBe(true);
  expect(one('=contained', '=gone')?.gone, 'its file is in its container').toBeUndefined();
  const cpu = ['=held cpu.max 1000 100000', '=held cpu nr_periods 400', '=held cpu nr_throttled 390'];
  const tasks = ['=held pids.max 8', '=held pids 8'];
  const memory = ['=held memory.max 26214400', '=held memory anon 4096'];
  expect(one(...cpu, ...tasks, ...memory)?.limits).toEqual({
    cpu: { periods: 400, throttled: 390 },
    tasks: { most: 8, now: 8 },
    memory: { most: 26_214_400, now: 4096 },
  });
  expect(one('=held memory.max 9', '=held memory total_rss 8')?.limits).toEqual({ memory: { most: 9, now: 8 } });
  expect(one('=held cpu nr_periods 400', '=held cpu nr_throttled 390')?.limits, 'no quota').toBeUndefined();
});

test('of two processes of a component that of its unit comes first', () => {
  const rehearsal = process(48_414, ['/usr/local/bin/etcd', '--name=rehearsal']);
  const serving = process(704, ['/usr/local/bin/etcd', '--name=kw-1'], '=unit');
  expect(seen(rehearsal, serving)).toEqual(['704 etcd', '48414 etcd']);
});
