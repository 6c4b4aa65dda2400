/** What the fuzzer has found, each in its smallest form. */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cases } from '../../src/clinic/cases/index.js';
import { answer } from '../../src/clinic/explain/answer.js';
import { readYaml } from '../../src/clinic/read/yaml.js';
import { chartFromJson, chartToJson } from '../../src/clinic/bundle/bundle-json.js';
import { readBundle } from '../../src/clinic/bundle/bundle.js';
import { diagnosticsText } from '../../src/cli/view/diagnostics.js';
import { readCluster } from '../../src/spec/index.js';
import { withVersion } from '../../src/spec/with-version.js';
import { mergeKubeconfig } from '../../src/cli/merge-kubeconfig.js';
import { ownKubeconfig } from '../../src/engine/gather/own-kubeconfig.js';
import { readInProgress } from '../../src/engine/heal/pending.js';
import { eventIn, parseJournal } from '../../src/engine/journal.js';
import { object } from '../../src/facts/object.js';
import { redact } from '../../src/model/redaction/redact.js';
import { pages } from '../../src/kube/list.js';
import { readKubeconfig } from '../../src/pki/read-kubeconfig.js';
import { Unreadable } from '../../src/model/fact.js';
import { baseChart } from '../clinic/fixture.js';
import { gatherPage } from './targets/gather-page.js';

const goodFiles = 'test/corpus/cluster-files/good';
/** They measure the time of the processor; on a busy machine they wait much longer for it. */
const starved = { timeout: 300_000 };

const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;

test('a damaged line of a journal is named by its place', () => {
  for (const line of ['{"n":1', '5', 'null', '[]', '{"type":"note"}'])
    expect(() => parseJournal(`\n${line}\n`, 'j.jsonl')).toThrow('j.jsonl:2 is not an event');
  expect(eventIn('{"type":"note","at":"x","says":"y"}')).toMatchObject({ type: 'note' });
});

describe('what is remembered of therapies', () => {
  let dir = '';
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'kw-found-'));
  });
  afterAll(() => rm(dir, { recursive: true }));
  test.each(['{', '5', 'null', '[null]', '[{"at":"x","cluster":null}]', '[{"at":"x","cluster":{"authorities":5}}]'])(
    '%s is refused with its file and the next act',
    async text => {
      await writeFile(join(dir, 'heal-begun.json'), text);
      await expect(readInProgress(dir, { authorities: [] })).rejects.toMatchObject({
        failure: { class: 'refused', message: expect.stringContaining('heal-begun.json'), help: expect.any(String) },
      });
    },
  );
});

