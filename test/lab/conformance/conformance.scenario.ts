/**
 * A share of upstream's conformance tests on a cluster of the newest minor. Their program takes long to build, so that
 * nothing is built here: where it is not in the cache yet, the scenario says aloud that it was not played.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { newestHere } from '../../../src/artifacts/index.js';
import { defaultCache } from '../../../src/artifacts/options.js';
import { type E2eProgram, testsOf } from '../../../src/engine/conformance/e2e-program.js';
import type { Event } from '../../../src/model/event.js';
import { commitOf } from '../clinic/digest.js';
import type { Stage } from '../scenario.js';
import { client } from '../wizard/client.js';
import { writeCluster } from '../wizard/cluster.js';
import { bringImages, executable, readyInCache, record, rowsOf, verifyArgs } from './play.js';
import { latest, readRows, rotation } from './row.js';

export const name = 'a share of upstream’s conformance tests on the newest minor';
export const minutes = 25;
export const rotates = true;

/** Of those that bear others beside them, and have passed before: what the table shows as proven must stay so. */
const share = 10;

const hosts = ['kw-1', 'kw-2', 'kw-3', 'kw-4', 'kw-5'];

export const run = async (t: Stage): Promise<void> => {
  const version = await newestHere();
  const ready = await readyInCache(version.kubernetes, defaultCache(process.env));
  if (!ready) {
    t.note(
      `NOT PLAYED: e2e.test ${version.kubernetes} and its images are not built on this machine; ` +
        'sudo npx tsx scripts/conformance.ts builds them',
    );
    return;
  }
  const lab = await t.lab(hosts.length);
  await writeCluster(t, lab, {}, { version });
  await t.step('up', () => t.ok(['up', '--yes']));
  await t.step('the images of the tests', () => bringImages(t.labName, lab.hosts, ready));
  const program = await executable(ready.program, t.dir);
  const all = await testsOf(program);
  const rows = await readRows(resolve('docs/conformance.jsonl'));
  const known = latest(rows, version.kubernetes);
  const beside = all.filter(one => !one.serial && known.get(one.name)?.result === 'passed');
  const due = new Set(
    rotation(
      beside.map(one => one.name),
      rows,
      version.kubernetes,
      share,
    ),
  );
  const tests = beside.filter(one => due.has(one.name));
  const at = new Date().toISOString();
  const played = await t.step(`${tests.length} conformance tests`, () => t.kw(verifyArgs(program, tests, results(t))));
  const commit = commitOf(resolve('.')) ?? '';
  const made = await rowsOf(results(t), { at, version: version.kubernetes, of: all.length, commit });
  await mkdir(resolve('dist/test'), { recursive: true });
  await record(resolve('dist/test/conformance.jsonl'), made);
  for (const row of made) t.note(`${row.result} ${row.test}${row.why === undefined ? '' : `: ${row.why}`}`);
  assert.equal(played.code, 0, played.stderr.slice(-3000));
  assert.equal(made.length, tests.length);
  await nothingLeft(t);
  await t.step('interrupted in the middle of a test', () => interrupted(t, program));
};

const results = (t: Stage): string => join(t.dir, 'results');

const nothingLeft = async (t: Stage): Promise<void> => {
  const { body } = await (await client(t)).ask('GET', '/api/v1/namespaces?labelSelector=e2e-framework');
  assert.deepEqual((body as { readonly items: readonly unknown[] }).items, []);
  const folders = (await readdir(tmpdir())).filter(one => one.startsWith('kw-conformance-'));
  for (const one of folders) assert.deepEqual((await readdir(join(tmpdir(), one))).includes('kubeconfig'), false, one);
};

/** Ctrl-C once: its test cleans up, its namespaces and the kubeconfig are away, and nothing of it counts as passed. */
const interrupted = async (t: Stage, { path }: E2eProgram): Promise<void> => {
  const folder = join(t.dir, 'interrupted');
  const focus = 'StatefulSet Basic|CronJob should';
  const argv = ['verify', '--conformance', path, '--focus', focus, '--results', folder, '--json'];
  const child = spawn(resolve('kw'), argv, { cwd: t.dir, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const api = await client(t);
  for (let seen = 0; seen === 0 && child.exitCode === null; await wait(500)) {
    const { body } = await api.ask('GET', '/api/v1/namespaces?labelSelector=e2e-framework');
    seen = (body as { readonly items: readonly unknown[] }).items.length;
  }
  child.kill('SIGINT');
  const [code] = (await ended) as [number | null];
  assert.equal(code, 130, output.slice(-3000));
  const events = output.split('\n').filter(line => line.startsWith('{'));
  const last = events.map(line => JSON.parse(line) as Event).findLast(one => one.type === 'conformance-ended');
  assert.ok(last && !last.ok && last.notRun.length > 0, output.slice(-3000));
  assert.deepEqual(
    last.troubles.filter(says => /still there|may be left/.test(says)),
    [],
  );
  await nothingLeft(t);
};
