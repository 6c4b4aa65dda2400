/** `kw verify --conformance`: what is refused before a host is asked, what is told, kept and cleaned up. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { endedText, testText } from '../../src/cli/view/conformance.js';
import { testsOf } from '../../src/engine/conformance/e2e-program.js';
import { conformanceExit, type ConformanceEvent } from '../../src/model/conformance.js';
import { readCluster } from '../../src/spec/index.js';
import { conformance } from '../../src/workflow/conformance.js';
import { playTests } from '../../src/workflow/conformance/play.js';
import { recordedPorts } from './recorded-ports.js';

const fake = resolve('test/engine/conformance/fake-e2e.mjs');
const fileOf = (kubernetes: string) => {
  const text = `name: demo\nkubernetes: ${kubernetes}\nhosts: [10.0.0.1, 10.0.0.2, 10.0.0.3]`;
  const read = readCluster(text, 'cluster.yaml');
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return { path: 'cluster.yaml', dir: '/nonexistent', text, spec: read.value, warnings: [] };
};

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('before any host is asked', () => {
  const refused = async (version: string, wish: object = {}) => {
    const { ports, events } = recordedPorts();
    const run = conformance(fileOf(version), ports, { program: fake, ...wish });
    const error = await run.then(
      () => undefined,
      (one: unknown) => one,
    );
    return { error, events };
  };

  test('another minor’s e2e.test is refused with both versions and the next act', async () => {
    const { error, events } = await refused('1.36.3');
    expect(error).toMatchObject({
      failure: {
        class: 'refused',
        message: expect.stringMatching(/is of 1\.37\.2, and the cluster file says 1\.36\.3/),
        help: expect.stringContaining('e2e.test of 1.36'),
      },
    });
    expect(events).toEqual([]);
  });

  test('a cluster whose tests spoke otherwise is refused', async () => {
    const { error } = await refused('1.20.2');
    expect(error).toMatchObject({ failure: { class: 'refused', message: expect.stringContaining('from 1.25 on') } });
  });

  test('an expression that is none is the user’s mistake', async () => {
    const { error } = await refused('1.37.2', { skip: ['[Serial'] });
    expect(error).toMatchObject({ problems: [{ code: 'bad-expression' }] });
  });
});

describe('what is played', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kw-play-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
  });

  const play = async (how: { signal?: AbortSignal; left?: readonly string[] } = {}) => {
    const events: ConformanceEvent[] = [];
    const cleanUp = vi.fn(async () => how.left ?? []);
    const results = join(folder, 'results');
    const playing = playTests({
      program: { path: fake, version: '1.37.2' },
      tests: await testsOf({ path: fake, version: '1.37.2' }),
      leftOut: [{ name: 'z', why: 'left out by --skip z' }],
      parallel: 2,
      folder: results,
      kubeconfig: '/nowhere',
      kubectl: 'kubectl',
      domain: 'cluster.local',
      signal: how.signal,
      emit: event => events.push(event),
      cleanUp,
    });
    return { playing, events, cleanUp, results };
  };

  test('is counted, estimated and kept by name; what was not run is not counted as passed', async () => {
    vi.stubEnv('FAKE_FAILS', 'Pods start');
    vi.stubEnv('FAKE_SKIPS', 'rolls over');
    const { playing, events, cleanUp, results } = await play();
    const ended = await playing;
    expect(ended).toMatchObject({ ok: false, passed: 3, leftOut: 1, troubles: [], folder: results });
    expect(ended.failed).toEqual(['[sig-node] Pods start [Conformance]']);
    expect(ended.notRun).toEqual([
      { name: '[sig-apps] Deployment rolls over [Conformance]', why: 'requires at least 2 nodes' },
    ]);
    expect(conformanceExit(ended)).toBe(2);
    expect(cleanUp).toHaveBeenCalledOnce();
    expect(events.map(one => one.type)).toEqual([
      'conformance-started',
      ...Array.from({ length: 5 }, () => 'conformance-test'),
      'conformance-ended',
    ]);
    expect(events[0]).toMatchObject({ tests: 5, serial: 1, leftOut: 1, parallel: 2, seconds: 110 });
    expect(events.at(-2)).toMatchObject({ done: 5, of: 5, left: 0 });
    const rows = (await readFile(join(results, 'results.jsonl'), 'utf8')).trim().split('\n');
    expect(rows.map(row => (JSON.parse(row) as { result: string }).result).sort()).toEqual([
      'failed',
      'not-run',
      'passed',
      'passed',
      'passed',
    ]);
    expect(await readFile(join(results, 'not-run.txt'), 'utf8')).toBe(
      '[sig-apps] Deployment rolls over [Conformance]\n  requires at least 2 nodes\nz\n  left out by --skip z\n',
    );
    const text = endedText(ended);
    expect(text).toMatch(/^NOT PROVEN: 3 of 5 tests passed in .*, 1 failed, 1 not run, 1 left out by you\n/);
    expect(text).toContain('  not run: [sig-apps] Deployment rolls over [Conformance]: requires at least 2 nodes');
    expect(text).toContain(results);
  });

  test('is interrupted: the cluster is cleaned up and results are kept before it ends', async () => {
    vi.stubEnv('FAKE_HANGS', 'Pods start');
    const controller = new AbortController();
    const { playing, cleanUp, results } = await play({ signal: controller.signal });
    const rejected = expect(playing).rejects.toMatchObject({ name: 'AbortError' });
    const ran = () => readFile(join(results, 'ran.txt'), 'utf8').catch(() => '');
    while (!(await ran()).includes('Pods start')) await setTimeout(20);
    controller.abort();
    await rejected;
    expect(cleanUp).toHaveBeenCalledOnce();
    expect(existsSync(join(results, 'results.jsonl'))).toBe(true);
  });

  test('proves nothing where something of it is left in the cluster', async () => {
    const { playing } = await play({ left: ['namespace x is still there'] });
    const ended = await playing;
    expect(ended).toMatchObject({ ok: false, passed: 5, troubles: ['namespace x is still there'] });
    expect(conformanceExit(ended)).toBe(2);
  });
});

test('none failed and one could not be run: its exit code is neither of success nor of failure', () => {
  expect(conformanceExit({ failed: [], notRun: [{ name: 'a', why: 'b' }], troubles: [] })).toBe(3);
  expect(conformanceExit({ failed: [], notRun: [], troubles: [] })).toBe(0);
});

test('a test is told with its count and what is left', () => {
  const told = { type: 'conformance-test', name: 'a\u001b[2J', seconds: 3.2, done: 9, of: 446, left: 1500 } as const;
  expect(testText({ ...told, result: 'failed', why: 'x\ny' })).toBe(
    '  9/446 FAILED: a\\x1b[2J (3.2 s, about 25 min left)\n  x',
  );
});
