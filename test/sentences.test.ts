/**
 * Sentences are for people: no code decides by reading one of ours. What others say of themselves (a library's error
 * that has no code, an Event of Kubernetes) is evidence, and stands in the list below with its reason.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { nodesOf } from './nodes.js';

/** Fields, and values of the same name, that hold sentences. */
const sentences = new Set([
  'says',
  'message',
  'why',
  'because',
  'missing',
  'help',
  'refused',
  'reason',
  'title',
  'means',
]);
const readers = new Set(['includes', 'startsWith', 'endsWith', 'indexOf', 'match', 'matchAll', 'search', 'split']);
const transparent = new Set(['trim', 'toLowerCase', 'slice', 'replace', 'replaceAll']);

const kubernetes = 'the message of an Event or a condition of Kubernetes, which has no other field for it';
const library = 'an error of a library without a code';

/** Who reads a sentence of others, how often, and why. */
const evidence: Readonly<Record<string, readonly [times: number, why: string]>> = {
  'clinic/cases/control-plane/probe-misses-its-target/answered.ts': [6, kubernetes],
  'clinic/cases/control-plane/probe-misses-its-target/workloads.ts': [1, kubernetes],
  'clinic/cases/network/node-not-ready-cni/case.ts': [1, kubernetes],
  'clinic/cases/pki/name-missing-in-certificate/case.ts': [1, 'a list of names that are missing'],
  'clinic/cases/workload/namespace-terminating-apiservice/case.ts': [1, kubernetes],
  'clinic/examine/unexplained/starts.ts': [2, kubernetes],
  'engine/gather/probe.ts': [3, library],
  'engine/prove/cni.ts': [1, kubernetes],
  'facts/traces/logins.ts': [1, 'a line of sudo in the journal: it has no field for who, and what'],
  'facts/traffic/send.ts': [1, 'what a shell says when it cannot connect'],
  'kube/failures.ts': [1, 'the API’s own words: its Status has no field for the user that it turns away'],
  'transport/ssh/keys.ts': [1, library],
  'transport/ssh/ssh2.ts': [5, library],
  'workflow/build/lost.ts': [1, 'the address is left out of what is shown of several hosts together'],
};

const isSentence = (node: ts.Node | undefined): boolean => {
  if (node === undefined) return false;
  if (ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node) || ts.isAsExpression(node))
    return isSentence(node.expression);
  if (ts.isBinaryExpression(node)) return isSentence(node.left);
  if (ts.isCallExpression(node)) {
    const { expression: called, arguments: given } = node;
    if (ts.isIdentifier(called)) return called.text === 'String' && isSentence(given[0]);
    return ts.isPropertyAccessExpression(called) && transparent.has(called.name.text) && isSentence(called.expression);
  }
  if (ts.isIdentifier(node)) return sentences.has(node.text);
  return ts.isPropertyAccessExpression(node) && sentences.has(node.name.text);
};

const isText = (node: ts.Node): boolean =>
  ts.isTemplateExpression(node) || (ts.isStringLiteralLike(node) && / /.test(node.text));

const reads = (node: ts.Node): boolean => {
  if (ts.isBinaryExpression(node)) {
    const { left, right, operatorToken } = node;
    const compares = /^[!=]==$/.test(operatorToken.getText());
    return compares && ((isSentence(left) && isText(right)) || (isText(left) && isSentence(right)));
  }
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  const { expression: of, name } = node.expression;
  const [given] = node.arguments;
  if (name.text === 'test' || name.text === 'exec') return isSentence(given);
  // Its first line, to be shown.
  if (name.text === 'split' && given !== undefined && ts.isStringLiteral(given) && given.text === '\n') return false;
  return readers.has(name.text) && isSentence(of);
};

const readings = (path: string, text: string): readonly string[] => nodesOf(path, text, reads);

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(path => path.endsWith('.ts'));

describe('a sentence', () => {
  test('is read by nobody, but where others say what they have no field for', () => {
    expect(sources.length).toBeGreaterThan(500);
    const found = sources.flatMap(path => {
      const all = readings(path, readFileSync(join('src', path), 'utf8'));
      return all.length > (evidence[path]?.[0] ?? 0) ? all : [];
    });
    expect(found).toEqual([]);
  });

  test('the list has no row too many', () => {
    const counts = Object.keys(evidence).map(path => [
      path,
      readings(path, readFileSync(join('src', path), 'utf8')).length,
    ]);
    expect(Object.fromEntries(counts)).toEqual(
      Object.fromEntries(Object.entries(evidence).map(([path, [times]]) => [path, times])),
    );
  });

  test.each([
    "told.some(({ says }) => says.startsWith('network'))",
    '/: 410 /.test((error as Error).message)',
    "finding.says.includes('years old')",
    "const years = /\\d+/.exec(finding.says ?? '')",
    "const [host] = problem.message.split(' on ')",
    "if (missing === 'no answer within 5 s') again()",
    'if (String(failure.message).toLowerCase().match(/timeout/)) again()',
  ])('that is read is seen: %s', line => {
    expect(readings('planted.ts', line)).toHaveLength(1);
  });

  test.each([
    "if (verdict.because === 'differ') return",
    "const [first] = error.message.split('\\n')",
    "if (one.kind === 'timeout') again()",
    "const all = [one.says, one.why].join(': ')",
  ])('and who reads none is not accused: %s', line => {
    expect(readings('planted.ts', line)).toEqual([]);
  });
});
