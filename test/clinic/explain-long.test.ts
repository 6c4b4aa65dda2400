import { expect, test } from 'vitest';
import { cases } from '../../src/clinic/cases/index.js';
import { answer } from '../../src/clinic/explain/answer.js';
import { inPieces, mostRead, shortened } from '../../src/clinic/explain/long.js';

const cause =
  'kubelet[1]: E0312 run.go:74] "command failed" err="failed to run Kubelet: running with swap on is not supported, ' +
  'please disable swap or set --fail-swap-on flag to false"';
const noise = (count: number): readonly string[] =>
  Array.from(
    { length: count },
    (_, at) => `I0601 11:59:${at % 60}.00${at} reflector.go:${at} watch of 0x${at.toString(16)} closed`,
  );
/** Lines of which no two are alike. */
const chatter = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, at) => [...String(at)].map(digit => 'abcdefghij'[Number(digit)]).join(' word '));

test('the cause is found in front of megabytes of lines that repeat', () => {
  const text = [cause, ...noise(40_000)].join('\n');
  expect(text.length).toBeGreaterThan(20 * mostRead);
  const found = answer(text, cases);
  expect(found.candidates[0]?.case).toBe('swap-on');
  expect(found.unread).toBeUndefined();
});

test('the cause is found behind journald’s arrays of bytes, and behind JSON', () => {
  const wrap = (message: string): string => JSON.stringify({ MESSAGE: [...Buffer.from(message)], _PID: '1' });
  expect(
    answer([...noise(3_000).map(wrap), wrap(cause), ...noise(3_000).map(wrap)].join('\n'), cases).candidates[0]?.case,
  ).toBe('swap-on');
});

test('a text in UTF-16, with or without its mark, is read', () => {
  for (const bytes of [
    Buffer.from(`\ufeff${cause}\r\n`, 'utf16le'),
    Buffer.from(cause, 'utf16le'),
    Buffer.from(`\ufeff${cause}`, 'utf16le').swap16(),
  ])
    expect(answer(bytes.toString(), cases).candidates[0]?.case).toBe('swap-on');
});

test('what is still too long is cut at its beginning, and the answer says so', () => {
  const text = [cause, ...chatter(20_000)].join('\n');
  const found = answer(text, cases);
  expect(found.unread?.of).toBe(text.length);
  expect(found.unread?.read).toBeLessThanOrEqual(mostRead);
  expect(found.unread?.read).toBeGreaterThan(mostRead / 2);
});

test('a short text stays as it is', () => {
  expect(shortened(cause)).toEqual({ text: cause });
  expect(shortened(`${cause}\n`.repeat(2))).toEqual({ text: `${cause}\n`.repeat(2) });
});

test('a word without an end is read in pieces, between its items; others stay whole', () => {
  const items = inPieces(`${'"a":"b",'.repeat(300)} x`);
  expect(items.replaceAll(' ', '')).toBe(`${'"a":"b",'.repeat(300)}x`);
  expect(items.split(' ').every(word => word === 'x' || (word.length <= 1024 && word.endsWith(',')))).toBe(true);
  const url = `https://10.0.0.1:6443/api?${'a=b&'.repeat(240)}`;
  expect(inPieces(`get ${url} refused`)).toBe(`get ${url} refused`);
  expect(
    Math.max(
      ...inPieces('x'.repeat(10_000))
        .split(' ')
        .map(word => word.length),
    ),
  ).toBe(1024);
});
