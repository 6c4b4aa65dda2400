/** The contributor's first step, followed: a case that scripts/new-case.ts makes passes what every case must pass. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
let copy = '';
const run = (program: string, argv: readonly string[], env: Readonly<Record<string, string>> = {}): string =>
  execFileSync(join(root, 'node_modules/.bin', program), [...argv], {
    cwd: copy,
    encoding: 'utf8',
    stdio: 'pipe',
    env: { ...process.env, ...env },
  });

/** What vitest says of it where not all is well. */
const failed = (argv: readonly string[]): string => {
  try {
    run('vitest', argv, { KW_CASE: 'disk-is-read-only', NO_COLOR: '1' });
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
    return `${stdout}\n${stderr}`;
  }
  throw new Error('nothing failed');
};

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'kw-new-case-'));
  for (const name of [
    'src',
    'test/clinic',
    'test/resources/scripts.ts',
    'test/retried.ts',
    'scripts',
    'package-lock.json',
    'package.json',
    'tsconfig.json',
    'vitest.config.ts',
  ])
    cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

test('it passes the tests that its script names, its page those of all pages, the tables know it; and a law asks for the rest', () => {
  const message = run('tsx', ['scripts/new-case.ts', 'host', 'disk-is-read-only', 'The disk of a host is read-only']);
  const lines = message.split('\n');
  expect(lines).toContain('src/clinic/cases/host/disk-is-read-only/case.ts');
  const [only, ...words] =
    lines
      .find(line => line.includes('KW_CASE='))
      ?.trim()
      .split(' ') ?? [];
  const named = words.filter(word => word.startsWith('test/'));
  expect([only, named.length]).toEqual(['KW_CASE=disk-is-read-only', 3]);
  const output = failed(['run', ...named, 'test/clinic/catalogue.test.ts', 'test/clinic/indexes.test.ts']);
  expect(output).toMatch(/sick-logged\.yaml|passed/);
  // Where each test has a second try, its failure is told twice.
  expect([...new Set([...output.matchAll(/^ *FAIL .*/gm)].map(([line]) => line))]).toEqual([
    expect.stringContaining('write what stands behind TODO'),
  ]);
  for (const file of ['case.ts', 'page.md', 'sick-logged.yaml', 'healthy-other-line.yaml', 'disk-is-read-only.ts'])
    expect(output).toMatch(new RegExp(`\\+.*/${file.replace('.', '\\.')}`));
  expect(() =>
    run('tsx', ['scripts/new-case.ts', 'host', 'disk-is-read-only', 'The disk of a host is read-only']),
  ).toThrow(/is there already/);
});
