import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quote, raw, sh } from '../../src/shell/sh.js';
import { shells } from '../transport/shells.js';

const word = fc.string({ unit: 'binary', maxLength: 40 }).map(text => text.replaceAll('\0', ''));
const nasty = fc.constantFrom(
  "'",
  "''",
  '\\',
  '"',
  '$(id)',
  '`id`',
  '\n',
  '\n\n',
  '-n',
  '~',
  '*',
  'a b',
  '',
  'if',
  '2',
  'A=b',
  '!',
  '\x1b[2J',
  '#x',
  '{',
  'é',
  '\u2028',
);
const words = fc.array(fc.oneof(word, nasty), { minLength: 1, maxLength: 40 });

describe.each(shells)('%s', (_, command, args) => {
  const run = (script: string) =>
    execFileSync(command, [...args, '-c', script], { encoding: 'utf8', env: { PATH: process.env.PATH } });

  test('every string without NUL comes back as it went in', () => {
    fc.assert(
      fc.property(words, list => {
        const out = run(`for w in ${list.map(quote).join(' ')}; do printf '%s\\0' "$w"; done`);
        expect(out.split('\0').slice(0, -1)).toEqual(list);
      }),
      { numRuns: 40 },
    );
  });

  test('a quoted word in the place of a command is never grammar', () => {
    for (const name of ['if', 'while', 'done', 'A=b', '{'])
      expect(() => execFileSync(command, [...args, '-c', `${quote(name)} 2>/dev/null`], { stdio: 'pipe' })).toThrow();
  });

  test('a number before a redirection stays a word', () => {
    expect(run(sh`echo ${2}>&1`)).toBe('2\n');
  });
});

test('sh quotes what it is given, takes raw as it is, and spreads arrays', () => {
  expect(sh`rm -f ${"it's"} ${['a b', 'c', 3]} ${raw(sh`>x; y`)}`).toBe(`rm -f 'it'\\''s' 'a b' c 3 >x; y`);
});

test('NUL is refused', () => {
  expect(() => quote('a\0b')).toThrow(/NUL/);
});
