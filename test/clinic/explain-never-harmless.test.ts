/** An illness is never called harmless, by whatever carrier its text comes, and however low the level that it is given. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cases } from '../../src/clinic/cases/index.js';
import { answer } from '../../src/clinic/explain/answer.js';
import { anyText, errorLine, oneLine } from './carriers.js';

interface Line {
  readonly as?: string;
  readonly is?: readonly string[];
  readonly kind?: string;
  readonly text?: string;
}

const folder = new URL('../corpus/texts/', import.meta.url);
const ill = (kind = ''): boolean => kind === 'case' || kind === 'record';
const texts = readdirSync(folder)
  .filter(name => name.endsWith('.jsonl'))
  .flatMap(name => readFileSync(new URL(name, folder), 'utf8').trim().split('\n'))
  .map(line => JSON.parse(line) as Line)
  .flatMap(({ as, is, kind, text }) => [...(ill(as) ? (is ?? []) : []), ...(ill(kind) && text ? [text] : [])]);

const calledHarmless = (all: readonly string[], coat: (text: string) => string): readonly string[] =>
  all.filter(text => {
    const { outside, candidates } = answer(coat(text), cases);
    return candidates.length === 0 && outside?.[0]?.kind === 'harmless';
  });

test('there are texts to ask of', () => {
  expect(texts.length).toBeGreaterThan(350);
});

test.each(Object.entries(anyText))('%s', (_, coat) => {
  expect(calledHarmless(texts, coat)).toEqual([]);
});

const single = texts.filter(text => !text.includes('\n'));
test.each(Object.entries({ ...oneLine, ...errorLine }))('%s', (_, coat) => {
  expect(calledHarmless(single, coat)).toEqual([]);
});

/** Short, late, lost or thrown out is no information, whatever its level. */
test.each([
  'applying the entries took too long, expected less than 100ms',
  'the request will be ignored: not a member of this cluster any more, its packets are dropped',
  'lost the connection to the leader, skipping this round',
  'pod evicted: the node runs short of memory',
  'ignoring request of peer m2: its cluster is another one',
  'the certificate is ignored: it has expired',
  'ignoring endpoint 10.0.0.9:6443: no answer',
  'rpc.statd is not running but is required',
  'both secrets do not match, ignoring',
  'the member never answers, skipping it',
  'ImageFsInfo failed: failed to get imageFs info: no such device',
  'failed version compatibility check',
  'compact revision from follower must be less than or equal to leader’s',
  'plugin/auto: Parse zone example.org.: dns: not a TTL: "IN" at line: 3:12',
  'Image verifier blocked pull of docker.io/library/a:1 ok=false reason="signature not found"',
  'kern: err: XFS (nvme0n1p4): metadata read failed, error -117',
  'failed to load the key: permission denied',
  'could not reach 10.0.0.9:2379: no answer',
  'Failed to get RecentStats: read /var/lib/containerd/a: input/output error',
])('is no information: %s', text => {
  for (const coat of [anyText, oneLine, errorLine].flatMap(one => Object.values(one)))
    expect(answer(coat(text), cases).outside?.filter(one => one.kind === 'harmless') ?? []).toEqual([]);
});
