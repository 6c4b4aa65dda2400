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

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'kw-new-case-'));
  for (const name of [
    'src',
    'test/clinic',
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

test('it passes the tests of all cases, its page those of all pages, and the tables know it', () => {
  const message = run('tsx', ['scripts/new-case.ts', 'host', 'disk-is-read-only', 'The disk of a host is read-only']);
  expect(message).toContain('src/clinic/cases/host/disk-is-read-only/case.ts');
  const files = ['test/clinic/cases.test.ts', 'test/clinic/catalogue.test.ts', 'test/clinic/indexes.test.ts'];
  const output = run('vitest', ['run', ...files], { KW_CASE: 'disk-is-read-only' });
  expect(output).toMatch(/sick-logged\.yaml|passed/);
  expect(() =>
    run('tsx', ['scripts/new-case.ts', 'host', 'disk-is-read-only', 'The disk of a host is read-only']),
  ).toThrow(/is there already/);
}, 120_000);
