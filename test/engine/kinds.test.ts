/** A kind says itself what others must know of it (`Kind` in src/model/resource.ts): whoever plans or acts names none. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { kindsAt } from '../../src/resources/index.js';
import { nodesOf } from '../nodes.js';

const kinds = Object.keys(kindsAt(() => new Date(0)));

const isKind = (node: ts.Node): boolean => /(^|\.)kind$/.test(node.getText());
const isName = (node: ts.Node): boolean => ts.isStringLiteralLike(node) && kinds.includes(node.text);
const isBoth = (one: ts.Node, other: ts.Node): boolean =>
  (isKind(one) && isName(other)) || (isKind(other) && isName(one));

const namesKind = (node: ts.Node): boolean => {
  if (ts.isBinaryExpression(node)) return isBoth(node.left, node.right);
  if (ts.isCaseClause(node)) return isBoth(node.parent.parent.expression, node.expression);
  if (ts.isElementAccessExpression(node))
    return isName(node.argumentExpression) && /kinds/.test(node.expression.getText());
  return (
    ts.isPropertyAccessExpression(node) &&
    /(^|\.)kinds$/.test(node.expression.getText()) &&
    kinds.includes(node.name.text)
  );
};

const naming = (path: string, text: string): readonly string[] => nodesOf(path, text, namesKind);

test.each([
  ['src/engine', 50],
  ['src/plan', 20],
  ['src/workflow', 50],
])('no file of %s names a kind', (folder, least) => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    path => path.endsWith('.ts') && !path.endsWith('.test.ts'),
  );
  expect(files.length).toBeGreaterThan(least);
  expect(files.flatMap(path => naming(path, readFileSync(join(folder, path), 'utf8')))).toEqual([]);
});

test.each([
  "const steps = plan.steps.filter(step => step.kind === 'object');",
  "if (kind !== 'service') return;",
  "switch (step.kind) { case 'file': break; }",
  'const { rollback } = parts.kinds.sysctl;',
  "kinds['staticPod']?.plan(key, want, []);",
])('one that does is seen: %s', line => {
  expect(naming('planted.ts', line)).toHaveLength(1);
});

test('and one that only asks the table is not', () => {
  expect(naming('planted.ts', "kinds[one.kind]?.rollback(key, want); if (way.by === 'object') keep();")).toEqual([]);
});
