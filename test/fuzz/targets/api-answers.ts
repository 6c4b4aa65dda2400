import { cluster } from '../../../src/blueprint/cluster.js';
import { gatherPage } from './gather-page.js';
import { readAnswer } from '../../../src/plan/read-answer.js';
import { kindsAt } from '../../../src/resources/index.js';
import { readCluster } from '../../../src/spec/index.js';
import { baseChart } from '../../clinic/fixture.js';
import { inputFor, released } from '../../golden/input.js';
import { Complaint, type Target } from '../target.js';
import { examined } from './bundle.js';
import { fileText } from './examples.js';

const kinds = kindsAt(() => new Date('2026-01-01T00:00:00Z'));

const wanted = () => {
  const checked = readCluster(fileText('test/golden/five-hosts.yaml').replace('VERSION', '1.33.1'), 'cluster.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  const all = cluster(inputFor(checked.value, released(checked.value.kubernetes, '1.7.27')));
  return all.filter(({ kind }) => kind === 'object' || kind === 'api');
};
const objects = wanted();

const bodies = (): readonly string[] =>
  objects
    .filter(({ kind }) => kind === 'object')
    .map(({ want }) => JSON.stringify({ status: 200, body: (want as { readonly body: unknown }).body }));

/** A hundred questions each get an answer of their own; of a long one as many are read as make a long plan's answers. */
const mostRead = 8_000_000;
const askers = (raw: string): typeof objects =>
  objects.slice(0, Math.max(1, Math.floor(mostRead / Math.max(1, raw.length))));

/** The answer to each question of a plan. */
export const apiObjects: Target = {
  name: 'api-objects',
  form: 'json',
  examples: () => [...bodies(), '{"status":404,"body":{"kind":"Status","message":"not found"}}'],
  run: raw => {
    for (const one of askers(raw)) {
      const seen = readAnswer(one, { raw }, kinds);
      if ('missing' in seen || seen.changes.length === 0) continue;
      kinds[one.kind as 'object'].plan(one.key, one.want as never, seen.changes);
    }
  },
};

const recorded = (): Readonly<Record<string, readonly unknown[]>> => {
  const { objects: lists } = baseChart('five').api;
  return Object.fromEntries(
    Object.entries(lists).map(([name, one]) => [name, 'value' in one ? one.value.slice(0, 6) : []]),
  );
};

/** Every list of a chart: cut down as it arrives, then looked at by all cases. */
export const apiLists: Target = {
  name: 'api-lists',
  form: 'json',
  examples: () => Object.entries(recorded()).map(([list, items]) => JSON.stringify({ list, page: { items } })),
  run: async text => {
    let asked: { readonly list?: unknown; readonly page?: unknown } | null;
    try {
      asked = JSON.parse(text) as typeof asked;
    } catch {
      return;
    }
    const name = typeof asked?.list === 'string' ? asked.list : 'pods';
    const evidence = await gatherPage(name, asked?.page);
    if ('missing' in evidence && evidence.missing.includes('a bug of kw')) throw new Complaint(evidence.missing);
    const base = baseChart('five');
    examined({ ...base, api: { ...base.api, objects: { ...base.api.objects, [name]: evidence } } });
  },
};
