/** Several facts in one script: what one cannot tell is absent, and harms no other. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { together } from '../../src/facts/together.js';
import { type Fact, NotSeen, Unreadable } from '../../src/model/fact.js';
import { type Script, sh } from '../../src/shell/sh.js';

interface Seen {
  readonly first?: string;
  readonly second?: string;
}

const fact = (script: Script, why?: Error): Fact<string> => ({
  id: 'x',
  question: { ask: 'host', script },
  parse: text => {
    if (why) throw why;
    return text.trim();
  },
});

const answer = ({ question }: Fact<unknown>): string =>
  question.ask === 'host' ? spawnSync('sh', ['-s'], { input: question.script }).stdout.toString() : '';

test.each([
  ['senseless', new Unreadable('x', '', 'no sense')],
  ['not told', new NotSeen('no such program')],
])('what is %s is absent; the others are there', (_, why) => {
  const both = together<Seen>('both', { first: fact(sh`echo one; exit 3`, why), second: fact(sh`echo two`) });
  expect(both.parse(answer(both))).toEqual({ second: 'two' });
});

test('an exit, or a variable, of one is not the next one’s', () => {
  const both = together<Seen>('both', { first: fact(sh`x=1; exit 3`), second: fact(sh`echo "x\${x:-is not set}"`) });
  expect(both.parse(answer(both))).toEqual({ first: '', second: 'xis not set' });
});

test('a bug of ours is not a missing answer, and an empty answer is none at all', () => {
  const broken = together<Seen>('both', { first: fact(sh`:`, new TypeError('a bug')) });
  expect(() => broken.parse(answer(broken))).toThrow(TypeError);
  expect(() => broken.parse('')).toThrow(Unreadable);
});
