/** `kw docs`: every page that a text of the program names is there, and says what its file says. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test, vi } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { commands } from '../../src/cli/commands.js';
import { manPage } from '../../src/cli/man.js';
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

const below = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(name => `${folder}/${name}`);
const paths = ['README.md', ...below('docs'), ...below('man')].filter(path => /\.(md|jsonl?|1)$/.test(path)).sort();
const pages = paths.map(path => path.replace(/^(docs|man)\//, ''));

test('lists every page with its title', async () => {
  const { code, out } = await docs();
  expect(code).toBe(0);
  for (const page of pages) expect(out).toMatch(new RegExp(`^${page.replace(/\.md$/, '')} +\\S`, 'm'));
});

test.each(paths)('prints %s, by its name and by its path', async path => {
  const text = readFileSync(join(root, path), 'utf8');
  const page = path.replace(/^(docs|man)\//, '');
  for (const word of [page.replace(/\.md$/, ''), page, path])
    expect(await docs(word)).toMatchObject({ code: 0, out: text });
});

test.each(['nothing', '../README', '../../etc/passwd', ''])('%j is no page: it says which there are', async word => {
  const { code, out, err } = await docs(word);
  expect({ code, out }).toEqual({ code: 64, out: '' });
  for (const page of pages.filter(one => !one.includes('/')))
    expect(err.replaceAll(/\s+/g, ' ')).toContain(page.replace(/\.md$/, ''));
});

const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(name =>
  /\.ts$/.test(name),
);
const named = sources.flatMap(name =>
  [...readFileSync(join(root, 'src', name), 'utf8').matchAll(/kw docs ([\w.-]*\w)/g)].map(([, page = '']) => page),
);

test('man/kw.1 is what the table of commands says', () => {
  expect(readFileSync(join(root, 'man/kw.1'), 'utf8')).toBe(manPage(manifest.version, commands));
});

/** A link of a page that leads to no page: whoever has no checkout cannot follow it. */
const lost = (path: string, text: string): readonly string[] =>
  [...text.matchAll(/\]\((?![a-z]+:|#)([^)#]+)/g)]
    .map(([, target = '']) => normalize(join(dirname(path), target)))
    .filter(target => !paths.includes(target) && !paths.some(one => one.startsWith(`${target}/`)));

/** What is of a checkout alone: its links may lead anywhere in it. */
const ofSources = ['README.md: AGENTS.md', 'README.md: bench/README.md', 'README.md: docs/run.svg'];

test('every link of a page leads to a page', () => {
  const found = paths.flatMap(path =>
    lost(path, readFileSync(join(root, path), 'utf8')).map(target => `${path}: ${target}`),
  );
  expect(found.filter(one => !ofSources.includes(one))).toEqual([]);
  expect(lost('docs/ssh.md', '[a](gone.md) [b](security.md#x) [c](https://x.y/z) [d](decisions)')).toEqual([
    'docs/gone.md',
  ]);
});

/** Words of a text that only a checkout can follow. Comments and addresses of the web are not meant. */
const ofCheckout = (source: string): readonly string[] =>
  [
    ...source
      .replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
      .matchAll(/[^\n]*(?<![\w.$/*])(?:docs\/[\w-]+\.\w+|\.\/kw )[^\n]*/g),
  ]
    .map(([line]) => line.trim())
    .filter(line => !/https?:\/\//.test(line));

test('no text of the program points to what only a checkout has', () => {
  const found = sources.flatMap(name =>
    ofCheckout(readFileSync(join(root, 'src', name), 'utf8')).map(line => `${name}: ${line}`),
  );
  const known = [
    /^cli\/testing\//,
    /kubespray docs\//,
    /^cli\/commands\/docs\.ts: '(docs|man)\//,
    /^cli\/commands\/init\.ts: .*programFile/,
  ];
  expect(found.filter(one => !known.some(form => form.test(one)))).toEqual([]);
  expect(ofCheckout("help: 'see docs/artifacts.md',\n// docs/lab.md\nsay('sudo ./kw test');")).toHaveLength(2);
});

test('every page that a text of the program names is there', async () => {
  expect(named).toContain('cluster-file');
  for (const page of new Set(named)) expect((await docs(page)).code, page).toBe(0);
});
