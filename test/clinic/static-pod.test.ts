import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { chmod, copyFile, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { replacedPod, restartedPod } from '../../src/clinic/therapies/static-pod.js';
import { staticPod } from '../../src/resources/static-pod.js';

const place = { host: 'a', because: 'a test' };
const program = `kw-test-pod-${process.pid}`;
const started: ChildProcess[] = [];
let dir = '';

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kw-static-pod-'));
  await copyFile('/bin/sleep', join(dir, program));
  await systemctl('exit 0');
});
afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  await rm(dir, { recursive: true });
});

/** What stands in for systemd: `is-active` of the kubelet, and its restart. */
const systemctl = async (script: string): Promise<void> => {
  await writeFile(join(dir, 'systemctl'), `#!/bin/sh\n${script}\n`);
  await chmod(join(dir, 'systemctl'), 0o755);
};
const run = (): void => {
  started.push(spawn(join(dir, program), ['60']));
};
const sh = (script: string): Promise<{ readonly code: number; readonly stdout: string }> =>
  new Promise(resolve => {
    execFile(
      '/bin/sh',
      ['-c', script],
      { env: { ...process.env, PATH: `${dir}:${process.env.PATH}` } },
      (error, stdout) => {
        resolve({ code: error ? 1 : 0, stdout });
      },
    );
  });
type Pod = ReturnType<typeof restartedPod>;
const lookOf = ({ key, want }: Pod): string => {
  const { question } = staticPod.read(key, want);
  return question.ask === 'host' ? question.script : '';
};
const mendOf = ({ key, want }: Pod): string => {
  const [action] = staticPod.plan(key, want, []).actions;
  return action?.do === 'run' ? action.script : '';
};
const file = async (ageSeconds: number): Promise<string> => {
  const path = join(dir, 'file');
  await writeFile(path, '');
  const at = Date.now() / 1000 - ageSeconds;
  await utimes(path, at, at);
  return path;
};

test('a process that is younger than its files is as wanted', async () => {
  run();
  expect((await sh(lookOf(restartedPod(program, [await file(60)], place)))).stdout).toBe('');
});

test('one that is older is not, nor one that does not run', async () => {
  run();
  const path = await file(-60);
  expect((await sh(lookOf(restartedPod(program, [path], place)))).stdout).toBe(`${program} is older than ${path}\n`);
  expect((await sh(lookOf(replacedPod('kw-test-nobody', path, place)))).stdout).toBe('kw-test-nobody does not run\n');
});

test('under a kubelet that does not run nothing is awaited', async () => {
  await systemctl('exit 3');
  expect((await sh(lookOf(replacedPod('kw-test-nobody', await file(0), place)))).stdout).toBe('');
});

test('the old process is ended, and a new one awaited', async () => {
  run();
  const path = await file(-3);
  const pod = restartedPod(program, [path], place);
  const first = started[0];
  first?.once('exit', () => {
    setTimeout(run, 4000);
  });
  expect(await sh(mendOf(pod))).toEqual({ code: 0, stdout: '' });
  expect(first?.signalCode).toBe('SIGTERM');
  expect((await sh(lookOf(pod))).stdout).toBe('');
});

test('a new process that ends at once is not the one', async () => {
  const path = await file(0);
  setTimeout(run, 100);
  setTimeout(() => {
    started.shift()?.kill('SIGKILL');
  }, 2500);
  setTimeout(run, 4000);
  const pod = replacedPod(program, path, place);
  expect(await sh(mendOf(pod))).toEqual({ code: 0, stdout: '' });
  expect((await sh(lookOf(pod))).stdout).toBe('');
});

// Whole seconds of a start and of a change, and of the boot between them, made a new process older than its file for
// good.
test('a tenth of a second tells before from after', async () => {
  for (let phase = 0; phase < 8; phase += 1) {
    const path = await file(0);
    await sleep(100);
    run();
    await sleep(500);
    const read = lookOf(restartedPod(program, [path], place));
    expect((await sh(read)).stdout, `phase ${phase}`).toBe('');
    await writeFile(path, 'changed');
    expect((await sh(read)).stdout, `phase ${phase}`).toBe(`${program} is older than ${path}\n`);
    started.pop()?.kill('SIGKILL');
    await sleep(230);
  }
});
