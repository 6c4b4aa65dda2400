/**
 * What a pod prints is read by every rule of redaction, up to megabytes of it: no words of these rules, however often
 * they stand behind one another, may cost more than their number.
 */
import { expect, test } from 'vitest';
import { groups } from '../../src/model/redaction/patterns.js';
import { redact } from '../../src/model/redaction/redact.js';

/** CPU time in milliseconds: others run beside this test. */
const costOf = (unit: string, letters: number): number => {
  const text = unit.repeat(letters / unit.length);
  const from = process.cpuUsage();
  redact(text);
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
};

const least = (unit: string, letters: number): number =>
  Math.min(...Array.from({ length: 3 }, () => costOf(unit, letters)));

const words = [
  ...new Set(groups.flatMap(({ rules }) => rules).flatMap(([rule]) => rule.source.match(/[A-Za-z][A-Za-z_-]+/g) ?? [])),
];

const [few, many] = [12_000, 96_000];

test.each([' ', ' -', ' 1 ', ':', '="'])(
  'words of the rules, each with "%s" behind it, cost linear time',
  link => {
    const slow = words
      .map(word => `${word}${link}`)
      // What is over at once is not looked at again.
      .filter(unit => costOf(unit, few) > 40)
      // Eight times as much text: eight times the time, or sixty-four.
      .filter(unit => least(unit, many) > 24 * Math.max(5, least(unit, few)));
    expect(words.length).toBeGreaterThan(200);
    expect(slow).toEqual([]);
  },
  120_000,
);
