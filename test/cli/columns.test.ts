/** What is told fits the terminal: tables and errors at any width, and whole in a pipe. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { table } from '../../src/cli/view/table.js';
import { inColumns } from '../../src/cli/view/words.js';
import { certificatesListed } from '../../src/clinic/read/certificates-listed.js';
import { certsText } from '../../src/cli/view/certs.js';
import { baseChart } from '../clinic/fixture.js';

const word = fc.stringMatching(/^[a-z]{1,12}$/);
const cell = fc.array(word, { maxLength: 4 }).map(words => words.join(' '));
const head = ['a', 'b', 'c', 'd'];
const rows = fc.array(fc.tuple(word, cell, cell, cell), { minLength: 1, maxLength: 5 });

const wordsOf = (text: string): readonly string[] => text.split(/[\s,]+/).filter(one => one !== '');

test('a table fits any terminal of 40 columns or more, and loses no word', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 40, max: 200 }), (cells, columns) => {
      const text = table(head, cells, columns);
      expect(text.split('\n').filter(line => line.length > columns && /\S \S/.test(line))).toEqual([]);
      expect(wordsOf(text)).toEqual(expect.arrayContaining([...wordsOf(cells.flat().join(' '))]));
    }),
  );
});

test('a word that is longer than the room of the last column stands below, unbroken', () => {
  const print = `SHA256:${'x'.repeat(43)}`;
  expect(table(['host', 'fingerprint'], [['a'.repeat(30), print]], 70)).toBe(`HOST\n${'a'.repeat(30)}\n  ${print}\n`);
});

test('in a pipe it is the whole table', () => {
  const cells = [['x'.repeat(300), 'y', '', 'z']];
  expect(table(head, cells)).toBe(`A${' '.repeat(301)}B  C  D\n${cells[0]?.[0]}  y     z\n`);
  expect(table(head, cells, 400)).toBe(table(head, cells));
});

test('certificates of five hosts fit 80 columns', () => {
  const list = certificatesListed(baseChart('five'));
  const [wide, narrow] = [certsText(list, false), certsText(list, false, 80)];
  expect(Math.max(...wide.split('\n').map(line => line.length))).toBeGreaterThan(80);
  expect(narrow.split('\n').filter(line => line.length > 80)).toEqual([]);
  expect(narrow).toContain('signed by');
});

test('an error breaks at words, and its caret keeps its place', () => {
  const error = `x.yaml:1:3: error: ${'many words '.repeat(20)}[code]\n  1 | ${'a'.repeat(90)}\n    |   ^`;
  expect(inColumns(error, undefined)).toBe(error);
  const lines = inColumns(error, 80).split('\n');
  expect(lines.slice(0, -2).filter(line => line.length > 80)).toEqual([]);
  expect(lines.slice(-2)).toEqual([`  1 | ${'a'.repeat(90)}`, '    |   ^']);
});
