/** The page of a case, which stands in its folder in the checkout. */
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout } from '../artifacts/checkout.js';

export const casePage = (id: string): Promise<string> => {
  const groups = join(checkout(), 'src/clinic/cases');
  const group = readdirSync(groups).find(name => existsSync(join(groups, name, id, 'page.md')));
  if (group === undefined) throw new Error(`no page for the case ${id} below ${groups}`);
  return readFile(join(groups, group, id, 'page.md'), 'utf8');
};
