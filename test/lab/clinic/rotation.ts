/** What CI plays of the table: every founding case by one of its variants, then a share of the rest that moves on each day. */
import assert from 'node:assert/strict';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type NewestHere, newestHere } from '../../../src/artifacts/index.js';
import { debianVersion } from '../../../src/catalog/index.js';
import { labCluster, labShell } from '../../../src/lab/faults/break.js';
import type { Stage } from '../scenario.js';
import { commitOf, dependencies } from './digest.js';
import { doctor, namesOf, ofTheMachine, type Trial } from './play-fault.js';
import { clinicPage } from './page.js';
import { isGood, latest, minorOf, type Row } from './row.js';
import { playAll, readRows, trials } from './table.js';
import { openTestbed, type Testbed } from './testbed.js';

/** The fourteen, in its order. */
export const foundingCases = [
  'client-and-server-disagree-on-ca',
  'kubelet-certificate-not-trusted',
  'name-missing-in-certificate',
  'pem-unreadable',
  'forbidden-for-user',
  'forbidden-for-component',
  'node-not-ready-cni',
  'pod-traffic-dropped',
  'probe-misses-its-target',
  'cloud-provider-wrong',
  'bootstrap-waits-for-itself',
  'master-endpoints-reset',
  'waiting-for-leader-lease',
  'not-highly-available',
] as const;

/** Plays until `minutes` are over, or the share of the whole run's time (KW_TEST_UNTIL); what the table (docs/clinic.md) shows as proven must stay so. Everything: KW_TEST_FULL=1. */
export const clinicOn = async (t: Stage, built: Row['built'], minutes: number): Promise<void> => {
  const end = Math.min(Date.now() + minutes * 60_000, Number(process.env.KW_TEST_UNTIL ?? Infinity));
  const hosts = 4;
  const version = turnOf(new Date(), await newestHere());
  const testbed = await t.step('a cluster of three control planes and a worker', () =>
    openTestbed({ built, version, labName: t.labName, hosts, kw: resolve('kw'), dir: t.dir, note: t.note }),
  );
  await t.step('a healthy cluster gives no alarm', async () => {
    const report = await doctor(testbed.play);
    assert.deepEqual(
      namesOf(report.causes).filter(one => !ofTheMachine.includes(one)),
      [],
    );
  });
  const write = await tableOf(t, built);
  const all = await trials(await labCluster(await t.lab(hosts), labShell(t.labName)), () => true);
  const planes = testbed.play.lab.hosts.filter(host => host.roles.includes('controlPlane')).length;
  const rows = (await readRows(resolve('docs/clinic.jsonl'))).filter(
    row => row.built === built && minorOf(row) === minorOf(testbed.play.lab),
  );
  const chosen = process.env.KW_TEST_FULL ? all : rotation(all, rows, planes, new Date());
  const unproven = foundingCases.filter(id => !chosen.some(trial => trial.case === id));
  if (unproven.length > 0)
    t.note(`founding cases without a good row on ${planes} control planes, left out: ${unproven.join(', ')}`);
  const bad: string[] = [];
  for (const [at, trial] of chosen.entries()) {
    if (Date.now() > end && !process.env.KW_TEST_FULL) {
      t.note(`its time is over: ${chosen.length - at} of ${chosen.length} are left for another day`);
      break;
    }
    const row = await twice(t, testbed, trial, write);
    if (row && !isGood(row)) bad.push(`${row.case}/${row.variant}: ${JSON.stringify(row)}`);
  }
  assert.deepEqual(bad, [], `see ${join(t.dir, 'log.txt')}`);
};

/** The newest minor on even days, Debian's on odd ones: both stay proven. */
export const turnOf = (now: Date, newest: NewestHere): NewestHere =>
  dayOf(now) % 2 === 0 ? newest : { kubernetes: debianVersion, source: 'debian' };

const dayOf = (now: Date): number => Math.floor(now.getTime() / 86_400_000);

/** The run's own table, beside the build; a run of everything is the one that docs/clinic.md shows. */
const tableOf = async (t: Stage, built: Row['built']): Promise<(row: Row) => Promise<void>> => {
  const [rows, page] = process.env.KW_TEST_FULL
    ? [resolve('docs/clinic.jsonl'), resolve('docs/clinic.md')]
    : [resolve(`dist/test/clinic-${built}.jsonl`), resolve(`dist/test/clinic-${built}.md`)];
  await mkdir(dirname(rows), { recursive: true });
  if (!process.env.KW_TEST_FULL) await writeFile(rows, '');
  t.note(`its table: ${page}`);
  const [commit, depends] = [commitOf(resolve('.')), dependencies(resolve('.'))];
  return async row => {
    const whole: Row = { ...row, ...(commit !== undefined && { commit }), depends: depends(row.case) };
    await appendFile(rows, `${JSON.stringify(whole)}\n`);
    await writeFile(page, clinicPage(await readRows(rows)));
  };
};

/** What fails once is said loudly; what fails twice is red. */
const twice = async (
  t: Stage,
  testbed: Testbed,
  trial: Trial,
  write: (row: Row) => Promise<void>,
): Promise<Row | undefined> => {
  const tell = async (row: Row): Promise<void> => {
    t.note(JSON.stringify(row));
    await write(row);
  };
  const [first] = await playAll(testbed, [[trial]], tell);
  if (!first || isGood(first)) return first;
  t.note(`!!! ${first.case}/${first.variant} went wrong and is played once more`);
  const [second] = await playAll(testbed, [[trial]], tell);
  if (second && isGood(second))
    t.note(`!!! ${first.case}/${first.variant} WENT WRONG ONCE AND WELL ONCE: it is not reliable`);
  return second;
};

/** Proven on a cluster like this one, and not refuted since. */
export const rotation = (all: readonly Trial[], rows: readonly Row[], planes: number, now: Date): readonly Trial[] => {
  const proven = latest(rows).filter(isGood);
  const like = rows.filter(row => isGood(row) && (row.planes ?? 3) === planes);
  const known = all.filter(trial =>
    [proven, like].every(list => list.some(row => row.case === trial.case && row.variant === trial.variant)),
  );
  assert.ok(known.length > 0, 'the table has at least one proven row');
  const day = dayOf(now);
  const founding = foundingCases.flatMap(id => {
    const own = known.filter(trial => trial.case === id);
    return own[day % own.length] ?? [];
  });
  // Each from another place every day: where time is short, the last ones have their turn too.
  return [
    ...from(founding, day * 5),
    ...from(
      known.filter(trial => !founding.includes(trial)),
      day * 7,
    ),
  ];
};

const from = <T>(all: readonly T[], at: number): readonly T[] => [
  ...all.slice(at % all.length),
  ...all.slice(0, at % all.length),
];
