/** A quotation is made from facts; where and when it was seen is the chart's to say. */
import { expect, test } from 'vitest';
import type { Chart } from '../../src/clinic/chart/chart.js';
import { quoted, quotedList, quotedObject, quotedOn, quotedTraffic, shownIn } from '../../src/clinic/read/quote.js';
import { baseChart } from './fixture.js';

const base = baseChart('five');
const host = (name: string) => {
  const one = base.hosts.get(name);
  if (!one) throw new Error(name);
  return one;
};
const seen = (name: string, at: string) => ({ ...host(name), files: { ...host(name).files, at } });
const chart: Chart = {
  ...base,
  hosts: new Map([...base.hosts, ['kw-1', seen('kw-1', 'then')], ['kw-2', seen('kw-2', 'later')]]),
  api: { ...base.api, objects: { nodes: { host: 'cluster', source: 'nodes', at: 'at last', value: [] } } },
};

test('it is of the finding’s own host, or of another one', () => {
  expect(shownIn(chart, 'kw-1', quoted('files', '/a', 'x'))).toEqual({
    host: 'kw-1',
    source: '/a',
    at: 'then',
    text: 'x',
  });
  expect(shownIn(chart, 'kw-1', quotedOn('kw-2', 'files', '/a', 'x'))).toMatchObject({ host: 'kw-2', at: 'later' });
});

test('of the API it names the list, and its object', () => {
  expect(shownIn(chart, 'kw-1', quotedObject('nodes', 'a', 'x'))).toEqual({
    host: 'cluster',
    source: 'nodes a',
    at: 'at last',
    text: 'x',
  });
  expect(shownIn(chart, 'kw-1', quotedList('nodes', 'somebody', 'x'))).toMatchObject({ source: 'somebody' });
});

test('what the chart does not have was to be seen when it was made', () => {
  expect(shownIn(chart, 'kw-9', quoted('files', '/a', 'x'))).toMatchObject({ host: 'kw-9', at: base.now });
  expect(shownIn(chart, 'cluster', quotedObject('pods', 'a', 'x'))).toMatchObject({ host: 'cluster', at: base.now });
  expect(shownIn(chart, 'cluster', quotedTraffic('kw-3', 'probe', 'x'))).toMatchObject({ host: 'kw-3' });
});
