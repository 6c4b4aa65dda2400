/**
 * A kind carries what others must know of it (`Kind` in src/model/resource.ts): no file of the engine names one, and of
 * the plan and the stories those of the list below alone.
 */
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

test('no file of the engine names a kind', () => {
  const files = readdirSync('src/engine', { recursive: true, encoding: 'utf8' }).filter(path => path.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(50);
  expect(files.flatMap(path => naming(path, readFileSync(join('src/engine', path), 'utf8')))).toEqual([]);
});

const thing = 'it looks for one thing, by its kind and its key';
const trace = 'traces on a host name the things of each kind in a way of their own';
const turn = 'what has a turn of its own, and what waits for one';
const words = 'what the API has of an object is told in its own words';

/** Who names a kind in the plan and in the stories, how often, and why. */
const excused: Readonly<Record<string, readonly [times: number, why: string]>> = {
  'src/plan/change-text.ts': [1, words],
  'src/plan/disruption.ts': [7, turn],
  'src/plan/unenforced.ts': [1, thing],
  'src/plan/wave.ts': [2, turn],
  'src/plan/drain/turns.ts': [1, turn],
  'src/plan/drift/author.ts': [4, trace],
  'src/plan/drift/commands.ts': [5, trace],
  'src/plan/drift/compare.ts': [2, trace],
  'src/workflow/build/drains.ts': [1, thing],
  'src/workflow/build/endpoint-free.ts': [1, thing],
  'src/workflow/build/tell-cordoned.ts': [1, thing],
  'src/workflow/build/version-change.ts': [1, thing],
  'src/workflow/drift/traces.ts': [2, trace],
};

test('of the plan and the stories those name a kind that have a reason, and the list has no row too many', () => {
  const found = ['src/plan', 'src/workflow'].flatMap(folder =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(path => path.endsWith('.ts') && !path.endsWith('.test.ts'))
      .map(path => join(folder, path))
      .map(path => [path, naming(path, readFileSync(path, 'utf8')).length] as const)
      .filter(([, times]) => times > 0),
  );
  expect(Object.fromEntries(found)).toEqual(
    Object.fromEntries(Object.entries(excused).map(([path, [times]]) => [path, times])),
  );
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
