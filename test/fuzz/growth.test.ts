/** What is read takes a time that grows with its length, and not with the square of it: every door, every shape. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { cluster } from '../../src/blueprint/cluster.js';
import { mergeKubeconfig } from '../../src/cli/merge-kubeconfig.js';
import { diagnosticsText } from '../../src/cli/view/diagnostics.js';
import { cases } from '../../src/clinic/cases/index.js';
import { answer } from '../../src/clinic/explain/answer.js';
import { harmless } from '../../src/clinic/explain/outside/harmless-lines.js';
import { readYaml } from '../../src/clinic/read/yaml.js';
import { ownKubeconfig } from '../../src/engine/gather/own-kubeconfig.js';
import { chartFacts, readChart } from '../../src/facts/chart/index.js';
import { recover } from '../../src/engine/vault/recover.js';
import { hideKeys } from '../../src/facts/file.js';
import { list } from '../../src/kube/list.js';
import { mostStrayTokens, mostYamlWords, yamlDocument } from '../../src/model/yaml.js';
import { readKubeconfig } from '../../src/pki/read-kubeconfig.js';
import { readAnswer } from '../../src/plan/read-answer.js';
import { kindsAt } from '../../src/resources/index.js';
import { explainDefaults, readCluster } from '../../src/spec/index.js';
import { withVersion } from '../../src/spec/with-version.js';
import { inputFor, released } from '../golden/input.js';

type Door = (text: string) => unknown;

/** Whatever reads YAML that somebody else wrote. */
const doors: Readonly<Record<string, Door>> = {
  'a cluster file': text => {
    const read = readCluster(text, 'x.yaml');
    explainDefaults(text, 'x.yaml');
    return diagnosticsText(read.ok ? read.warnings : read.problems, { source: text });
  },
  'a cluster file with another version': text => withVersion(text, '1.33.1'),
  'a kubeconfig': text => readKubeconfig(text, 'x'),
  'a kubeconfig of a person': text => ownKubeconfig('/nowhere/x', text),
  'a kubeconfig that another is merged into': text => mergeKubeconfig(text, 'kind: Config', 'x'),
  'a file of a host': text => readYaml(text),
  'what a host wrote, before it is shown': text => hideKeys(text),
  'the encryption of a lost vault': text =>
    recover([{ host: 'a', files: { '/etc/kubernetes/encryption-config.yaml': text } }]),
};

type Shape = (n: number) => string;

/** Grown `n` times: what is repeated, nested, begun and never ended. */
const shapes: Readonly<Record<string, Shape>> = {
  'mappings as keys of mappings': n => `hosts:\n${'  - {name: "d-[1-2]", # x\n'.repeat(n)}`,
  'mappings as keys, ended': n => `hosts: ${'{a: 1, '.repeat(n)}${'}'.repeat(n)}\n`,
  'lists as keys': n => `hosts: ${'{[a], ? '.repeat(n)}x${'}'.repeat(n)}\n`,
  'mappings in mappings': n => `hosts: ${'{a: '.repeat(n)}1${'}'.repeat(n)}\n`,
  'mappings in mappings by columns': n =>
    Array.from({ length: Math.ceil(Math.sqrt(n)) }, (_, i) => `${' '.repeat(i)}a:\n`).join(''),
  'the same key': n => 'a: 1\n'.repeat(n),
  'other keys': n => Array.from({ length: n }, (_, i) => `k${i}: 1\n`).join(''),
  'unknown keys of a host': n =>
    `name: a\nhosts:\n  - name: a\n${Array.from({ length: n }, (_, i) => `    k${i}: 1\n`).join('')}`,
  'hosts that are none': n => `name: a\nhosts:\n${'  - x y\n'.repeat(n)}`,
  'brackets that nobody opened': n => `hosts: [${']'.repeat(n)}`,
  'braces that nobody opened': n => `hosts: {${'}'.repeat(n)}`,
  'quotes that do not end': n => `a: "${'x\\" '.repeat(n)}`,
  'one long word': n => `name: ${'x'.repeat(n * 8)}\n`,
  'one word over lines': n => `name: x\n${'  y\n'.repeat(n)}`,
  'a text of many lines': n => `name: |\n${'  y\n'.repeat(n)}`,
  comments: n => '# x\n'.repeat(n),
  'comments between items': n => `hosts:\n${'  # x\n  - a\n'.repeat(n)}`,
  'empty lines': n => `hosts:${'\n'.repeat(n * 4)}x`,
  documents: n => '---\na: 1\n'.repeat(n),
  tabs: n => `hosts:\n${'\t- a\n'.repeat(n)}`,
  anchors: n => `${Array.from({ length: n }, (_, i) => `k${i}: &a${i} 1\n`).join('')}`,
  aliases: n => `a: &a [x]\nhosts: [${'*a, '.repeat(n)}]\n`,
  tags: n => `hosts: [${'!x a, '.repeat(n)}]\n`,
  backslashes: n => `kind: Secret\ndata: {${'\\'.repeat(n * 8)}`,
  'objects of kind Secret': n => 'kind: Secret\ndata:\n  a: b\n'.repeat(n),
  'words before a secret': n => 'mysql -u "token '.repeat(n),
  colons: n => `${'a:'.repeat(n)}\n`,
  dashes: n => `${'- '.repeat(Math.ceil(Math.sqrt(n)))}a\n`,
};