describe('a bundle', () => {
  const with_ = (change: (tree: Record<string, unknown>) => void): string => {
    const tree = JSON.parse(chartToJson(baseChart('five'))) as Record<string, unknown>;
    change(tree);
    return JSON.stringify(tree);
  };
  test.each(['wanted', 'stopped', 'spec'])('of which %s has another form is refused by that word', part => {
    expect(() => chartFromJson(with_(tree => Object.assign(tree, { [part]: 5 })))).toThrow(RangeError);
  });
  test('holds a section in another form: that section is unreadable, the others are there', () => {
    const text = with_(({ hosts }) => {
      const [host] = Object.values(hosts as Record<string, { processes: { value: unknown } }>);
      if (host) host.processes.value = [5];
    });
    const [host] = chartFromJson(text).hosts.values();
    expect(host?.processes).toMatchObject({ kind: 'unreadable', source: 'processes' });
    expect(host?.files).toHaveProperty('value');
  });
  test('whose evidence says in no words where it is from: each place of it is one that can be shown', () => {
    for (const damaged of [-1, null, {}, ['x'], undefined]) {
      const text = with_(({ hosts, api }) => {
        const all = [...Object.values(hosts as object), (api as { objects: object }).objects, api];
        for (const section of all.flatMap(one => Object.values(one as object)))
          if (section !== null && typeof section === 'object' && ('value' in section || 'missing' in section))
            Object.assign(section, { host: damaged, source: damaged, at: damaged, kind: damaged });
      });
      const { hosts, api } = chartFromJson(text);
      const heads = [...hosts.values(), api.objects, api].flatMap(one => Object.values(one as object));
      for (const one of heads.filter(each => each !== null && typeof each === 'object' && 'source' in each)) {
        expect([one.host, one.source, one.at].map(word => typeof word)).toEqual(['string', 'string', 'string']);
        if ('missing' in one) expect(typeof one.kind).toBe('string');
      }
    }
  });
  test('whose base charts are read whole', () => {
    for (const name of ['five', 'kubeadm'] as const)
      for (const host of baseChart(name).hosts.values())
        expect(
          Object.values(host).filter(one => typeof one === 'object' && 'kind' in one && one.kind === 'unreadable'),
        ).toEqual([]);
  });
  test('of any good cluster file is read again with its spec', () => {
    for (const file of readdirSync(goodFiles)) {
      const checked = readCluster(readFileSync(join(goodFiles, file), 'utf8'), file);
      if (!checked.ok) throw new Error(`${file} is not good`);
      const chart = { ...baseChart('five'), spec: checked.value };
      expect(chartFromJson(chartToJson(chart)).spec, file).toEqual(JSON.parse(JSON.stringify(checked.value)));
    }
  });
  test('nested without end is refused', () => {
    const text = with_(tree => Object.assign(tree, { more: 'DEEP' })).replace('"DEEP"', deep);
    expect(() => readBundle(gzipSync(text))).toThrow('nested deeper');
  });
});

test('a kubeconfig nested deeper than the stack is no kubeconfig, and no bug', async () => {
  const text = `clusters: ${deep}`;
  expect(readKubeconfig(text, 'x').problems.map(({ code, at }) => [code, at?.file])).toEqual([['not-yaml', 'x']]);
  expect(await ownKubeconfig('/nowhere/x', text)).toMatchObject({ problems: [] });
  expect(() => mergeKubeconfig(text, 'kind: Config', 'x')).toThrow('not a valid kubeconfig');
});

test(
  'a cluster file of nothing but mistakes is refused in a time and a text that do not grow with their square',
  starved,
  () => {
    for (const text of [
      'hosts: []\n'.repeat(30_000),
      `name: [${'}'.repeat(70_000)}`,
      `name: demo\nhosts: [${`"${'x'.repeat(50)}", `.repeat(2_000)}]`,
      `name: ${'x'.repeat(100_000)}\nhosts: [${'y'.repeat(100_000)}]`,
    ]) {
      const begun = process.cpuUsage();
      const read = readCluster(text, 'x.yaml');
      expect(read.ok).toBe(false);
      const told = read.ok ? '' : diagnosticsText(read.problems, { source: text });
      expect([text.slice(0, 20), told.length < 5_000_000]).toEqual([text.slice(0, 20), true]);
      expect(process.cpuUsage(begun).user / 1000).toBeLessThan(30_000);
    }
  },
);

test(
  'a kubeconfig of a hundred thousand mistakes in one line is refused by every reader, in linear time',
  starved,
  async () => {
    const spent = async (mistakes: number): Promise<number> => {
      const text = `clusters: [${']'.repeat(mistakes)}`;
      const begun = process.cpuUsage();
      expect(readKubeconfig(text, 'x').problems).toMatchObject([{ code: 'not-yaml' }]);
      await ownKubeconfig('/nowhere/x', text);
      expect(() => mergeKubeconfig(text, 'kind: Config', 'x')).toThrow('(line 1)');
      return process.cpuUsage(begun).user;
    };
    await spent(10_000);
    // Eight times as long; with the square it would be sixty-four times.
    const few = await spent(12_500);
    expect((await spent(100_000)) / few).toBeLessThan(30);
  },
);

