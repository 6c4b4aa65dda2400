/** `kw docs [PAGE]`: the pages of the manual, which travel with the program. */
import { programFile, programFiles } from '../../artifacts/program-files.js';
import { mistaken } from '../../workflow/mistaken.js';
import { table } from '../view/table.js';

/** What is no Markdown has no title of its own. */
const titles: Readonly<Record<string, string>> = {
  'docs/cluster.schema.json': 'The cluster file, for editors',
  'docs/clinic.jsonl': 'What the clinic’s table is made of',
  'docs/conformance.jsonl': 'What the table of conformance tests is made of',
  'man/kw.1': 'The page for man: kw docs kw.1 | man -l -',
};

export async function run({ page }: { readonly page?: string }): Promise<number> {
  const paths = await pages();
  const text = page === undefined ? await list(paths) : await programFile(pathOf(page, paths));
  process.stdout.write(text ?? '');
  return 0;
}

const pages = async (): Promise<readonly string[]> => [
  'README.md',
  ...(await programFiles('docs')).filter(path => path.endsWith('.md') || Object.hasOwn(titles, path)),
  ...(await programFiles('man')),
];

const list = async (paths: readonly string[]): Promise<string> =>
  table(
    ['page', 'about'],
    await Promise.all(paths.map(async path => [bare(path), titles[path] ?? titleOf((await programFile(path)) ?? '')])),
    process.stdout.columns,
  );

const bare = (path: string): string => path.replace(/^(docs|man)\//, '').replace(/\.md$/, '');

const titleOf = (text: string): string => /^# (.*)$/m.exec(text)?.[1] ?? '';

/** Only a name of the list becomes a path. */
const pathOf = (page: string, paths: readonly string[]): string => {
  const wanted = bare(page);
  const found = paths.find(path => bare(path) === wanted);
  if (found !== undefined) return found;
  const top = paths.map(bare).filter(name => !name.includes('/'));
  throw mistaken('no-such-page', `there is no page ${page}`, `pages: ${top.join(', ')}`);
};
