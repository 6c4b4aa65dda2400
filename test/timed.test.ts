/**
 * No test fails because a machine is slow: times are bars (`t.bar` in the lab, `bench/`), and what a test bounds is a
 * hang, by a minute at least.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { nodesOf } from './nodes.js';

/** What is called so is a time; `took` and `spent` are of whatever unit. */
const times = /^(seconds|secs|ms|millis|took|elapsed|spent|duration|longest)$/i;
const clocks = new Set(['Date', 'performance']);
const inSeconds = /second|secs|longest|\/ ?1000\b/i;
/** A minute, in the unit that the words name; clocks count milliseconds. */
const aMinute = (time: ts.Node): number => (inSeconds.test(time.getText()) ? 60 : 60_000);

const isTime = (node: ts.Node): boolean => {
  if (ts.isParenthesizedExpression(node)) return isTime(node.expression);
  if (ts.isBinaryExpression(node)) return isTime(node.left) || isTime(node.right);
  if (ts.isIdentifier(node)) return times.test(node.text);
  if (ts.isPropertyAccessExpression(node)) return times.test(node.name.text) || isTime(node.expression);
  if (!ts.isCallExpression(node)) return false;
  const { expression: called } = node;
  if (ts.isIdentifier(called)) return times.test(called.text);
  if (!ts.isPropertyAccessExpression(called)) return false;
  const { expression: of, name } = called;
  return (ts.isIdentifier(of) && clocks.has(of.text) && name.text === 'now') || node.arguments.some(isTime);
};

const isShort = (time: ts.Node, limit: ts.Node | undefined): boolean =>
  limit !== undefined && ts.isNumericLiteral(limit) && Number(limit.text.replaceAll('_', '')) < aMinute(time);

/** `expect(seconds).toBeLessThan(5)`, `assert.ok(seconds < 5)`: its limit is a number, or a name for one. */
const isTimed = (node: ts.Node): boolean => {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
  const { expression: on, name } = node.expression;
  if (/^toBeLessThan/.test(name.text)) {
    const time = ts.isCallExpression(on) ? on.arguments[0] : undefined;
    return time !== undefined && isTime(time) && isShort(time, node.arguments[0]);
  }
  const [first] = node.arguments;
  return (
    ts.isIdentifier(on) &&
    on.text === 'assert' &&
    first !== undefined &&
    ts.isBinaryExpression(first) &&
    [ts.SyntaxKind.LessThanToken, ts.SyntaxKind.LessThanEqualsToken].includes(first.operatorToken.kind) &&
    isTime(first.left)
  );
};

const called = new Set(['test', 'it', 'beforeAll', 'beforeEach', 'afterAll', 'afterEach']);

const calledOf = (node: ts.Expression): string =>
  ts.isIdentifier(node)
    ? node.text
    : ts.isCallExpression(node) || ts.isPropertyAccessExpression(node)
      ? calledOf(node.expression)
      : '';

/** `test('…', () => …, 30_000)`, `{ timeout: 30_000 }`: what ends a test before the minute is over. */
const endsSoon = (node: ts.Node): boolean => {
  if (!ts.isCallExpression(node) || !called.has(calledOf(node.expression))) return false;
  const isSoon = (one: ts.Node): boolean =>
    ts.isNumericLiteral(one)
      ? Number(one.text.replaceAll('_', '')) < 60_000
      : ts.isConditionalExpression(one)
        ? isSoon(one.whenTrue) || isSoon(one.whenFalse)
        : ts.isObjectLiteralExpression(one) &&
          one.properties.some(
            each => ts.isPropertyAssignment(each) && each.name.getText() === 'timeout' && isSoon(each.initializer),
          );
  return node.arguments.some(isSoon);
};

test.each([
  ["test('a', () => run(), 30_000)", true],
  ["test.each(all)('%s', async () => run(), full ? 600_000 : 30_000)", true],
  ["test('a', { timeout: 5000 }, () => run())", true],
  ["test('a', { timeout: 300_000 }, () => connect(5))", false],
  ["test('a', () => expect(few).toBe(30_000))", false],
])('the limit of a test: %s', (text, soon) => {
  expect(nodesOf('planted.ts', text, endsSoon)).toHaveLength(soon ? 1 : 0);
});

test.each([
  ['expect(seconds).toBeLessThan(5)', true],
  ['expect((took - began) / 1000).toBeLessThanOrEqual(2)', true],
  ['expect(performance.now() - began).toBeLessThan(50)', true],
  ['expect(took).toBeLessThan(5000)', true],
  ['expect(Date.now() - began).toBeLessThan(120_000)', false],
  ['assert.ok(seconds < 120, "soon")', true],
  ['assert.ok(Date.now() - began <= 15_000)', true],
  ['assert.ok(Math.max(load.longest.writes, load.longest.reads) <= 10)', true],
  ['expect(seconds).toBeLessThan(bounded)', false],
  ['expect(hosts.length).toBeLessThan(5)', false],
  ['assert.ok(failures <= 10)', false],
])('%s', (text, timed) => {
  expect(nodesOf('planted.ts', text, isTimed)).toHaveLength(timed ? 1 : 0);
});

test('no test has a time to hold', () => {
  const files = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(300);
  expect(
    files.flatMap(file =>
      nodesOf(file, readFileSync(join('test', file), 'utf8'), node => isTimed(node) || endsSoon(node)),
    ),
  ).toEqual([]);
});
