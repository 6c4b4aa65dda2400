/** The clinic on a cluster that Kubewizard built: no false alarm, and what the table shows as proven stays so. */
import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { labCluster, labShell } from '../../../src/lab/faults.js';
import type { Stage } from '../scenario.js';
import { doctor, namesOf, ofTheMachine } from './play-fault.js';
import { isGood, latest } from './row.js';
import { playAll, readRows, type Trial, trials } from './table.js';
import { openWard } from './ward.js';

export const name = 'the clinic: break, diagnose, heal, on a cluster of ours';
export const minutes = 12;
export const onlyFull = 'issue 3 is under way: its table (docs/clinic.md) has few rows, and this scenario was not run to its end yet';

/** Left for what is still to come after the last fault has begun. */
const lastCallMinutes = 8;

export const run = async (t: Stage): Promise<void> => {
  const end = Date.now() + lastCallMinutes * 60_000;
  const ward = await t.step('a cluster of three control planes and a worker', () => openWard({ built: 'kubewizard', labName: t.labName, hosts: 4, kw: resolve('kw'), dir: t.dir, note: t.note }));
  await t.step('a healthy cluster gives no alarm', async () => {
    const report = await doctor(ward.play);
    assert.deepEqual(namesOf(report.causes).filter(one => !ofTheMachine.includes(one)), []);
  });
  const all = await trials(await labCluster(await t.lab(4), labShell(t.labName)), () => true);
  const bad: string[] = [];
  for (const trial of await today(all, new Date())) {
    if (Date.now() > end) { t.note(`no time was left for ${trial.case}/${trial.variant} and what follows`); break; }
    const [row] = await playAll(ward, [trial], async each => t.note(JSON.stringify(each)));
    if (row && !isGood(row)) bad.push(`${row.case}/${row.variant}: ${JSON.stringify(row)}`);
  }
  assert.deepEqual(bad, [], `see ${join(t.dir, 'log.txt')}`);
};

/** What the table (docs/clinic.md) shows as proven on such a cluster must stay so; each day begins with another of them. Everything: KW_TEST_FULL=1. */
const today = async (all: readonly Trial[], now: Date): Promise<readonly Trial[]> => {
  if (process.env.KW_TEST_FULL) return all;
  const proven = latest(await readRows(resolve('docs/clinic.jsonl'))).filter(row => row.built === 'kubewizard' && isGood(row));
  const known = all.filter(trial => proven.some(row => row.case === trial.case && row.variant === trial.variant));
  assert.ok(known.length > 0, 'the table has at least one proven row');
  const first = Math.floor(now.getTime() / 86_400_000) % known.length;
  return [...known.slice(first), ...known.slice(0, first)];
};