const timesLonger = 8;
/** By the square it would be sixty-four times as long; a busy machine makes of eight times somewhat more. */
const tooMany = 24;
/** Of the processor. Below this, what a compiler and a collector of garbage do beside it decides. */
const quickMs = 400;

const spent = (door: Door, text: string): number => {
  const begun = process.cpuUsage();
  try {
    door(text);
  } catch {
    // A refusal is an answer; whether it is a good one other tests say.
  }
  return process.cpuUsage(begun).user / 1000;
};

const growsByMore = (door: Door, shape: Shape, n: number): boolean => {
  const least = (text: string, most: number): number => {
    let found = spent(door, text);
    for (let again = 0; again < 2 && found > most; again++) found = Math.min(found, spent(door, text));
    return found;
  };
  const long = least(shape(n * timesLonger), quickMs);
  return long > quickMs && long > least(shape(n), long / tooMany) * tooMany;
};

const base = 400;

describe.each(Object.entries(doors))('%s', (_, door) => {
  test('takes a time that grows with its length, whatever is repeated in it', () => {
    const slow = Object.entries(shapes).filter(([, shape]) => growsByMore(door, shape, base));
    expect(slow.map(([name]) => name)).toEqual([]);
  });
});

/** Lines of hosts, of which an answer may be nothing but more and more. */
const lines = [
  'x',
  '--token\r\nt0k\r',
  '#mode 600 root',
  '#file /x',
  '#key 600 root',
  '-----BEGIN CERTIFICATE-----',
  'key=value',
  '',
  '{"a":',
  ' - a: "b',
  '-A FORWARD -j ACCEPT',
  'https://[fd00::1]:2379,',
];
const few = 3_000;

describe('what a host answers', () => {
  const slowOf = (door: Door): readonly string[] =>
    lines.filter(line => growsByMore(door, n => `${line}\n`.repeat(n), few));

  test('is read by every kind in a time that grows with its length', () => {
    const kinds = kindsAt(() => new Date('2026-01-01T00:00:00Z'));
    const slow = wanted().flatMap(one =>
      slowOf(raw => readAnswer(one, { raw }, kinds)).map(line => `${one.kind} ${one.key}: ${line}`),
    );
    expect(slow).toEqual([]);
  });

  test('is read by every fact of a chart in a time that grows with its length', () => {
    const asked = { sentAt: 0, answeredAt: 1000 };
    const slow = chartFacts.flatMap(({ id }) =>
      slowOf(text => readChart('a', `\n${nonce}> ${id}\n${text}\n${nonce}< ${id} 0\n`, nonce, asked)).map(
        line => `${id}: ${line}`,
      ),
    );
    expect(slow).toEqual([]);
  });
});

const nonce = 'abcdefgh12345678';

/** One resource of each kind and form: readers know nothing of the rest. */
const wanted = () => {
  const text = readFileSync('test/golden/five-hosts.yaml', 'utf8').replace('VERSION', '1.33.1');
  const checked = readCluster(text, 'cluster.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  const all = cluster(inputFor(checked.value, released(checked.value.kubernetes, '1.7.27')));
  return [...new Map(all.map(one => [`${one.kind} ${Object.keys(one.want as object).join()}`, one])).values()];
};

/** Words of the catalogue behind which an expression runs on without an end: `word.*`, `(word|other)\S+`. */
const openWords = (): readonly string[] => {
  const texts = [...cases.flatMap(({ symptoms }) => symptoms), ...harmless].flatMap(({ text }) => text?.source ?? []);
  const open = /((?:[a-z]{5,}\|)*[a-z]{5,})\)?(?:\\S|\.|\[\^?[^\]]*\])(?:[*+]|\{\d+,\})/gi;
  return [...new Set(texts.flatMap(source => [...source.matchAll(open)].flatMap(([, all = '']) => all.split('|'))))];
};

test('a text is explained in a time that grows with its length, whichever word of the catalogue it repeats', () => {
  const door: Door = text => answer(text, cases);
  const words = openWords();
  expect(words.length).toBeGreaterThan(10);
  const slow = words.filter(word => growsByMore(door, n => word.repeat(n), Math.ceil(8_000 / word.length)));
  expect(slow).toEqual([]);
});

