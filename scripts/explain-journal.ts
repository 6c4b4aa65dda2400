/**
 * What `kw explain` answers to each line that the components of a working cluster log as a warning or an error:
 * `./kw lab ssh HOST 'journalctl -o cat -u kubelet.service' | npx tsx scripts/explain-journal.ts kubelet`.
 * Prints one line of JSON for each sort of line (numbers and names of the same form are one sort): what it is answered,
 * how often it came, the line. Of a cluster that nobody broke none of them may be an illness.
 */
import { createInterface } from 'node:readline';
import { answer } from '../src/clinic/explain/answer.js';
import { loud } from '../src/clinic/explain/outside/severity.js';
import { cases } from '../src/clinic/cases/index.js';

const warns = /^W\d{4} |\blevel=warn|"level":"warn"|\[WARNING\]|\bWARN\b/;

/** Digits, addresses and digests differ from line to line, and say nothing of its sort. */
const sortOf = (line: string): string =>
  line
    .replace(/\b[0-9a-f]{8,}(?:-[0-9a-f]{4,})*\b/g, 'HEX')
    .replace(/-[a-z0-9]{5,10}-[a-z0-9]{5}\b/g, '-POD')
    .replace(/\d+/g, '0');

const answered = (line: string): string => {
  const { outside, candidates, sure } = answer(line, cases);
  if (outside?.length) return outside.map(one => `${one.kind} ${one.id}`).join(', ');
  const [first] = candidates;
  return first ? `illness ${first.case} (${sure})` : 'nothing';
};

const who = process.argv[2] ?? '';
const sorts = new Map<string, { readonly line: string; times: number }>();
for await (const line of createInterface({ input: process.stdin })) {
  if (loud(line) === '' && !warns.test(line)) continue;
  const sort = sortOf(line);
  const seen = sorts.get(sort);
  if (seen) seen.times += 1;
  else sorts.set(sort, { line, times: 1 });
}
for (const { line, times } of sorts.values())
  process.stdout.write(`${JSON.stringify({ who, answered: answered(line), loud: loud(line) !== '', times, line })}\n`);
