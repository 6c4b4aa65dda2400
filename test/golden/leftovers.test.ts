/**
 * What reset takes out of a containerd, by real shells against a containerd that is a folder with a socket's manners.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { store, whoElse } from '../../src/blueprint/reset/leftovers-containerd.js';
import { data, running } from '../../src/blueprint/reset/leftovers.js';
import type { Leftover } from '../../src/blueprint/reset/leftover.js';
import { sh } from '../../src/shell/sh.js';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kw-leftovers-'));
  write('bin/systemctl', `case $1 in is-active) [ -e ${root}/alive ];; start) : >${root}/alive;; esac`);
  // ctr -n NAMESPACE containers|images ls -q, and the rest of what is asked of it.
  write(
    'bin/ctr',
    `[ -e ${root}/alive ] || exit 1
[ "$1" != --connect-timeout ] || shift 2
[ "$1" != -n ] || { ns=$2; shift 2; }
case "$1 $2" in
'namespaces ls') ls ${root}/held;;
'namespaces rm') rmdir ${root}/held/$3;;
'containers ls'|'images ls') cat ${root}/held/$ns/$1 2>/dev/null;;
'containers rm'|'images rm') rm -f ${root}/held/$ns/$1;;
'snapshots ls'|'content ls'|'leases ls') :;;
esac`,
  );
  mkdirSync(join(root, 'kw/owned/etc/systemd/system'), { recursive: true });
  writeFileSync(join(root, 'kw/owned/etc/systemd/system/containerd.service'), '');
  for (const folder of ['io.containerd.metadata.v1.bolt', 'io.containerd.runtime.v2.task/k8s.io'])
    mkdirSync(join(root, 'lib', folder), { recursive: true });
  hold('k8s.io', 'containers', 'images');
  writeFileSync(join(root, 'alive'), '');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const write = (name: string, text: string): void => {
  mkdirSync(join(root, 'bin'), { recursive: true });
  writeFileSync(join(root, name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(root, name), 0o755);
};
const hold = (namespace: string, ...what: readonly string[]): void => {
  mkdirSync(join(root, 'held', namespace), { recursive: true });
  for (const each of what) writeFileSync(join(root, 'held', namespace, each), `${each}-1\n`);
};
const run = (script: string): string => {
  const led = script
    .replaceAll('/var/lib/kubewizard', `${root}/kw`)
    .replaceAll('/var/lib/containerd', `${root}/lib`)
    .replaceAll('/run/containerd', `${root}/run`);
  const { status, stdout, stderr } = spawnSync('sh', ['-s'], {
    input: led,
    env: { ...process.env, PATH: `${root}/bin:${process.env.PATH ?? ''}` },
  });
  if (status !== 0) throw new Error(stderr.toString());
  return stdout.toString().trim();
};
const [ours, library] = store as unknown as readonly [Leftover, Leftover];
const stopped = (): void => rmSync(join(root, 'alive'));
/** As a run does it: looked at before, and proven after. */
const carryOut = (leftover: Leftover): void => {
  if (run(leftover.find) === '') return;
  run(leftover.remove);
  expect(run(leftover.find)).toBe('');
};

test('where nobody else has anything, the whole store goes', () => {
  // An empty namespace, and the folder of a container that somebody once ran, are nobody's.
  hold('default');
  mkdirSync(join(root, 'lib/io.containerd.runtime.v2.task/default'));
  carryOut(whoElse);
  stopped();
  for (const leftover of store) carryOut(leftover);
  expect(existsSync(join(root, 'lib'))).toBe(false);
});

test('where somebody else has something, only k8s.io goes, and containerd runs again', () => {
  hold('moby', 'images');
  expect(run(ours.find)).toBe('images and records of k8s.io, beside moby');
  expect(run(library.find)).toBe('');
  carryOut(whoElse);
  stopped();
  for (const leftover of store) carryOut(leftover);
  expect(readdirSync(join(root, 'held'))).toEqual(['moby']);
  expect(readdirSync(join(root, 'held/moby'))).toEqual(['images']);
  expect(readdirSync(join(root, 'lib'))).toContain('io.containerd.metadata.v1.bolt');
  expect(existsSync(join(root, 'alive'))).toBe(true);
});

test('a containerd that does not run any more is known by its folders', () => {
  stopped();
  mkdirSync(join(root, 'lib/io.containerd.runtime.v2.task/moby'));
  carryOut(whoElse);
  expect(run(library.find)).toBe('');
});

test('a containerd that Kubewizard never ran is left alone', () => {
  rmSync(join(root, 'kw'), { recursive: true });
  for (const leftover of [whoElse, ...store]) expect(run(leftover.find)).toBe('');
});

test('mounts of others’ containers stay', () => {
  const of = (path: string) => `overlay ${path} overlay rw 0 0\n`;
  const run = '/run/containerd';
  const ours = [
    `${run}/io.containerd.runtime.v2.task/k8s.io/1/rootfs`,
    `${run}/io.containerd.grpc.v1.cri/sandboxes/2/shm`,
    '/var/lib/kubelet/pods/3/volumes/x',
    '/run/netns/cni-4',
  ];
  const theirs = [
    `${run}/io.containerd.runtime.v2.task/moby/5/rootfs`,
    '/var/lib/kubelet',
    '/var/lib/docker/overlay2/6/merged',
  ];
  writeFileSync(join(root, 'mounts'), [...ours, ...theirs].map(of).join(''));
  const mounts = running.find(leftover => leftover.name === 'mounts');
  const { stdout } = spawnSync('sh', ['-s'], {
    input: (mounts?.find ?? '').replaceAll('/proc/mounts', join(root, 'mounts')),
  });
  expect(stdout.toString().trim().split('\n')).toEqual(ours);
});

test('addresses that others’ plugins gave stay where they have containers', () => {
  for (const name of [
    'networks/kubewizard/10.244.0.5',
    'results/kubewizard-1-eth0',
    'networks/bridge/10.4.0.2',
    'results/bridge-2-eth0',
  ]) {
    mkdirSync(join(root, 'cni', name, '..'), { recursive: true });
    writeFileSync(join(root, 'cni', name), '');
  }
  hold('default', 'containers');
  const led = (leftover: Leftover): Leftover => ({
    ...leftover,
    find: sh`eval ${leftover.find.replaceAll('/var/lib/cni', `${root}/cni`)}`,
    remove: sh`eval ${leftover.remove.replaceAll('/var/lib/cni', `${root}/cni`)}`,
  });
  const plugins = data.find(leftover => leftover.name === 'contents of /var/lib/cni');
  if (!plugins) throw new Error('nothing clears it');
  carryOut(led(plugins));
  expect(readdirSync(join(root, 'cni'), { recursive: true }).sort()).toEqual([
    'networks',
    'networks/bridge',
    'networks/bridge/10.4.0.2',
    'results',
    'results/bridge-2-eth0',
  ]);
  rmSync(join(root, 'held/default/containers'));
  carryOut(led(plugins));
  expect(existsSync(join(root, 'cni'))).toBe(false);
});
