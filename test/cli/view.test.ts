/** One stream of events, drawn for a pipe, for a program, and beside a result. */
import { expect, test } from 'vitest';
import { view, type ViewOptions } from '../../src/cli/view/progress/view.js';
import type { EventBody } from '../../src/model/event.js';
import type { Plan } from '../../src/model/plan.js';
import { planText } from '../../src/plan/text.js';
import { stamped } from './recorded.js';

const plan: Plan = { cluster: 'demo', steps: [], examined: 2, unseen: [], digest: 'd' };
const run: readonly EventBody[] = [
  { type: 'run-started', run: 'r', cluster: 'demo', command: 'kw heal', steps: 1, plan: 'd', owner: 'ada@cm' },
  { type: 'step-done', step: 'a/file//x', host: 'a', how: 'mended', seconds: 1 },
  { type: 'note', says: 'in the run' },
  { type: 'run-ended', ok: true, done: 1, failed: 0, blocked: 0, seconds: 2 },
];
const story: readonly EventBody[] = [
  {
    type: 'warning',
    problem: { code: 'c', severity: 'warning', says: 'odd', at: { file: 'f', line: 7, column: 3 } },
    line: 'a: b',
  },
  { type: 'host-connecting', host: 'a' },
  { type: 'host-ready', host: 'a' },
  { type: 'artifact-progress', says: 'fetching etcd' },
  { type: 'failure', failure: { class: 'auth', host: 'b', message: 'no key fits', help: 'ssh-copy-id' } },
  {
    type: 'preflight',
    findings: [{ host: 'a', severity: 'warning', code: 'small', says: 'little memory', help: 'more' }],
  },
  { type: 'examination', verdict: 'ill', causes: ['x/v a s'], unknown: [] },
  {
    type: 'therapy-proposed',
    finding: 'x/v a s',
    case: 'x/v',
    host: 'a',
    says: 'is so\u001b[2J',
    title: 'mend it',
    risk: 'restart',
    backup: true,
  },
  { type: 'plan', plan },
  { type: 'consent-needed', risk: 'restart', says: 'Go on?' },
  { type: 'consent-given', risk: 'restart', by: 'person' },
  { type: 'therapy-started', treats: ['x/v a s'] },
  ...run,
  { type: 'examination', verdict: 'healthy', causes: [], unknown: [] },
  { type: 'note', says: 'not yet: b' },
  { type: 'therapy-proven', treats: ['x/v a s'] },
];

const told = async (format: ViewOptions['format'], bodies: readonly EventBody[] = story) => {
  const [out, err] = [{ text: '' }, { text: '' }];
  const stream = (into: { text: string }) =>
    ({
      write: (text: string) => {
        into.text += text;
        return true;
      },
    }) as unknown as NodeJS.WriteStream;
  const drawn = view({
    format,
    out: stream(out),
    err: stream(err),
    color: false,
    errorColor: false,
    unicode: true,
    now: () => 0,
  });
  for (const event of stamped(bodies.map((body, at) => [at, body] as const))) drawn.event(event);
  drawn.end();
  drawn.end();
  return { out: out.text, err: err.text };
};

test('for a pipe results are on stdout, everything beside them on stderr, and a summary ends each run', async () => {
  const { out, err } = await told('lines');
  const shown = planText(plan, { color: false, width: 120, verbose: false });
  expect({ err, out: out.replace(shown, 'THE PLAN\n') }).toMatchInlineSnapshot(`
    {
      "err": "f:7:3: warning: odd [c]
      7 | a: b
        |   ^
    fetching etcd
    b: login refused: no key fits
      do: ssh-copy-id
    warning a: little memory [small]
      help: more
    not yet: b
    ",
      "out": "x/v on a: is so\\x1b[2J
      therapy: mend it (risk: restart; a backup of etcd is made first)

    THE PLAN
    [  0.0 s] kw heal demo: 1 step, run r
    [  1.0 s] a done: file /x (1.0 s)
    [  2.0 s] in the run
    done: 1 step on 1 host in 2.0 s
    ",
    }
  `);
});