describe('what is honest and large', () => {
  const address = (n: number): string => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
  const hosts: Shape = n =>
    `name: large\nkubernetes: 1.33.1\nnetwork: {pods: 10.128.0.0/9}\nhosts:\n${Array.from({ length: n }, (_, i) => `  - {name: w-${i}, address: ${address(i + 256)}, roles: [${i < 3 ? 'controlPlane' : 'worker'}]}\n`).join('')}`;
  const contexts: Shape = n => {
    const names = Array.from({ length: n }, (_, i) => `c${i}`);
    const data = 'QUFB'.repeat(400);
    return stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': `c${n - 1}`,
      clusters: names.map(name => ({
        name,
        cluster: { server: 'https://10.0.0.1:6443', 'certificate-authority-data': data },
      })),
      contexts: names.map(name => ({ name, context: { cluster: name, user: name } })),
      users: names.map(name => ({ name, user: { 'client-certificate-data': data, 'client-key-data': data } })),
    });
  };

  test('a cluster file of 5,000 hosts is read, in a time that grows with their number', () => {
    const read = readCluster(hosts(5_000), 'x.yaml');
    expect(read.ok ? read.value.hosts.length : read.problems).toBe(5_000);
    expect(growsByMore(doors['a cluster file'] as Door, hosts, 5_000 / timesLonger)).toBe(false);
  });

  test('a kubeconfig of 500 contexts is read by every reader, in a time that grows with their number', async () => {
    const text = contexts(500);
    expect(readKubeconfig(text, 'x').value).toMatchObject({ context: 'c499', server: 'https://10.0.0.1:6443' });
    expect(mergeKubeconfig(text, contexts(1), 'x')).toContain('name: c499');
    expect(await ownKubeconfig('/nowhere/x', text)).toMatchObject({ problems: [] });
    for (const [name, door] of Object.entries(doors).filter(([one]) => one.includes('kubeconfig')))
      expect([name, growsByMore(door, contexts, Math.floor(500 / timesLonger))]).toEqual([name, false]);
  });

  test('a list of 20,000 objects is read whole, each page of it once', async () => {
    const pods = (from: number, count: number): readonly unknown[] =>
      Array.from({ length: count }, (_, i) => ({ metadata: { name: `p${from + i}`, namespace: 'a' }, spec: {} }));
    let asked = 0;
    const client = {
      request: async (_: string, path: string) => {
        const from = Number(/continue=(\d+)/.exec(path)?.[1] ?? 0);
        const next = from + 500 < 20_000 ? String(from + 500) : '';
        asked++;
        return { status: 200, body: { items: pods(from, 500), metadata: { continue: next } } };
      },
    };
    expect(await list(client, '/api/v1/pods')).toHaveLength(20_000);
    expect(asked).toBe(40);
  });
});

describe('what is too long, or nothing but mistakes', () => {
  test('is given up before the rest is read: brackets in brackets, things that have no place, words without end', () => {
    const most = mostYamlWords / 2;
    expect(() => yamlDocument('['.repeat(1_000_000))).toThrow('nested deeper');
    expect(() => yamlDocument(`[${'x,'.repeat(most)}]`)).toThrow('more than');
    expect(yamlDocument('a: [x]\n').errors).toEqual([]);
    expect(yamlDocument(`hosts: [${']'.repeat(20_000)}`).errors.length).toBeLessThan(mostStrayTokens + 10);
    // Neither is what comes after it read: it would be the worst of all.
    expect(yamlDocument(`hosts: []${']'.repeat(20_000)}${'['.repeat(1_000_000)}`).errors.length).toBeGreaterThan(0);
  });

  test('is told with a place by each reader', () => {
    const long = `hosts: [${'x,'.repeat(mostYamlWords / 2)}]`;
    const at = { file: 'x', line: 1, column: 1 };
    expect(readCluster(long, 'x')).toMatchObject({ problems: [{ says: expect.stringContaining('more than'), at }] });
    expect(readKubeconfig(long, 'x').problems).toMatchObject([{ says: expect.stringContaining('too long'), at }]);
  });

  test('notes down for no mistake who called whom, and does so again afterwards', () => {
    const { errors } = yamlDocument('a:\n\tb: 1\n');
    expect(errors.length).toBeGreaterThan(0);
    for (const { stack } of errors) expect(stack).not.toContain('    at ');
    expect(new Error('x').stack).toContain('    at ');
  });
});

test('a door that reads by the square is found', () => {
  const square: Door = text => {
    let sum = 0;
    for (let i = 0; i < text.length; i++) for (let k = 0; k < text.length; k++) sum += k & i;
    return sum;
  };
  expect(growsByMore(square, n => 'x'.repeat(n), 5_000)).toBe(true);
  expect(
    growsByMore(
      text => readYaml(text),
      n => 'a: 1\n'.repeat(n),
      base,
    ),
  ).toBe(false);
  // An expression that is tried at each line anew, as the readers of kubeconfigs and certificates once had.
  const anew: Door = text => /^([\s\S]*?)^#mark$/m.exec(text);
  expect(growsByMore(anew, n => '--token\r\nt0k\r\n'.repeat(n), few)).toBe(true);
});