test(
  'no text holds the search for secrets up: what a host says is read in a time that grows with its length',
  starved,
  () => {
    const pieces = ['3.100000', 'a.b-', 'mysql ', 'a:', '--password', '-----BEGIN PRIVATE KEY-----', 'token ', ' -u '];
    for (const piece of [
      ...pieces,
      'name: ',
      'LS0tLS1CRUdJTiB',
      'https://',
      '"secret',
      'auth ',
      'A_',
      '\\n  ',
      '{"key":',
    ])
      for (const end of ['@tcp(', ' secret', 'passw: |']) {
        const begun = process.cpuUsage();
        redact(piece.repeat(200_000 / piece.length) + end);
        expect([piece, process.cpuUsage(begun).user / 1000 < 2_000]).toEqual([piece, true]);
      }
  },
);

test('no text holds kw explain up: what is pasted is read in a time that grows with its length', starved, () => {
  const pieces = [
    '8472',
    'a',
    'x.',
    '10.',
    ' ',
    '=',
    '-',
    ':',
    '"',
    '\\',
    '/',
    '(',
    '1 node(s) ',
    'certificate ',
    'for a ',
  ];
  for (const piece of pieces) {
    const begun = process.cpuUsage();
    answer(`kubelet: error: ${piece.repeat(60_000 / piece.length)}`, cases);
    expect([piece, process.cpuUsage(begun).user / 1000 < 3_000]).toEqual([piece, true]);
  }
});

describe('an answer of the API', () => {
  const client = (body: unknown) => ({ request: async () => ({ status: 200, body }) });
  const all = async (body: unknown): Promise<number> => {
    let count = 0;
    for await (const page of pages(client(body), '/api/v1/pods')) count += page.length;
    return count;
  };
  test('that is not a list, or never ends, is said to be that', async () => {
    for (const body of [undefined, { items: 5 }, { items: [], metadata: { continue: 5 } }])
      await expect(all(body)).rejects.toThrow('the answer is not a list');
    await expect(all({ items: JSON.parse(deep) })).rejects.toThrow('the answer is not a list');
    await expect(all({ items: [1], metadata: { continue: 'x' } })).rejects.toThrow('no end');
    expect(await all({ items: null })).toBe(0);
  });
  test('with an item that is not an object is evidence that is missing, and no bug', async () => {
    for (const item of [null, 5, [], {}, { metadata: { name: 5 } }])
      expect(await gatherPage('pods', { items: [item] })).toMatchObject({
        kind: 'unreadable',
        missing: expect.stringContaining('is not an object'),
      });
  });
  test('with fields in other forms is evidence that is missing, and no bug', async () => {
    const item = { metadata: { name: 'x' }, status: { conditions: {} } };
    expect(await gatherPage('pods', { items: [item] })).toMatchObject({
      kind: 'unreadable',
      missing: expect.not.stringContaining('bug of kw'),
    });
  });
  test('nested without end is unreadable', () => {
    expect(() => object('/api/v1/x').parse(`{"status":200,"body":{"x":${deep}}}`)).toThrow(Unreadable);
  });
});

test(
  'YAML nested without end is refused by every reader, before the stack ends and the process with it',
  starved,
  () => {
    for (const text of [`a: ${deep}`, `hosts:\n${'  - {name: "d-[1-2]", # x\n'.repeat(3_000)}`]) {
      expect(readYaml(text)).toEqual({ problem: expect.stringContaining('nested deeper') });
      expect(readCluster(text, 'x.yaml')).toMatchObject({ ok: false, problems: [{ code: 'yaml-unreadable' }] });
      expect(withVersion(text, '1.33.1')).toBeUndefined();
    }
  },
);

test('of a file that is YAML only in part nothing is read, and nobody is accused of what stands there', () => {
  for (const text of ['a: 1\nb: [', 'a: 1\n b: 2\n', 'a: "', '{a: 1}: 2\n'])
    expect(readYaml(text)).toEqual({ problem: expect.any(String) });
  expect(readYaml('a: 1\n---\na: 2\n')).toEqual({ value: { a: 1 } });
});
