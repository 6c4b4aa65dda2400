/**
 * A share of upstream's conformance tests on a cluster of the newest minor. Their program takes long to build, so that
 * nothing is built here: where it is not in the cache yet, the scenario says aloud that it was not played.
 */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { newestHere } from '../../../src/artifacts/index.js';
import { defaultCache } from '../../../src/artifacts/options.js';
import { testsOf } from '../../../src/engine/conformance/e2e-program.js';
import { commitOf } from '../clinic/digest.js';
import type { Stage } from '../scenario.js';
import { client, writeCluster } from '../wizard/cluster.js';
import { executable, importImages, readyInCache, record, rowsOf, verifyArgs } from './play.js';
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
  await t.step('the images of the tests', () => importImages(t.labName, hosts, ready.images));
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
  const results = join(t.dir, 'results');
  const at = new Date().toISOString();
  const played = await t.step(`${share} conformance tests`, () =>
    t.kw(
      verifyArgs(
        program,
        beside.filter(one => due.has(one.name)),
        results,
      ),
    ),
  );
  const made = await rowsOf(results, {
    at,
    version: version.kubernetes,
    of: all.length,
    commit: commitOf(resolve('.')) ?? '',
  });
  await mkdir(resolve('dist/test'), { recursive: true });
  await record(resolve('dist/test/conformance.jsonl'), made);
  for (const row of made) t.note(`${row.result} ${row.test}${row.why === undefined ? '' : `: ${row.why}`}`);
  assert.equal(played.code, 0, played.stderr.slice(-3000));
  assert.equal(made.length, due.size);
  const api = await client(t);
  const left = await api.ask('GET', '/api/v1/namespaces?labelSelector=e2e-framework');
  assert.deepEqual((left.body as { readonly items: readonly unknown[] }).items, []);
};
