/** In a template `sh` a value is quoted as a word: between quotes of the template its own quotes would be text. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

/** Numbers and names of variables need no quotes, and so have none. */
const bare: Readonly<Record<string, readonly string[]>> = {
  'blueprint/components/etcd.ts': ['others.length'],
  'blueprint/restore/steps.ts': ['bump', 'keys'],
  'engine/script/build.ts': ['each', 'payloadName(index, at, part)'],
};

/** `'`, `"` and `(` that are open, the last one within the others: within `$(` a shell reads words anew. */
type Open = readonly string[];

const next = (text: string, at: number, open: Open): { readonly open: Open; readonly length: number } => {
  const [char = '', following = ''] = [text[at], text[at + 1]];
  const last = open.at(-1);
  const within = (more: Open, length = 1) => ({ open: more, length });
  if (last === "'") return within(char === "'" ? open.slice(0, -1) : open);
  if (char === '\\') return within(open, 2);
  if (char === '$' && following === '(') return within([...open, '('], 2);
  if (last === '"') return within(char === '"' ? open.slice(0, -1) : open);
  if (char === '"' || char === "'" || char === '(') return within([...open, char]);
  if (char === ')' && last === '(') return within(open.slice(0, -1));
  const comment =
    char === '#' && (at === 0 || /[\s;(]/.test(text[at - 1] ?? '')) ? /^[^\n]*/.exec(text.slice(at)) : null;
  return within(open, comment?.[0].length ?? 1);
};

const after = (text: string, before: Open): Open => {
  let [open, at] = [before, 0];
  while (at < text.length) {
    const step = next(text, at, open);
    [open, at] = [step.open, at + step.length];
  }
  return open;
};

/** Values that stand between quotes; a script that is taken as shell text may. */
const quoted = (path: string, text: string): readonly string[] => {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (
      ts.isTaggedTemplateExpression(node) &&
      node.tag.getText(file) === 'sh' &&
      ts.isTemplateExpression(node.template)
    ) {
      let open = after(node.template.head.text, []);
      for (const { expression, literal } of node.template.templateSpans) {
        const value = expression.getText(file);
        if (/["']/.test(open.at(-1) ?? '') && !value.startsWith('raw(') && !bare[path]?.includes(value))
          found.push(`${path}: ${value}`);
        open = after(literal.text, open);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
};

test('no value stands between quotes', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
    path => path.endsWith('.ts') && !path.startsWith('lab/'),
  );
  expect(files.length).toBeGreaterThan(500);
  expect(files.flatMap(path => quoted(path, readFileSync(join('src', path), 'utf8')))).toEqual([]);
});

test.each([
  'sh`echo "${name}"`',
  "sh`echo '${name}'`",
  'sh`echo "$(cat x) ${name}"`',
  'sh`a "b" "c ${name}"`',
  "sh`# it is\necho '${name}'`",
])('one that does is seen: %s', line => {
  expect(quoted('planted.ts', line)).toEqual(['planted.ts: name']);
});

test.each([
  'sh`echo ${name}`',
  'sh`echo "a" ${name} "b"`',
  'sh`echo "$(cat ${name})"`',
  'sh`echo "${raw(script)}"`',
  "sh`# it's\necho ${name}`",
])('and one that does not is not: %s', line => {
  expect(quoted('fine.ts', line)).toEqual([]);
});
