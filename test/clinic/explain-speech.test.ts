/**
 * What people say in their own words, without a line of a log: `speech.jsonl` has the words in which forum posts tell of
 * an illness. Cases declare the things and happenings that come together in them.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cases } from '../../src/clinic/cases/index.js';
import { answer } from '../../src/clinic/explain/answer.js';
import { notionsIn, speechIn } from '../../src/clinic/explain/speech/speech.js';

interface Text {
  readonly expect: string;
  readonly text: string;
}

const file = new URL('../corpus/texts/speech.jsonl', import.meta.url);
const texts = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Text);
const named = (text: string): readonly string[] => answer(text, cases).candidates.map(one => one.case);

describe('speech', () => {
  test('the case that is told of stands first', () => {
    const wrong = texts.filter(({ text, expect: wanted }) => named(text)[0] !== wanted).map(({ text }) => text);
    expect(wrong.length <= 0.05 * texts.length ? [] : wrong).toEqual([]);
  });

  test('and is among the first three', () => {
    const wrong = texts.filter(({ text, expect: wanted }) => !named(text).slice(0, 3).includes(wanted));
    expect(wrong.length <= 0.04 * texts.length ? [] : wrong).toEqual([]);
  });

  test('is never called harmless', () => {
    const harmless = texts.filter(({ text }) => answer(text, cases).outside?.some(one => one.kind === 'harmless'));
    expect(harmless).toEqual([]);
  });

  test.each([
    ['a mail, between words', (text: string) => text.replace(/(.{40,60}) /g, '$1\n')],
    ['a terminal, inside of words', (text: string) => text.replace(/(.{80})/g, '$1\n')],
  ])('means the same broken by %s', (_, by) => {
    const other = texts.filter(({ text }) => named(by(text))[0] !== named(text)[0]).map(({ text }) => text);
    expect(other.length <= 0.03 * texts.length ? [] : other).toEqual([]);
  });

  test('is told of by each case in words that one of these texts has', () => {
    const told = cases.filter(one => one.told !== undefined);
    expect(told.length).toBeGreaterThan(80);
    const met = new Set(texts.map(one => one.expect));
    expect(told.map(one => one.id).filter(id => !met.has(id))).toEqual([]);
  });
});

/** Of the same things, and no illness of a cluster. */
test.each([
  'How do I expose my deployment with an ingress and a LoadBalancer service?',
  'My application throws a NullPointerException when the database is not configured',
  'The pod restarts because my app exits with code 1 after reading its config',
  'What is the difference between a Deployment and a StatefulSet in kubernetes?',
  'Pod stays Pending because it asks for 64Gi of memory and my nodes have 16',
  'helm upgrade takes a long time, is there a way to see progress?',
  "The image can't be pulled because I mistyped the name of the tag",
  'the developers of our shop changed the address of the customer and now the order service returns 500',
  "My python job in the cluster writes a file to /tmp and it's gone after restart",
  'We plan to upgrade from 1.29 to 1.30 next week, any hints?',
  'is it possible to run two schedulers in a cluster?',
  'nginx returns 413 Request Entity Too Large for uploads of large files',
  'Grafana dashboards show no data since we changed the password of the datasource',
  'a user forgot the password of the web shop running in kubernetes',
  'cron job runs at the wrong hour because the container uses UTC',
  'The namespace of the XML document is wrong and the parser rejects it',
  "our CI can't clone the repository because the deploy token has been revoked",
  "the java service logs too many requests and the disk of the developer's laptop is full",
])('names no illness: %s', text => {
  expect(named(text)).toEqual([]);
});

test.each([
  'E1130 06:41:12.204518    1017 server.go:1] the clock of the node is behind',
  'time="2026-11-30T06:41:12Z" level=error msg="the disk of the node is full and swap is on"',
  '{"level":"warn","msg":"the clock is behind the others"}',
  'Error from server: the swap of the node is on',
  'Nov 30 06:41:12 m1 kubelet[7]: the certificate of the kubelet has expired',
])('is no speech: %s', text => {
  expect(speechIn(text)).toBe('');
  expect([...notionsIn(text)]).toEqual([]);
});

test('a document is nobody’s words', () => {
  const page = 'The clock of a node must not be behind the others, or its certificates are not valid yet.\n'.repeat(20);
  expect([...notionsIn(page)]).toEqual([]);
});
