/**
 * Kinds of texts, each in three wordings of other products, and beside it two texts that look alike and are something
 * else: those may not be called harmless or somebody else's.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cases } from '../../src/clinic/cases/index.js';
import { answer } from '../../src/clinic/explain/answer.js';
import { answerText } from '../../src/cli/view/clinic/candidates.js';

interface Kind {
  readonly id: string;
  readonly as: 'harmless' | 'not-ours' | 'record' | 'case';
  readonly is: readonly string[];
  readonly not: readonly string[];
}

const kinds = readFileSync(new URL('../corpus/texts/kinds.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Kind);

/** What the first words of the answer are about. */
const meant = (text: string): string => {
  const { outside, candidates, record, sure } = answer(text, cases);
  const [first] = candidates;
  if (outside?.[0] && !first) return `${outside[0].kind} ${outside[0].id}`;
  return first && sure !== 'only-generic' ? `case ${first.case}` : record ? `record ${record.how}` : 'nothing';
};

describe.each(kinds)('$as $id', ({ id, as, is, not }) => {
  test('has three wordings and two that look alike', () => {
    expect([is.length, not.length]).toEqual([3, 2]);
  });
  test.each(is)('%s', text => {
    expect(meant(text)).toBe(`${as} ${id}`);
  });
  test.each(not)('is not: %s', text => {
    expect(meant(text)).not.toBe(`${as} ${id}`);
    expect(answer(text, cases).outside ?? []).toEqual([]);
  });
});

test('beside an illness a harmless line is told after it', () => {
  const text = 'auth: simple token is not cryptographically signed\nrequest cluster ID mismatch (got 1 want 2)';
  const said = answerText(answer(text, cases), new Map(), false);
  expect(said.indexOf('Most probable')).toBe(0);
  expect(said).toContain('Harmless: ');
});

test('beside a warning the error is told, and before it', () => {
  const warning = '[WARNING Hostname]: hostname "m1" could not be reached';
  const text = `${warning}\nerror execution phase preflight:\n\t[ERROR Port-10250]: Port 10250 is in use`;
  expect(answer(text, cases).record).toMatchObject({ who: 'kubeadm', whom: 'own-port', how: 'in-use' });
  const said = answerText(answer(text, cases), new Map(), false);
  expect(said.indexOf('It says: ')).toBe(0);
  expect(said).toContain('kubeadm reset');
  expect(said).toContain('Harmless: ');
  expect(answer(warning, cases).record).toBeUndefined();
});

/** Never silence: where no word says how it went, the line's own innermost words are the answer. */
test.each([
  ['level=error msg="Failed to connect to proxy" error="websocket: bad handshake"', 'websocket: bad handshake'],
  ['E0102 08:00:00.000000 1 a.go:1] "It stopped" err="outer: middle: the gears do not turn any more"', 'the gears'],
  ['Mar 13 09:08:07 m1 rke2[4]: {"level":"error","msg":"frob","error":"the gears do not turn any more"}', 'the gears'],
  ['{"level":"fatal","msg":"frobnication ended early: the gears do not turn any more"}', 'the gears do not turn'],
])('%s', (text, words) => {
  expect(answer(text, cases).record?.words).toContain(words);
  expect(answerText(answer(text, cases), new Map(), false)).toContain(words);
});

test('speech without a complaint of a log is asked for one', () => {
  expect(answer('it is broken somehow', cases).record).toBeUndefined();
});
