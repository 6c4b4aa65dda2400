import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shells } from '../transport/shells.js';
import { join, split } from '../../src/shell/questions.js';
import { sh } from '../../src/shell/sh.js';

const nonce = 'n0nce4711abc';
const hostile = fc.constantFrom(
  '',
  '\n',
  '\n\n',
  'no newline',
  'a\n',
  `${nonce}`,
  `\n${nonce}`,
  `\n${nonce}> `,
  `\n${nonce}< x 0`,
  `\nn0nce4711abd> b\n`,
  `\n${nonce}< other 0\n`,
  '\x1b]0;x\x07',
  '\r\n',
  "'; exit 3; '",
  '$(reboot)',
  '%s%n',
  '\\0101',
);
const output = fc
  .array(
    fc.oneof(
      hostile,
      fc.string({ unit: 'binary', maxLength: 20 }).map(text => text.replaceAll('\0', '')),
    ),
    { maxLength: 4 },
  )
  .map(parts => parts.join(''));
// Never `x` itself: the end of its own frame, under a nonce that no host knows, would be one.
const id = fc.oneof(
  fc.string({ maxLength: 12 }).filter(one => one !== 'x'),
  fc.constantFrom('file:/etc/hosts', 'a b', '%41', 'x\ny', "q'q", 'é'),
);
const limits = fc.constantFrom({}, {}, { bytes: 262_144 }, { seconds: 5 }, { seconds: 5, bytes: 262_144 });
const question = fc.record({ id, output, code: fc.integer({ min: 0, max: 255 }), limits });
const questions = fc.uniqueArray(question, { selector: each => each.id, minLength: 1, maxLength: 8 });

describe.each(shells)('%s', (_, command, args) => {
  const run = (script: string) => spawnSync(command, args, { input: script, maxBuffer: 1e8 }).stdout.toString();

  test('what was asked is what is answered, whatever the output holds', () => {
    fc.assert(
      fc.property(questions, list => {
        const asked = list.map(each => ({
          id: each.id,
          script: sh`printf %s ${each.output}\nexit ${each.code}`,
          ...each.limits,
        }));
        const answers = split(run(join(asked, nonce)), nonce);
        expect([...answers]).toEqual(list.map(each => [each.id, { output: each.output, code: each.code }]));
      }),
      { numRuns: 25 },
    );
  });

  test('syntax errors, exits, reads of stdin and background jobs of one question leave the others alone', () => {
    const answers = split(
      run(
        join(
          [
            { id: 'broken', script: sh`if then (` },
            { id: 'exits', script: sh`set -eu; false; echo no` },
            { id: 'reads', script: sh`cat; echo read` },
            { id: 'here', script: sh`cat <<X\ntext\nX` },
            { id: 'killed', script: sh`kill -9 $(sh -c "echo \\$PPID")` },
            { id: 'last', script: sh`echo "$x"; x=1; echo ok` },
          ],
          nonce,
        ),
      ),
      nonce,
    );
    expect(answers.get('broken')?.code).toBeGreaterThan(0);
    expect(answers.get('exits')).toEqual({ output: '', code: 1 });
    expect(answers.get('reads')).toEqual({ output: 'read\n', code: 0 });
    expect(answers.get('here')).toEqual({ output: 'text\n', code: 0 });
    expect(answers.get('last')).toEqual({ output: '\nok\n', code: 0 });
  });

  test('an endless answer is cut, a hanging one is killed', () => {
    const answers = split(
      run(
        join(
          [
            { id: 'endless', script: sh`while :; do echo yyyyyyyyyyyyyyyyyyyyyyyy; done`, bytes: 1000 },
            { id: 'hangs', script: sh`echo before; sleep 60`, seconds: 1 },
            { id: 'both', script: sh`yes`, bytes: 10, seconds: 5 },
            { id: 'next', script: sh`echo next` },
          ],
          nonce,
        ),
      ),
      nonce,
    );
    expect(answers.get('endless')?.output).toHaveLength(1000);
    expect(answers.get('hangs')?.output).toBe('before\n');
    expect(answers.get('hangs')?.code).toBeGreaterThan(0);
    expect(answers.get('both')?.output).toBe('y\ny\ny\ny\ny\n');
    expect(answers.get('next')).toEqual({ output: 'next\n', code: 0 });
  });

  test('a stream cut anywhere yields only whole answers', () => {
    const whole = run(
      join(
        [
          { id: 'a', script: sh`echo 1` },
          { id: 'b', script: sh`printf 22; exit 12` },
        ],
        nonce,
      ),
    );
    for (let cut = 0; cut <= whole.length; cut++) {
      const answers = split(whole.slice(0, cut), nonce);
      if (answers.has('a')) expect(answers.get('a')).toEqual({ output: '1\n', code: 0 });
      if (answers.has('b')) expect(answers.get('b')).toEqual({ output: '22', code: 12 });
    }
    expect(split(whole, nonce).size).toBe(2);
  });
});

test('noise before, between and after frames is not an answer; a frame without end is missing and hides no other', () => {
  const text =
    `motd\n${nonce}x\n${nonce}> a\nonly half\n${nonce}> b\nyes\n\n${nonce}< b 0\nnoise\n${nonce}> ` +
    `%ZZ\n!\n${nonce}< %ZZ 1\n`;
  expect([...split(text, nonce)]).toEqual([
    ['b', { output: 'yes\n', code: 0 }],
    ['%ZZ', { output: '!', code: 1 }],
  ]);
});

test('500 questions are asked at once', () => {
  const asked = Array.from({ length: 500 }, (_, index) => ({ id: `q${index}`, script: sh`echo "$HOME"` }));
  const began = performance.now();
  const answers = split(spawnSync('sh', { input: join(asked, nonce) }).stdout.toString(), nonce);
  expect(answers.size).toBe(500);
  expect(performance.now() - began).toBeLessThan(60_000);
});
