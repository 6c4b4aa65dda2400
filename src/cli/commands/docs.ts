/** `kw docs [PAGE]`: the pages of the manual, which stand in docs/ beside the program. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout } from '../../artifacts/checkout.js';
import { mistaken } from '../../workflow/mistaken.js';
import { table } from '../view/table.js';

const schema = 'cluster.schema.json';

export async function run({ page }: { readonly page?: string }): Promise<number> {
  const folder = join(checkout(), 'docs');
  const pages = (await readdir(folder)).filter(name => name.endsWith('.md')).sort();
  const text =
    page === undefined ? await list(folder, pages) : await readFile(join(folder, fileOf(page, pages)), 'utf8');
  process.stdout.write(text);
  return 0;
}

const list = async (folder: string, pages: readonly string[]): Promise<string> => {
  const rows = pages.map(async name => [bare(name), titleOf(await readFile(join(folder, name), 'utf8'))]);
  return table(['page', 'about'], [...(await Promise.all(rows)), [schema, 'The cluster file, for editors']]);
};

const bare = (name: string): string => name.replace(/\.md$/, '');

const titleOf = (text: string): string => /^# (.*)$/m.exec(text)?.[1] ?? '';

/** Only a name of the list becomes a path. */
const fileOf = (page: string, pages: readonly string[]): string => {
  const wanted = bare(page.replace(/^docs\//, ''));
  const found = [...pages, schema].find(name => bare(name) === wanted);
  if (found !== undefined) return found;
  throw mistaken('no-such-page', `there is no page ${page}`, `pages: ${[...pages.map(bare), schema].join(', ')}`);
};
