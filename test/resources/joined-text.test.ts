/** Two edits of one text are both kept where they stand apart, and contradict each other where they meet. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { joinedText } from '../../src/resources/kind/joined-text.js';

const manifest = ['probe:', '  port: 1', 'other:', '  port: 1', 'third:', '  port: 1', ''].join('\n');
const changed = (line: number, text: string | undefined, from = manifest): string =>
  from
    .split('\n')
    .flatMap((one, at) => (at === line ? (text === undefined ? [] : text.split('\n')) : [one]))
    .join('\n');

test('the same words in other lines are told apart by their place', () => {
  const joined = joinedText(manifest, changed(1, '  port: 2'), changed(5, '  port: 3'));
  expect(joined).toBe(changed(5, '  port: 3', changed(1, '  port: 2')));
  expect(joinedText(manifest, changed(1, '  port: 2\n  host: a'), changed(5, undefined))).toBe(
    changed(1, '  port: 2\n  host: a', changed(5, undefined)),
  );
});

test('one line, or two beside each other: they contradict each other', () => {
  expect(joinedText(manifest, changed(1, '  port: 2'), changed(1, '  port: 3'))).toBeUndefined();
  expect(joinedText(manifest, changed(1, '  port: 2'), changed(2, 'another:'))).toBeUndefined();
  expect(joinedText(manifest, changed(1, undefined), changed(2, 'another:'))).toBeUndefined();
});

const line = fc.constantFrom('a', 'b', 'c', '  port: 1', '');
const text = fc
  .tuple(fc.array(line, { maxLength: 12 }), fc.boolean())
  .map(([lines, ends]) => lines.join('\n') + (ends && lines.length > 0 ? '\n' : ''));

test('law: nothing changed is nothing added, and the order of two edits makes no difference', () => {
  fc.assert(
    fc.property(text, text, text, (base, one, other) => {
      expect(joinedText(base, one, base)).toBe(one);
      expect(joinedText(base, base, one)).toBe(one);
      expect(joinedText(base, one, one)).toBe(one);
      expect(joinedText(base, one, other)).toBe(joinedText(base, other, one));
    }),
    { numRuns: 2000 },
  );
});

test('law: edits that stand apart are both there', () => {
  const lines = fc.uniqueArray(fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 5 }), {
    minLength: 6,
    maxLength: 20,
  });
  fc.assert(
    fc.property(lines, fc.nat(), fc.nat(), fc.option(line, { nil: undefined }), (all, a, b, what) => {
      const base = `${all.filter(one => !one.includes('\n')).join('\n')}\n`;
      const count = base.split('\n').length - 1;
      const first = a % count;
      const second = b % count;
      fc.pre(Math.abs(first - second) > 1);
      const edit = (at: number, from: string): string =>
        changed(at, what === undefined ? undefined : `${what}!!!!!!`, from);
      const both = [first, second].sort((x, y) => y - x).reduce((from, at) => edit(at, from), base);
      expect(joinedText(base, edit(first, base), edit(second, base))).toBe(both);
    }),
  );
});
