/** One record on many lines is read as one: the answer is that of the same record on one line, whoever broke it. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cases } from '../../src/clinic/cases/index.js';
import { answer } from '../../src/clinic/explain/answer.js';
import { recordsOf } from '../../src/clinic/explain/records.js';

const klog = (value: string): string => `E0102 03:04:05.000000       1 a.go:1] "It stopped" err=${value}`;

test('klog’s value of several lines', () => {
  const text = klog('<\n\ta: it failed:\n\tno "gear" turns\n > pod="a/b"\nI0102 next');
  expect(recordsOf(text)).toBe(`${klog('"a: it failed: no \\"gear\\" turns"')} pod="a/b"\nI0102 next`);
});

test('two values of one record, an end that was cut, and what a journal puts in front of each line', () => {
  expect(recordsOf(klog('<\n\ta\n > output=<\n\tb\n >'))).toBe(klog('"a" output="b"'));
  expect(recordsOf(klog('<\n\ta\n\tb'))).toBe(klog('"a b"'));
  expect(recordsOf(klog('<\n\ta\nE0102 03:04:06.000000 1 b.go:1] c'))).toContain('\nE0102 03:04:06');
  const journal = (line: string): string => `Jan 02 03:04:05 m1 kubelet[7]: ${line}`;
  expect(recordsOf(klog('<\n\ta\n > x="y"').split('\n').map(journal).join('\n'))).toBe(journal(klog('"a" x="y"')));
});

test('parts of a line as runtimes keep them', () => {
  const at = '2026-01-02T03:04:05.000000000Z stderr';
  expect(recordsOf(`${at} P one \n${at} P half\n${at} F way\n${at} F two`)).toBe(`${at} F one halfway\n${at} F two`);
  const docker = (log: string): string => JSON.stringify({ log, stream: 'stderr' });
  expect(recordsOf([docker('one half'), docker('way\n'), docker('two\n')].join('\n'))).toBe(
    `{"log":"one halfway\\n"}\n${docker('two\n')}`,
  );
});

test('JSON in rows that has a message, and no other', () => {
  const status = { kind: 'Status', message: 'Unauthorized', code: 401 };
  expect(recordsOf(`kubectl says:\n${JSON.stringify(status, null, 2)}\nend`)).toBe(
    `kubectl says:\n${JSON.stringify(status)}\nend`,
  );
  const node = JSON.stringify({ kind: 'Node', spec: { podCIDR: '10.0.0.0/24' } }, null, 2);
  expect(recordsOf(node)).toBe(node);
  expect(recordsOf('{\n  "message": "cut')).toBe('{\n  "message": "cut');
});

test('YAML whose value goes on below its key', () => {
  expect(recordsOf("  - message: 'one\n      two'\n    reason: x")).toBe("  - message: 'one two'\n    reason: x");
  expect(recordsOf('message: |-\n  one\n  two\nreason: x')).toBe('message: one two\nreason: x');
});

test('listings, scripts and logs whose lines end where they should stay as they are', () => {
  for (const text of [
    'NAME                  STATUS   ROLES    AGE   VERSION   INTERNAL-IP     EXTERNAL-IP\nm1   Ready   <none>   1d   v1.30.0   10.0.0.11   <none>',
    `${klog(`"${'long '.repeat(12)}"`)}\n${klog('"short"')}`,
    '-A FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT\n-A FORWARD -j X',
  ])
    expect(recordsOf(text)).toBe(text);
});

interface Text {
  readonly kind?: string;
  readonly expect?: string;
  readonly text?: string;
}
const folder = new URL('../corpus/texts/', import.meta.url);
const texts = readdirSync(folder)
  .filter(name => name.endsWith('.jsonl'))
  .flatMap(name => readFileSync(new URL(name, folder), 'utf8').trim().split('\n'))
  .map(line => JSON.parse(line) as Text)
  .flatMap(({ kind, text }) => (kind === 'case' && text && !text.includes('\n') && text.length > 90 ? [text] : []));

/** By words, as a mail does. */
const byWords = (text: string): string => {
  const rows = [''];
  for (const word of text.split(' ')) {
    const row = rows.at(-1) ?? '';
    if (row !== '' && row.length + word.length >= 80) rows.push(word);
    else rows[rows.length - 1] = row === '' ? word : `${row} ${word}`;
  }
  return rows.join('\n');
};
const parts = (text: string, size: number): readonly string[] => text.match(new RegExp(`.{1,${size}}`, 'g')) ?? [];
const broken: Readonly<Record<string, (text: string) => string>> = {
  'a mail': byWords,
  'a terminal': text => parts(text, 80).join('\n'),
  'a runtime': text =>
    parts(text, 50)
      .map((one, at, all) => `2026-01-02T03:04:05.000000000Z stderr ${at === all.length - 1 ? 'F' : 'P'} ${one}`)
      .join('\n'),
  'klog’s value': text => klog(`<\n\t${byWords(text).replaceAll('\n', '\n\t')}\n >`),
  'an answer of the API': text => JSON.stringify({ kind: 'Status', status: 'Failure', message: text }, null, 2),
};

describe.each(Object.entries(broken))('broken by %s', (_, by) => {
  test('the first illness is the same', () => {
    const first = (text: string): string | undefined => answer(text, cases).candidates[0]?.case;
    const other = texts.filter(text => first(by(text)) !== first(text));
    expect(texts.length).toBeGreaterThan(60);
    expect(other.length <= 0.03 * texts.length ? [] : other).toEqual([]);
  });
});
