/** What minors take away: the tables agree with real binaries, with each other, and with the minors that are known. */
import { describe, expect, test } from 'vitest';
import of20 from './fixtures/gates-1.20.2.json' with { type: 'json' };
import of37 from './fixtures/gates-1.37.2.json' with { type: 'json' };
import locked from './gates/locked.json' with { type: 'json' };
import { endOfLife, gateLife, gateLocked, gatePresence, releases } from './index.js';
import {
  inTreeProvisioners,
  removedAdmissionPlugins,
  removedBetween,
  removedClouds,
  removedConfigurations,
  removedVolumes,
} from './removals.js';
import { apisRemovedBetween, removedApis } from './removed-apis.js';
import { minorNumber } from './versions.js';

describe('feature gates', () => {
  test.each([
    ['1.20.2', of20],
    ['1.37.2', of37],
  ] as const)('every gate that --help of %s shows is known there', (version, shown) => {
    expect(shown.length).toBeGreaterThan(80);
    expect(shown.filter(gate => gatePresence(gate, version) !== 'yes')).toEqual([]);
  });

  // Tried one by one on kube-scheduler 1.37.2: unrecognized feature gate, cannot set feature gate.
  test.each([
    ['APIListChunking', 'no', undefined],
    ['KMSv1', 'yes', undefined],
    ['GitRepoVolumeDriver', 'yes', false],
    ['DeclarativeValidationTakeover', 'yes', false],
    ['AnonymousAuthConfigurableEndpoints', 'no', undefined],
  ] as const)('%s in 1.37.2: known %s, locked to %s', (gate, presence, lock) => {
    expect([gatePresence(gate, '1.37.2'), gateLocked(gate, '1.37.2')?.to]).toEqual([presence, lock]);
  });

  test('what the website says is sure but for one minor', () => {
    expect(['1.20.0', '1.21.0', '1.22.0'].map(version => gatePresence('BlockVolume', version))).toEqual([
      'yes',
      'unsure',
      'no',
    ]);
  });

  test('a gate is locked only while it is there', () => {
    const all = (['true', 'false'] as const).flatMap(to =>
      Object.entries(locked[to] as Readonly<Record<string, readonly string[]>>).flatMap(([since, gates]) =>
        gates.map(gate => ({ gate, since: minorNumber(since) })),
      ),
    );
    expect(all.length).toBeGreaterThan(100);
    expect(new Set(all.map(one => one.gate)).size).toBe(all.length);
    expect(
      all.filter(({ gate, since }) => {
        const life = gateLife(gate);
        return !life || (life.how === 'gone' && life.last < since);
      }),
    ).toEqual([]);
  });
});

describe('APIs', () => {
  test('an heir is there before, or with, the end of what it follows', () => {
    const late = removedApis.filter(({ instead, gone }) => instead && minorNumber(instead.since) > minorNumber(gone));
    expect(late).toEqual([]);
    expect(new Set(removedApis.map(one => `${one.group}/${one.version}/${one.plural}`)).size).toBe(removedApis.length);
  });

  test('each is removed by one way alone, however it is cut into hops', () => {
    const minors = releases.map(one => one.latestPatchKnown);
    const [first = '', last = ''] = [minors[0], minors.at(-1)];
    const hops = minors.slice(1).flatMap((to, index) => apisRemovedBetween(minors[index] ?? first, to));
    expect(hops).toEqual(apisRemovedBetween(first, last));
    expect(hops).toEqual(removedApis);
    expect(apisRemovedBetween('1.25.0', '1.25.16')).toEqual([]);
  });
});

test('what else goes, goes in a minor that is known, and every provisioner makes a volume of the table', () => {
  const known = new Set(releases.map(one => one.minor));
  const all = [removedAdmissionPlugins, removedVolumes, removedClouds, removedConfigurations];
  for (const table of all) {
    expect(table.filter(one => !known.has(one.gone))).toEqual([]);
    expect(table.filter(one => !/^[A-Z].*\.$/.test(one.act))).toEqual([]);
    expect(new Set(table.map(one => one.name)).size).toBe(table.length);
  }
  const volumes = new Set(removedVolumes.map(one => one.name));
  expect(Object.values(inTreeProvisioners).filter(one => !volumes.has(one))).toEqual([]);
  expect(removedBetween(removedVolumes, '1.30.0', '1.31.0').map(one => one.name)).toEqual(['cephfs', 'rbd']);
});

test('every minor has an end, each later than the one before', () => {
  const ends = releases.map(one => endOfLife(one.latestPatchKnown) ?? '');
  expect(ends).toEqual([...ends].sort());
  expect(ends.every(end => /^20\d\d-\d\d-\d\d$/.test(end))).toBe(true);
  expect(endOfLife('1.99.0')).toBeUndefined();
});
