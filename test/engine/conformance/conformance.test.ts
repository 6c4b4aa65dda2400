/** What is made of upstream's e2e.test: asked, chosen from, run side by side, interrupted. A script stands for it. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { choose, focusOn } from '../../../src/engine/conformance/choose.js';
import { imagesOf, openProgram, testsOf } from '../../../src/engine/conformance/e2e-program.js';
import { paceOf } from '../../../src/engine/conformance/estimate.js';
import { missingImages, neededImages } from '../../../src/engine/conformance/images.js';
import { removeTestNamespaces } from '../../../src/engine/conformance/namespaces.js';
import { ownAccess } from '../../../src/engine/conformance/own-kubeconfig.js';
import { outcomeOf, testsIn } from '../../../src/engine/conformance/spec-report.js';
import { runSuite } from '../../../src/engine/conformance/suite.js';
import type { TestOutcome } from '../../../src/model/conformance.js';

const fake = resolve('test/engine/conformance/fake-e2e.mjs');
const program = { path: fake, version: '1.37.2' };

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kw-conformance-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the program', () => {
  test('says its version, its images and its conformance tests', async () => {
    expect(await openProgram(fake)).toEqual(program);
    expect(await imagesOf(program)).toEqual([
      'registry.k8s.io/e2e-test-images/busybox:1.37.0-2',
      'registry.k8s.io/pause:3.10.2',
    ]);
    const all = await testsOf(program);
    expect(all).toHaveLength(5);
    expect(all.filter(one => one.serial).map(one => one.name)).toEqual([
      '[sig-scheduling] Preemption works [Serial] [Conformance]',
    ]);
  });

  test('is refused where it is not there, cannot be run, or says no version', async () => {
    const file = join(folder, 'e2e.test');
    await expect(openProgram(file)).rejects.toMatchObject({ failure: { class: 'refused', help: expect.any(String) } });
    await writeFile(file, '#!/bin/sh\necho hello\n');
    await expect(openProgram(file)).rejects.toMatchObject({ failure: { help: `chmod +x ${file}` } });
    await chmod(file, 0o755);
    await expect(openProgram(file)).rejects.toThrow('does not say which Kubernetes it tests: "hello\\n"');
  });
});

describe('the choice', () => {
  const all = ['a [Slow]', 'a (b)', 'c'].map(name => ({ name, serial: false }));
  test('names what is left out, and why', () => {
    expect(choose(all, { focus: [/a/], skip: [/\[Slow\]/] })).toEqual({
      tests: [{ name: 'a (b)', serial: false }],
      leftOut: [
        { name: 'a [Slow]', why: 'left out by --skip \\[Slow\\]' },
        { name: 'c', why: 'left out by --focus' },
      ],
    });
    expect(choose(all, { focus: [], skip: [] }).leftOut).toEqual([]);
  });

  test('is told to ginkgo as exactly these names', () => {
    expect(focusOn(all)).toBe('(?:a \\[Slow\\]|a \\(b\\)|c)$');
  });
});

test('the estimate begins with what is usual, and follows what was seen', () => {
  const tests = Array.from({ length: 40 }, (_, index) => ({ name: `${index}`, serial: index < 4 }));
  const pace = paceOf(tests, 6);
  expect(pace.left()).toBe(6 * 25 + 4 * 60);
  for (let index = 4; index < 34; index++) pace.add(`${index}`, 5);
  expect(pace.left()).toBe(10 + 4 * 60);
  for (const { name } of tests) pace.add(name, 5);
  expect(pace.left()).toBe(0);
});

describe('a report of ginkgo', () => {
  const spec = { ContainerHierarchyTexts: ['a', ''], LeafNodeType: 'It', LeafNodeText: 'b', RunTime: 2e9 };
  test.each([
    ['passed', undefined, 'passed', undefined],
    ['failed', 'x', 'failed', 'x'],
    ['panicked', undefined, 'failed', 'panicked'],
    ['timedout', 'late', 'failed', 'late'],
    ['a state of tomorrow', undefined, 'failed', 'a state of tomorrow'],
    ['skipped', 'requires 2 nodes', 'not-run', 'requires 2 nodes'],
    ['pending', undefined, 'not-run', 'it is pending'],
    ['interrupted', 'x', 'not-run', 'it was interrupted while it ran'],
  ])('%s', (State, Message, result, why) => {
    const one = outcomeOf({ ...spec, State, ...(Message === undefined ? {} : { Failure: { Message } }) });
    expect(one).toEqual({ name: 'a b', result, seconds: 2, ...(why === undefined ? {} : { why }) });
  });

  test('that is none holds no test', () => {
    for (const nonsense of [undefined, {}, [1], [{ SpecReports: [{}] }]]) expect(testsIn(nonsense)).toEqual([]);
  });
});

const play = async (how: { processes?: number; signal?: AbortSignal; focus?: RegExp; graceMs?: number } = {}) => {
  const { focus, processes = 3, ...more } = how;
  const { tests } = choose(await testsOf(program), { focus: focus ? [focus] : [], skip: [] });
  const told: TestOutcome[] = [];
  const result = await runSuite({
    program: fake,
    tests,
    processes,
    kubeconfig: '/nowhere',
    kubectl: 'kubectl',
    domain: 'cluster.local',
    folder,
    told: one => told.push(one),
    ...more,
  });
  return { ...result, told, results: result.outcomes.map(one => one.result) };
};

const abortOnce = async (name: string, controller: AbortController): Promise<void> => {
  const ran = () => readFile(join(folder, 'ran.txt'), 'utf8').catch(() => '');
  while (!(await ran()).includes(name)) await setTimeout(20);
  controller.abort();
};

describe('the suite', () => {
  test.each([1, 3])('runs each test once, the serial one at the end, with %i at a time', async processes => {
    const { results, told, troubles } = await play({ processes });
    expect(results).toEqual(['passed', 'passed', 'passed', 'passed', 'passed']);
    expect(troubles).toEqual([]);
    expect(told).toHaveLength(5);
    const ran = (await readFile(join(folder, 'ran.txt'), 'utf8')).trim().split('\n');
    expect(ran).toHaveLength(5);
    expect(ran.at(-1)).toBe('1 [sig-scheduling] Preemption works [Serial] [Conformance]');
    // The first process makes the report of all.
    expect(JSON.parse(await readFile(join(folder, 'all.json'), 'utf8'))).not.toBe('gone');
  });

  test('runs what was chosen, whatever its names mean to a regular expression', async () => {
    const { outcomes } = await play({ focus: /b\) \[/ });
    expect(outcomes).toEqual([
      { name: '[sig-network] DNS answers (for $a.b) [Conformance]', result: 'passed', seconds: 1.5 },
    ]);
    expect((await readFile(join(folder, 'ran.txt'), 'utf8')).trim().split('\n')).toHaveLength(1);
  });

  test('tells what failed, with its log, and what a test itself would not do', async () => {
    vi.stubEnv('FAKE_FAILS', 'Pods start');
    vi.stubEnv('FAKE_SKIPS', 'rolls over');
    const { outcomes, troubles } = await play();
    expect(outcomes.filter(one => one.result !== 'passed')).toEqual([
      {
        name: '[sig-apps] Deployment rolls over [Conformance]',
        result: 'not-run',
        seconds: 1.5,
        why: 'requires at least 2 nodes',
      },
      { name: '[sig-node] Pods start [Conformance]', result: 'failed', seconds: 1.5, why: 'no such pod\nat all' },
    ]);
    expect(troubles).toEqual([]);
    expect(await readFile(join(folder, 'failed.log'), 'utf8')).toContain('STEP: x');
  });

  test('that cannot begin has passed nothing', async () => {
    vi.stubEnv('FAKE_BROKEN', '1');
    const { results, troubles } = await play();
    expect(new Set(results)).toEqual(new Set(['not-run']));
    expect(troubles).toEqual(['SynchronizedBeforeSuite: nodes are not ready']);
  });

  test('whose process dies has not run what it was in, and says so', async () => {
    vi.stubEnv('FAKE_DIES', 'Pods start');
    const { outcomes, troubles } = await play();
    expect(outcomes.find(one => one.name.includes('Pods start'))).toMatchObject({ result: 'not-run' });
    expect(troubles).toEqual(['a process of e2e.test ended with 9']);
  });

  test('that is interrupted lets tests clean up, and counts none of the others as passed', async () => {
    vi.stubEnv('FAKE_HANGS', 'Pods start');
    const controller = new AbortController();
    void abortOnce('Pods start', controller);
    const { outcomes } = await play({ signal: controller.signal });
    const why = (part: string) => outcomes.find(one => one.name.includes(part));
    expect(why('Pods start')).toMatchObject({ result: 'not-run', why: 'it was interrupted while it ran' });
    expect(why('Preemption')).toMatchObject({ result: 'not-run', why: 'interrupted before it was run' });
  });

  test('that does not heed it is killed', async () => {
    const stubborn = join(folder, 'stubborn');
    await writeFile(stubborn, '#!/bin/sh\ntrap "" TERM\nsleep 600 &\nwait\n', { mode: 0o755 });
    const controller = new AbortController();
    void setTimeout(200).then(() => controller.abort());
    const tests = [{ name: 'a', serial: false }];
    const more = { kubeconfig: '', kubectl: '', domain: '', folder, told: () => undefined, graceMs: 100 };
    const { outcomes } = await runSuite({ program: stubborn, tests, processes: 1, signal: controller.signal, ...more });
    expect(outcomes).toEqual([{ name: 'a', result: 'not-run', seconds: 0, why: 'interrupted before it was run' }]);
  });
});

describe('images', () => {
  test('of other tests, and those that nobody can pull, are not asked for', () => {
    const image = 'registry.k8s.io/e2e-test-images/agnhost:2.66.1';
    const others = [
      'invalid.registry.k8s.io/invalid/alpine:3.1',
      'gcr.io/k8s-authenticated-test/agnhost:2.6',
      'registry.k8s.io/sig-storage/nfs-provisioner:v4.0.8',
    ];
    expect(neededImages([image, ...others])).toEqual([image]);
  });

  test('that are missing are named with their hosts; a host that does not answer has none', async () => {
    const hosts: Readonly<Record<string, string>> = {
      'kw-1': '',
      'kw-2': 'a:1\tno route to host\n',
      'kw-3': 'a:1\tx\n',
    };
    const connections = async (host: string) => ({
      run: async () =>
        host === 'kw-4'
          ? { code: 1, stdout: '', stderr: 'no ctr here\n' }
          : { code: 0, stdout: hosts[host] ?? '', stderr: '' },
    });
    expect(await missingImages(['a:1', 'b:1'], ['kw-1', 'kw-2', 'kw-3', 'kw-4'], connections)).toEqual([
      { image: 'a:1', hosts: ['kw-2', 'kw-3', 'kw-4'], why: expect.any(String) },
      { image: 'b:1', hosts: ['kw-4'], why: 'no ctr here' },
    ]);
  });
});

test('the runtime of a host is asked for what it has, and pulls what it lacks', async () => {
  const ctr = `#!/bin/sh
case "$*" in *' ls -q') echo a.io/x:1; echo a.io/xy:1;; *) echo "$*" >>pulled; case "$*" in *slow*) exit 124;; *good*) exit 0;; esac
echo 'trying' >&2; echo 'no such	host' >&2; exit 1;; esac
`;
  await writeFile(join(folder, 'ctr'), ctr, { mode: 0o755 });
  const run = async (script: string) => {
    const env = { PATH: `${folder}:/usr/bin:/bin` };
    return { code: 0, ...(await promisify(execFile)('sh', ['-c', script], { env, cwd: folder })) };
  };
  const images = ['a.io/x:1', 'a.io/y:1', 'good.io/z:1', 'slow.io/a:1', 'slow.io/b:1'];
  const missing = await missingImages(images, ['kw-1'], async () => ({ run }));
  expect(missing.map(({ image, why }) => `${image}: ${why}`)).toEqual([
    'a.io/y:1: no such host',
    'slow.io/a:1: no answer within 300 s',
    'slow.io/b:1: the registry did not answer for another one',
  ]);
  expect((await readFile(join(folder, 'pulled'), 'utf8')).trim().split('\n')).toHaveLength(3);
});

test('namespaces of tests are removed, and those that stay are named', async () => {
  const there = new Set(['dns-1', 'stuck-2']);
  const api = {
    request: async (method: string, path: string) => {
      if (method === 'DELETE' && !path.endsWith('/stuck-2')) there.delete(path.split('/').at(-1) ?? '');
      return { status: 200, body: { items: [...there].map(name => ({ metadata: { name } })) } };
    },
  };
  expect(await removeTestNamespaces(api, { seconds: 1 })).toEqual({ gone: ['dns-1'], left: ['stuck-2'] });
});

test('the kubeconfig of a run is for its user alone, and is away with it', async () => {
  const issued = { certPem: 'c', keyPem: 'k', caPem: 'a' };
  await writeFile(join(folder, 'kubectl'), '#!/bin/sh\n');
  vi.stubEnv('TMPDIR', folder);
  const own = await ownAccess({
    cluster: 'demo',
    server: 'https://10.0.0.1:6443',
    user: 'x',
    issued,
    kubectl: join(folder, 'kubectl'),
  });
  expect(await readFile(own.kubeconfig, 'utf8')).toContain('https://10.0.0.1:6443');
  await own.remove();
  expect(await readdir(folder)).toEqual(['kubectl']);
});
