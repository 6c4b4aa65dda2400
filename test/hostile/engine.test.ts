/** Records that a host forges: it knows the nonce, for it has the script. It speaks about itself, or for nobody. */
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { carryOut } from '../../src/engine/carry-out.js';
import { connectionsOf } from '../../src/engine/reach/connections.js';
import { protocol } from '../../src/engine/run/protocol.js';
import { records } from '../../src/engine/script/records.js';
import { WorldFailed } from '../../src/model/event.js';
import type { Step } from '../../src/model/plan.js';
import { sh } from '../../src/shell/sh.js';
import { split } from '../../src/shell/questions.js';
import { recorded, type Wanted, type World, world } from '../engine/world.js';
import { misdeeds, hostile } from './misbehaving.js';

let open: World[] = [];
afterEach(() => {
  for (const each of open) each.clean();
  open = [];
});

const wanted: readonly Wanted[] = ['bad', 'h1', 'h2'].flatMap(host => [
  { host, name: 'a', want: { text: `${host} a` } },
  {
    host,
    name: 'b',
    after: [`${host}/a`],
    want: { text: `${host} b`, before: [{ do: 'run', script: sh`sleep 0.1` }] },
  },
]);
const chained: Wanted = { host: 'h1', name: 'c', after: ['bad/b'], want: { text: 'c' } };

// The nonce stands in the script itself: whoever is root on the host reads it there.
const nonce = "n=$(printf %s \"$KW_SENT\" | tr -c '0-9a-f' '\\n' | grep -xE '[0-9a-f]{24}' | head -n 1); ";
const start = `${nonce}printf '\\nkw-go %s\\n' $$; say() { printf '%s %s\\n' "$n" "$*"; }; listen() { read -r l; head -c "$l" >/dev/null; }; `;
const proof = "printf 'aXMKYmFkIGEK\\n.\\n'; ";

const forged: Readonly<Record<string, string>> = {
  'a step that nobody sent': 'say same 7; say answer; sleep 60',
  'a step of another host': 'say proof h1/a; sleep 60',
  'a step with a wild number': 'say same -1; say same 1e9; say same NaN; say answer; sleep 60',
  'a proof that was not asked': `say proof 0; ${proof}sleep 60`,
  'a proof of a step that it was not let begin': `say same 1; say answer; listen; say proof 0; ${proof}sleep 60`,
  'the same step twice': 'say same 0; say same 0; say answer; sleep 60',
  'an end before the end': 'say bye',
  'a wait for what is none': 'say same 0; say answer; listen; say waiting 0 0; say waiting 0 99; sleep 60',
  'a failure of a step that never began': 'say failed 0 1; printf ".\\n"; sleep 60',
  'a piece of a file that nobody fetches': 'say need ../../etc/shadow 0; say need abc NaN; sleep 60',
  'a word that there is not': 'say constructor; say __proto__ 0; sleep 60',
  'answers that nobody needs, without end': 'while :; do say same 0; say answer; done',
  'that it waits for another script, without end': 'while :; do say busy 1; done',
  'that it is alive, without end': 'while :; do say tick; done',
  'that it is alive, slowly, and nothing more': 'while :; do say tick; sleep 0.1; done',
  'a record that never ends': 'say differs 0; exec yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  'a line that never ends': 'exec cat /dev/zero',
  'noise without end': 'exec yes',
  'a digest of the plan, and no proof': 'say same 0; say answer; listen; sleep 60',
};

const contextOf = (w: World, misdeed: string | undefined) => {
  const connections = connectionsOf({
    connect: async name => (name === 'bad' && misdeed !== undefined ? hostile('bad', misdeed) : w.host(name).connect()),
    emit: () => {},
    limit: 64,
  });
  return w.context({ connections: connections.get, limits: { silence: 12 } });
};

const run = async (misdeed: string | undefined) => {
  const w = world([...wanted, chained]);
  open.push(w);
  const { events, emit } = recorded();
  const outcome = await carryOut(w.plan(), contextOf(w, misdeed), emit);
  const done = events.flatMap(event => (event.type === 'step-done' ? [event.step] : []));
  const others = ['h1/a', 'h1/b', 'h2/a', 'h2/b'];
  return { w, events, outcome, done, files: others.map(name => w.read(name)), ids: others.map(name => w.id(name)) };
};

const all = {
  ...forged,
  ...Object.fromEntries(Object.entries(misdeeds).map(([what, misdeed]) => [what, misdeed])),
};

