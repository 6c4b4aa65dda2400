import { expect, it } from 'vitest';
import { cases } from '../../src/clinic/cases/index.js';
import type { FaultVariant } from '../../src/lab/faults/fault.js';
import { foundingCases, rotation, turnOf } from '../lab/clinic/rotation.js';
import type { Row } from '../lab/clinic/row.js';

const fault = {} as FaultVariant;
const good = (name: string): Row => {
  const [id = '', variant = ''] = name.split('/');
  return {
    at: '',
    built: 'kubewizard',
    case: id,
    variant,
    symptom: 1,
    sensitive: true,
    others: [],
    cured: 'yes',
    again: 'nothing',
  };
};
const trialsOf = (names: readonly string[]) =>
  names.map(name => {
    const [id = '', variant = ''] = name.split('/');
    return { case: id, variant, fault };
  });
const names = (of: ReturnType<typeof rotation>) => of.map(one => `${one.case}/${one.variant}`);
const day = (n: number) => new Date(n * 86_400_000);

it('knows the founding cases by their names', () => {
  expect(foundingCases.filter(id => !cases.some(one => one.id === id))).toEqual([]);
  expect(foundingCases).toHaveLength(14);
});

it(
  'plays what is proven: founding cases first, by another variant each day, then the rest, both from another place ' +
    'each day',
  () => {
    const all = [
      'mtu/hosts-differ',
      'pem-unreadable/a',
      'pem-unreadable/b',
      'cri-disabled/disabled',
      'disk-pressure/threshold',
      'pod-traffic-dropped/docker',
    ];
    const proven = all.filter(name => !name.startsWith('disk')).map(good);
    expect(names(rotation(trialsOf(all), proven, 3, day(0)))).toEqual([
      'pem-unreadable/a',
      'pod-traffic-dropped/docker',
      'mtu/hosts-differ',
      'pem-unreadable/b',
      'cri-disabled/disabled',
    ]);
    expect(names(rotation(trialsOf(all), proven, 3, day(1))).slice(0, 2)).toEqual([
      'pod-traffic-dropped/docker',
      'pem-unreadable/b',
    ]);
    expect(new Set(names(rotation(trialsOf(all), proven, 3, day(1))))).toEqual(
      new Set(proven.map(row => `${row.case}/${row.variant}`)),
    );
  },
);

it('plays on three control planes only what was proven on as many', () => {
  expect(
    names(
      rotation(
        trialsOf(['mtu/hosts-differ', 'pem-unreadable/a']),
        [good('mtu/hosts-differ'), { ...good('pem-unreadable/a'), planes: 1 }],
        3,
        day(0),
      ),
    ),
  ).toEqual(['mtu/hosts-differ']);
});

it('does not play what went wrong the last time', () => {
  const all = ['mtu/hosts-differ', 'pem-unreadable/a'];
  expect(
    names(
      rotation(
        trialsOf(all),
        [good('mtu/hosts-differ'), good('pem-unreadable/a'), { ...good('pem-unreadable/a'), sensitive: false }],
        3,
        day(0),
      ),
    ),
  ).toEqual(['mtu/hosts-differ']);
});

it('plays the newest minor and Debian’s in turn', () => {
  const newest = { kubernetes: '1.37.2', source: 'go' } as const;
  const versions = [0, 1, 2, 3].map(n => turnOf(day(n), newest).kubernetes);
  expect(versions).toEqual(['1.37.2', '1.20.2', '1.37.2', '1.20.2']);
});
