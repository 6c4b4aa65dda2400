/** `kw docs`: every page that a text of the program names is there, and says what its file says. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { main } from '../../src/cli/run.js';

const root = join(import.meta.dirname, '../..');

const docs = async (...words: readonly string[]) => {
  const told = { out: '', err: '' };
  const out = vi.spyOn(process.stdout, 'write').mockImplementation(text => {
    told.out += String(text);
    return true;
  });
  const writeErr = (text: string): void => {
    told.err += text;
  };
  try {
    const code = await main(['docs', ...words], { writeOut: () => {}, writeErr }, false);
    return { code, ...told };
  } finally {
    out.mockRestore();
  }
};

const pages = readdirSync(join(root, 'docs')).filter(name => /\.(md|schema\.json)$/.test(name));

test('lists every page with its title', async () => {
  const { code, out } = await docs();
  expect(code).toBe(0);
  for (const page of pages) expect(out).toMatch(new RegExp(`^${page.replace(/\.md$/, '')} +\\S`, 'm'));
});

test.each(pages)('prints %s, by its name and by its path', async page => {
  const text = readFileSync(join(root, 'docs', page), 'utf8');
  for (const word of [page.replace(/\.md$/, ''), page, `docs/${page}`])
    expect(await docs(word)).toMatchObject({ code: 0, out: text });
});

test.each(['nothing', '../README', '../../etc/passwd', ''])('%j is no page: it says which there are', async word => {
  const { code, out, err } = await docs(word);
  expect({ code, out }).toEqual({ code: 64, out: '' });
  for (const page of pages) expect(err.replaceAll(/\s+/g, ' ')).toContain(page.replace(/\.md$/, ''));
});

const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(name =>
  /\.ts$/.test(name),
);
const named = sources.flatMap(name =>
  [...readFileSync(join(root, 'src', name), 'utf8').matchAll(/kw docs ([\w.-]*\w)/g)].map(([, page = '']) => page),
);

test('every page that a text of the program names is there', async () => {
  expect(named).toContain('cluster-file');
  for (const page of new Set(named)) expect((await docs(page)).code, page).toBe(0);
});