for (const [what, misdeed] of Object.entries(all))
  test(`a host that tells ${what}: quarantined and named, and the others end as they do without it`, async () => {
    const before = process.memoryUsage().rss;
    const began = performance.now();
    const { w, events, outcome, done, files, ids } = await run(forged[what] === undefined ? misdeed : start + misdeed);
    expect(files).toEqual(['h1 a', 'h1 b', 'h2 a', 'h2 b']);
    expect(done.filter(id => ids.includes(id)).sort()).toEqual([...ids].sort());
    // Nothing of its own is done, and what comes after it is not begun.
    expect(done.filter(id => id === w.id('bad/a') || id === w.id('bad/b') || id === w.id('h1/c'))).toEqual([]);
    expect(w.read('h1/c')).toBe('');
    expect(outcome.ok).toBe(false);
    expect(outcome.failures.filter(each => each.host === 'bad').length).toBeGreaterThan(0);
    expect(outcome.failures.every(each => each.host === 'bad')).toBe(true);
    expect(events.length).toBeLessThan(60);
    expect(performance.now() - began).toBeLessThan(120_000);
    expect((process.memoryUsage().rss - before) / 1024 / 1024).toBeLessThan(400);
  });

test('a host that lies in what it is said to be loses the whole run of its own, with the reason', async () => {
  const { events } = await run(start + (forged['a step that nobody sent'] ?? ''));
  const lost = events.filter(event => event.type === 'host-lost');
  expect(lost).toEqual([
    expect.objectContaining({
      host: 'bad',
      failure: expect.objectContaining({
        message: expect.stringContaining('did not keep to the script: it speaks of step "7"'),
        help: expect.stringContaining('foreign hands'),
      }),
    }),
  ]);
});

test('a proof counts only where the kind itself sees what was wanted', async () => {
  const lies = `${start}say same 0; say answer; listen; say proof 0; printf 'aXMKb3RoZXIK\\n.\\n'; say same 1; say answer; listen; say proof 1; printf '.\\n'; say bye`;
  const { done, outcome, w } = await run(lies);
  expect(done.includes(w.id('bad/a'))).toBe(false);
  expect(outcome.failures.filter(each => each.host === 'bad').map(each => each.class)).toContain('unproven');
});

const step = (actions: Step['actions']): Step =>
  ({ id: 'x', host: 'bad', kind: 'thing', key: '/x', actions }) as unknown as Step;

test('any sequence of words: the rules hold no more than the plan, and nothing is settled that was not begun', () => {
  const word = fc.constantFrom(
    'same',
    'differs',
    'answer',
    'waiting',
    'expired',
    'failed',
    'proof',
    'need',
    'busy',
    'bye',
    'refused',
    'tick',
    'valueOf',
  );
  const number = fc.oneof(fc.nat(4).map(String), fc.constantFrom('-1', '1e3', '', 'NaN', '99999999999999999999'));
  const wait = { do: 'wait', script: sh`true`, says: 'w', seconds: 5 } as unknown as Step['actions'][number];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(word, number, number), { maxLength: 60 }),
      fc.array(fc.constantFrom('go', 'drop', 'later')),
      (output, answers) => {
        const rules = protocol('bad', [step([wait]), step([]), step([wait, wait])], () => 0);
        const going = new Set<number>();
        const settled = new Set<number>();
        let asked: number[] = [];
        for (const words of output) {
          try {
            rules.hear({ words });
          } catch (error) {
            expect(error).toBeInstanceOf(WorldFailed);
            return;
          }
          const [what, first] = words;
          const index = Number(first);
          if (what === 'same' || what === 'differs') {
            expect(going.has(index) || settled.has(index)).toBe(false);
            asked.push(index);
          }
          if (['proof', 'failed', 'expired'].includes(what)) {
            expect(going.delete(index)).toBe(true);
            settled.add(index);
          }
          if (what === 'bye') expect(settled.size).toBe(3);
          if (what === 'answer')
            for (const [at, each] of asked.splice(0).entries()) {
              const answer = answers[at] ?? 'go';
              rules.answered(each, answer === 'go' ? { word: 'go', payload: {} } : { word: answer as 'drop' });
              if (answer === 'go') going.add(each);
              if (answer === 'drop') settled.add(each);
            }
        }
        asked = [];
      },
    ),
    { numRuns: 2000 },
  );
});

test('any bytes as a stream: records or a failure with words, never a bug', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.string(), fc.constantFrom('NNNN ', 'NNNN differs 0\n', '.\n', '\n', 'x'.repeat(300)))),
      async chunks => {
        const room = { line: 256, payload: 512, noise: 512 };
        const output = (async function* () {
          yield* chunks;
        })();
        try {
          for await (const record of records(output, 'NNNN', room)) expect(record.words.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(WorldFailed);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('frames without an end, by the million, are read in time', () => {
  const began = performance.now();
  expect(split(`\nabcdefgh> x\n`.repeat(2_000_000), 'abcdefgh').size).toBe(0);
  expect(performance.now() - began).toBeLessThan(60_000);
});
