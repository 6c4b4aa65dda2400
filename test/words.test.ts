/** One word per thing, the field's own: names that nobody could guess do not come back into the code. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

/** A word of before, and what is said instead. */
const instead: Readonly<Record<string, string>> = {
  beforehand: 'prefetch',
  deed: 'permission',
  deeds: 'permissions',
  desk: 'control machine',
  doorstep: 'adHocSsh',
  doubted: 'downgraded',
  drawers: 'queues',
  eyes: 'evidence reader',
  foresee: 'predictChanges',
  gravest: 'bySeverity',
  ledger: 'StepTracker',
  lesson: 'check',
  patience: 'timeout',
  patient: 'target',
  residue: 'cleanup, or a kind of its own',
  restless: 'volatileFields',
  said: 'output, or message',
  stranger: 'externalCluster',
  taught: 'checks',
  teach: 'verify',
  uncluster: 'reset',
  unhost: 'teardown',
  wayless: 'noRoute',
};

const wordsOf = (name: string): readonly string[] =>
  (name.match(/[A-Z]?[a-z]+|[A-Z]+/g) ?? []).map(one => one.toLowerCase());

/** What waits for another word of the glossary: a bad cure is to be a harmful fix. */
const waits: readonly string[] = ['BadCureSaid'];

/** Names alone: strings, comments and ids may speak as people do. */
const old = (path: string, text: string): readonly string[] => {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false);
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && !waits.includes(node.text))
      for (const word of wordsOf(node.text)) if (word in instead) found.add(`${path}: ${node.text}: ${instead[word]}`);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return [...found];
};

test('no name in src/ has a word of before', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(path => path.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(500);
  expect(files.flatMap(path => old(path, readFileSync(join('src', path), 'utf8')))).toEqual([]);
});

test.each(['const deskSession = 1;', 'interface Residue {}', 'openEyes(chart);', 'const { patienceMs } = options;'])(
  'one that has is seen: %s',
  line => {
    expect(old('planted.ts', line)).toHaveLength(1);
  },
);

test.each(["const why = 'the desk said so';", 'const saidly = 1; // a residue', 'export const command = 1;'])(
  'and one that has none is not: %s',
  line => {
    expect(old('planted.ts', line)).toEqual([]);
  },
);
