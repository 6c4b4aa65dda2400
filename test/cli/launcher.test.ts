/** `./kw` itself, with an npm that answers as it is told: what is not pinned is not started. */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kw-start-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const packages = (entries: Readonly<Record<string, unknown>>): string => JSON.stringify({ packages: entries });
const pinned = { 'node_modules/a': { version: '1.2.3', integrity: 'sha512-AAAA' } };

/** @param installed what `npm install` leaves; `npm ci` fails with `code`. */
const start = (installed: Readonly<Record<string, unknown>>, code = 'EUSAGE', env: Record<string, string> = {}) => {
  copyFileSync(resolve('kw'), join(root, 'kw'));
  for (const folder of ['bin', 'src']) mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'package.json'), '{}');
  writeFileSync(join(root, 'package-lock.json'), packages({ '': {}, ...pinned }));
  writeFileSync(join(root, 'installed'), packages(installed));
  writeFileSync(join(root, 'build.mjs'), `import { writeFileSync } from 'node:fs';\n${build}\n`);
  const npm = join(root, 'bin', 'npm');
  writeFileSync(
    npm,
    `#!/bin/sh\necho "$1" >>calls\ncase $1 in\nci) echo "npm error code ${code}"; exit 1;;\n${install}`,
    {
      mode: 0o755,
    },
  );
  const done = spawnSync('sh', [join(root, 'kw')], {
    encoding: 'utf8',
    env: { PATH: `${join(root, 'bin')}:${process.env.PATH}`, ...env },
  });
  return { ...done, calls: readFileSync(join(root, 'calls'), 'utf8').trim().split('\n') };
};
const build = "writeFileSync('dist/kw.js', 'console.log(\"started\")');";
const install = 'install) mkdir -p node_modules; cp installed node_modules/.package-lock.json;;\nesac\n';

test('what npm install took is what the lock file pins: it is said, and starts', () => {
  const { status, stdout, stderr, calls } = start(pinned);
  expect([status, stdout, calls]).toEqual([0, 'started\n', ['ci', 'install']]);
  expect(stderr).toContain('npm ci refuses the lock file');
});

test.each([
  ['another version', { 'node_modules/a': { version: '1.2.4', integrity: 'sha512-AAAA' } }],
  ['another digest', { 'node_modules/a': { version: '1.2.3', integrity: 'sha512-BBBB' } }],
  ['no digest', { 'node_modules/a': { version: '1.2.3' } }],
  [
    'a package that is not in the lock file',
    { ...pinned, 'node_modules/b': { version: '1.0.0', integrity: 'sha512-C' } },
  ],
])('%s is never started, this time and the next', (_, installed) => {
  for (const _attempt of [1, 2]) {
    const { status, stdout, stderr } = start(installed);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/not what package-lock\.json pins: node_modules\/[ab]/);
    expect(existsSync(join(root, 'node_modules'))).toBe(false);
  }
});

test.each([
  ['npm ci fails of another cause', 'E401', {}],
  ['a strict install is asked for', 'EUSAGE', { KW_STRICT_INSTALL: '1' }],
])('%s: npm install is not tried', (_, code, env) => {
  const { status, stdout, calls } = start(pinned, code, env);
  expect([status, stdout, calls]).toEqual([1, '', ['ci']]);
});

test('node_modules that are linked from another folder are left as they are, and this one gets its own', () => {
  const other = join(root, 'other');
  mkdirSync(other);
  writeFileSync(join(other, '.package-lock.json'), 'of the other');
  symlinkSync(other, join(root, 'node_modules'));
  // The link's target is older than the lock file of this folder, as in a fresh checkout.
  utimesSync(join(other, '.package-lock.json'), 1, 1);
  expect(start(pinned).stdout).toBe('started\n');
  expect(readFileSync(join(other, '.package-lock.json'), 'utf8')).toBe('of the other');
  expect(lstatSync(join(root, 'node_modules')).isSymbolicLink()).toBe(false);
});