test('a run that is proven ends with its proof; two runs have two summaries', async () => {
  const proof: readonly EventBody[] = [
    ...run,
    { type: 'proof', name: 'nodes', ok: true, says: 'Ready', seconds: 1 },
    { type: 'proof-ended', ok: true, seconds: 1 },
  ];
  const { out } = await told('lines', [...proof, ...run]);
  expect(out.match(/^done: 1 step on 1 host/gm)).toHaveLength(2);
  expect(out.indexOf('proven: nodes')).toBeLessThan(out.indexOf('done: 1 step'));
});

test('a run that is asked to stop says so, and goes on to its end', async () => {
  const { out, err } = await told('lines', [
    ...run.slice(0, 1),
    { type: 'stopping', command: 'kw up' },
    ...run.slice(1),
  ]);
  expect(err).toBe('\nstopping after the current actions; once more to stop at once (kw up goes on from here)\n');
  expect(out).toContain('done: 1 step');
});

test('a program gets every event, one JSON object per line, and nothing beside them', async () => {
  const { out, err } = await told('json');
  const events = out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { type: string; plan: unknown });
  expect([events.map(event => event.type), err]).toEqual([story.map(event => event.type), '']);
  expect(events.find(event => event.type === 'plan')?.plan).toMatchObject({ kind: 'Plan', examined: 2, steps: [] });
});

test('beside a result that the command prints, only what is aside is said', async () => {
  const { out, err } = await told('words', story.slice(0, 9));
  expect(out).toBe('');
  expect(err).toContain('fetching etcd\n');
});

test('on a terminal each run ends with its summary, and no word stands inside a drawing', async () => {
  const { out, err } = await told('terminal');
  expect(out.match(/done: 1 step on 1 host/g)).toHaveLength(1);
  expect(out.indexOf('therapy: mend it')).toBeLessThan(out.indexOf('done: 1 step'));
  expect(err).toContain('not yet: b\n');
  expect(err).not.toContain('in the run');
});

test('under a question that a person has not answered nothing is written; what came meanwhile is told after it', async () => {
  const said: string[] = [];
  const write = (text: string) => said.push(text) > 0;
  const stream = { write } as unknown as NodeJS.WriteStream;
  const options = { color: false, errorColor: false, unicode: true, now: () => 0 };
  const drawn = view({ format: 'lines', out: stream, err: stream, ...options });
  const tell = (...bodies: readonly EventBody[]) => {
    for (const event of stamped(bodies.map((body, at) => [at, body] as const))) drawn.event(event);
  };
  const lost: EventBody = { type: 'failure', failure: { class: 'unreachable', host: 'b', message: 'no route' } };
  const questions: readonly (readonly [readonly EventBody[], EventBody])[] = [
    [[{ type: 'consent-needed', risk: 'restart', says: 'Go on?' }], { type: 'consent-refused', risk: 'restart' }],
    [
      [
        { type: 'host-key', host: 'a', fingerprint: 'x' },
        { type: 'host-key', host: 'c', fingerprint: 'y' },
      ],
      { type: 'host-key', host: 'a', fingerprint: 'x', trusted: true },
    ],
    [
      [{ type: 'sudo-password', user: 'ops', hosts: ['a'] }],
      { type: 'sudo-password', user: 'ops', hosts: ['a'], given: true },
    ],
  ];
  for (const [asked, answered] of questions) {
    tell(...asked);
    said.length = 0;
    tell(lost);
    expect(said).toEqual([]);
    tell(answered);
    expect(said.join('')).toContain('b: unreachable: no route');
  }
  drawn.end();
});

test('whoever declines a part alone is not told that nothing was done', async () => {
  const { err } = await told('lines', [{ type: 'consent-refused', risk: 'restart', goesOn: true }]);
  expect(err).toBe('');
});
