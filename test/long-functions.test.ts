/** A newcomer follows a function that fits on a screen: of those that do not there are only ever fewer. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

/** Lines, from the first of its head to its closing brace. */
const longest = 40;
/** So many may be longer; who splits some makes it less. */
const left = 45;

const linesOf = (file: ts.SourceFile, node: ts.Node): number =>
  file.getLineAndCharacterOfPosition(node.end).line - file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;

/** What a function gives back without a statement, and that holds no function, is a table that reads as data. */
const isTable = (node: ts.Node): boolean => {
  if (!ts.isArrowFunction(node) || ts.isBlock(node.body)) return false;
  let plain = true;
  const visit = (one: ts.Node): void => {
    if (ts.isFunctionLike(one) || ts.isConditionalExpression(one)) plain = false;
    else ts.forEachChild(one, visit);
  };
  visit(node.body);
  return plain;
};

const longIn = (path: string, text: string): readonly string[] => {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body && linesOf(file, node) > longest && !isTable(node))
      found.push(`${path}:${file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1}`);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
};

test(`of functions longer than ${longest} lines there are only so many left`, () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
    path => path.endsWith('.ts') && !path.endsWith('.test.ts'),
  );
  expect(files.length).toBeGreaterThan(500);
  const found = files.flatMap(path => longIn(path, readFileSync(join('src', path), 'utf8')));
  expect(found.length, found.join('\n')).toBeLessThanOrEqual(left);
  expect(found.length).toBeGreaterThan(left / 2);
});

const lines = (count: number, line: string): string => `${line}\n`.repeat(count);

test('a long one is seen, whatever its form, and the one around it', () => {
  expect(longIn('a.ts', `function a() {\n${lines(40, '  b();')}}\n`)).toEqual(['a.ts:1']);
  expect(longIn('a.ts', `const a = () => {\n${lines(40, '  b();')}};\n`)).toEqual(['a.ts:1']);
  expect(longIn('a.ts', `const a = { b() {\n${lines(40, '  c();')}} };\n`)).toEqual(['a.ts:1']);
  expect(longIn('a.ts', `const a = () => [\n${lines(40, '  ...b.map(c => c),')}];\n`)).toEqual(['a.ts:1']);
});

test('a short one is not, nor a table', () => {
  expect(longIn('a.ts', `function a() {\n${lines(38, '  b();')}}\n`)).toEqual([]);
  expect(longIn('a.ts', `const a = (b: string) => [\n${lines(60, '  [b, 1],')}];\n`)).toEqual([]);
});
