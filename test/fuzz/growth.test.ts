/** What is read takes a time that grows with its length, and not with the square of it: every door, every shape. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
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
