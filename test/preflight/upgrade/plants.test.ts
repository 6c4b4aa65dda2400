/** Every planted trouble is found, with the name of what it hits, and nothing else is. */
import { describe, expect, test } from 'vitest';
import type { UpgradeSeen } from '../../../src/facts/upgrade/seen.js';
import type { Evidence } from '../../../src/model/fact.js';
import { exitOfUpgrade, judgeUpgrade } from '../../../src/preflight/upgrade/judge.js';
import { piecesOf, watched, without } from '../../clinic/evidence.js';
import { cluster, withSeen } from './cluster.js';
import { planted, plants } from './plants.js';

test('there are at least 25, of at least 25 rules', () => {
  expect(plants.length).toBeGreaterThanOrEqual(25);
  expect(new Set(plants.map(one => one.rule)).size).toBeGreaterThanOrEqual(25);
});

describe.each(plants)('$name', plant => {
  test(`is ${plant.rule}, and says what to do`, () => {
    const report = judgeUpgrade(planted(plant));
    const those = report.findings.filter(one => one.rule === plant.rule);
    const text = those.flatMap(one => one.hits.map(hit => `${hit.name} ${hit.detail ?? ''}`)).join('\n');
    for (const hit of plant.hits) expect(text).toContain(hit);
    for (const one of those) expect([one.why, one.next].every(sentence => /^[A-Z\w].*\.$/.test(sentence))).toBe(true);
    expect(exitOfUpgrade(report)).toBe(2);
    // Nothing but what was planted: a report that cries about everything is read by nobody.
    const others = report.findings.filter(one => one.rule !== plant.rule && one.severity !== 'note');
    expect(others.map(one => one.rule)).toEqual(also[plant.name] ?? []);
  });
});

/** What a plant rightly brings besides. */
const also: Readonly<Record<string, readonly string[]>> = {
  '--enable-v2': ['flag-removed'],
  'a pod that looks for the master label': ['does-not-fit'],
};

test('the same trouble is none where the way does not lead past it', () => {
  const stay = plants
    .filter(
      one => one.way.to !== one.way.from && judgeUpgrade(planted(one)).findings.some(each => each.into !== undefined),
    )
    .map(one => ({ ...one, way: { ...one.way, to: one.way.from } }));
  expect(stay.length).toBeGreaterThan(10);
  for (const one of stay) {
    const found = judgeUpgrade(planted(one)).findings.filter(
      each => each.rule === one.rule && each.severity !== 'note',
    );
    expect(found.filter(each => each.into !== undefined && each.into !== `1.${one.way.to.split('.')[1]}`)).toEqual([]);
  }
});

test('evidence that is taken away is unknown, never clear', () => {
  const whole = cluster({ from: '1.33.13', to: '1.34.11', etcd: '3.5.35', containerd: '2.1.5' });
  const { chart, read } = watched(whole.chart);
  judgeUpgrade({ ...whole, chart });
  const pieces = piecesOf(whole.chart).filter(piece => read.has(piece) && piece !== 'api/version');
  expect(pieces.length).toBeGreaterThan(20);
  for (const piece of pieces) {
    const report = judgeUpgrade({ ...whole, chart: without(whole.chart, piece) });
    expect([piece, report.verdict === 'clear']).toEqual([piece, false]);
  }
  const past29 = cluster({ from: '1.28.15', to: '1.29.15', etcd: '3.5.16', containerd: '1.7.28' });
  for (const key of Object.keys(whole.seen) as (keyof UpgradeSeen)[]) {
    const gone: Evidence<never> = { host: 'cluster', source: key, at: '', missing: 'refused', kind: 'refused' };
    const report = judgeUpgrade(
      withSeen(key === 'schedules' ? past29 : whole, {
        [key]: key === 'requested' || key === 'written' ? [gone] : gone,
      }),
    );
    expect([key, report.verdict]).toEqual([key, 'unknown']);
    expect(exitOfUpgrade(report)).toBe(3);
  }
});
