/** Which processes reset takes for shims of the cluster's containers: real processes, asked by the real script. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { afterEach, expect, it } from 'vitest';
import { running } from '../../src/blueprint/reset/leftovers.js';

const started: ChildProcess[] = [];
afterEach(() => {
  for (const one of started.splice(0)) one.kill('SIGKILL');
});

/** A process with these words; its name is that of no shim, as containerd 2 leaves it behind a link. */
const withWords = async (...words: readonly string[]): Promise<number> => {
  const child = spawn(process.execPath, ['-e', "console.log('here'); setTimeout(() => {}, 60_000)", '--', ...words]);
  started.push(child);
  await new Promise(here => child.stdout?.once('data', here));
  return child.pid ?? 0;
};

const found = (): readonly number[] => {
  const containers = running.find(one => one.name === 'containers');
  const out = execFileSync('sh', ['-c', String(containers?.find)], { encoding: 'utf8' });
  return out.split('\n').filter(Boolean).map(Number);
};

const socket = '/run/containerd/containerd.sock';

it.each([
  ['of containerd 1 and 2', ['-namespace', 'k8s.io', '-id', 'a', '-address', socket]],
  ['in another order', ['-address', socket, '-namespace', 'k8s.io', '-id', 'a']],
])('finds a shim %s, whatever its program is called', async (_, words) => {
  const pid = await withWords(...words);
  expect(found()).toContain(pid);
});

it.each([
  ['of another namespace', ['-namespace', 'moby', '-id', 'k8s.io', '-address', socket]],
  ['of the containerd of k3s', ['-namespace', 'k8s.io', '-id', 'a', '-address', '/run/k3s/containerd/containerd.sock']],
  ['of a namespace that begins so', ['-namespace', 'k8s.io.test', '-id', 'a', '-address', socket]],
  ['that is none', ['k8s.io', socket]],
])('leaves a process %s alone', async (_, words) => {
  const pid = await withWords(...words);
  expect(found()).not.toContain(pid);
});
