/** Real examples out of the repository: fixtures, and the texts that tests of readers hold. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import ts from 'typescript';

const root = new URL('../../../', import.meta.url);

export const fileTexts = (folder: string, ending: RegExp): readonly string[] =>
  readdirSync(new URL(`${folder}/`, root))
    .filter(name => ending.test(name) && statSync(new URL(`${folder}/${name}`, root)).isFile())
    .sort()
    .map(name => readFileSync(new URL(`${folder}/${name}`, root), 'utf8'));

export const fileText = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** Every string of the tests in a folder that is long enough to be an answer: a new reader's test brings its own. */
export const stringsOfTests = (folder: string, least = 12): readonly string[] => {
  if (!existsSync(new URL(`${folder}/`, root))) return [];
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node)) {
      if (node.text.length >= least && !node.text.startsWith('.')) found.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  for (const text of fileTexts(folder, /\.test\.ts$/)) visit(ts.createSourceFile('x.ts', text, ts.ScriptTarget.ES2022));
  return [...found];
};
