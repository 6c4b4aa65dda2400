/**
 * The ladder of the house: no violation in src/, and a planted one of each sort is caught. A gate that sees nothing is
 * green.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { longLines } from './long-lines.js';

const root = resolve(import.meta.dirname, '..');
const longest = 250;
const widest = 120;

interface Verdict {
  readonly modules: number;
  readonly violations: readonly string[];
}

/** dependency-cruiser with the project's own rules on `folder`/src. Its exit code is the number of errors. */
const cruise = (folder: string): Promise<Verdict> =>
  new Promise((done, fail) => {
    const argv = [
      join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs'),
      '--config',
      '.dependency-cruiser.cjs',
      '--output-type',
      'json',
      'src',
    ];
    execFile(process.execPath, argv, { cwd: folder, maxBuffer: 256 * 2 ** 20 }, (error, stdout, stderr) => {
      if (error && stdout === '') return fail(new Error(stderr || error.message));
      const { modules, summary } = JSON.parse(stdout) as {
        modules: unknown[];
        summary: { violations: { from: string; rule: { name: string } }[] };
      };
      return done({
        modules: modules.length,
        violations: summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`),
      });
    });
  });

const sources = async (): Promise<readonly string[]> =>
  (await readdir(join(root, 'src'), { recursive: true }))
    .filter(file => file.endsWith('.ts'))
    .map(file => join('src', file));

const wide = (text: string): number => text.split('\n').filter(line => line.length > widest).length;

describe('src/', () => {
  test('keeps the rules of .dependency-cruiser.cjs', async () => {
    const { modules, violations } = await cruise(root);
    expect(violations).toEqual([]);
    expect(modules).toBeGreaterThan(100);
  });

  test(`has no file of more than ${longest} lines`, async () => {
    const files = await sources();
    expect(files.length).toBeGreaterThan(100);
    const lines = await Promise.all(
      files.map(async file => ({ file, lines: (await readFile(join(root, file), 'utf8')).split('\n').length - 1 })),
    );
    expect(lines.filter(one => one.lines > longest)).toEqual([]);
  });

  test(`has no line of more than ${widest} characters beside those of long-lines.ts`, async () => {
    const counts = await Promise.all(
      (await sources()).map(async file => [file, wide(await readFile(join(root, file), 'utf8'))] as const),
    );
    expect(counts.filter(([file, lines]) => lines > (longLines[file]?.[0] ?? 0))).toEqual([]);
    expect(wide(`${'a'.repeat(widest + 1)}\n${'b'.repeat(widest)}\n`)).toBe(1);
  });
});

/** What only a program that stands before a person may touch: everything else tells, and is told, through ports. */
const surroundings = /\bprocess\.(stdin|stdout|stderr|env|exit)\b|\bconsole\.\w+\(|@clack\/prompts|log-update/;
const faces = ['src/cli/', 'src/server/'];
/** Who reads the environment all the same, and why. */
const excused: Readonly<Record<string, string>> = {
  'src/artifacts/command.ts': 'a program that is started inherits the environment',
  'src/artifacts/go/toolchain.ts': 'so does the Go toolchain',
  'src/lab/world.ts': 'the cache of the lab, where its caller names none',
};
const touching = (file: string, text: string): readonly string[] =>
  faces.some(face => file.startsWith(face)) || file in excused
    ? []
    : text
        .replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, comment => comment.replace(/[^\n]/g, ''))
        .split('\n')
        .flatMap((line, at) => (surroundings.test(line) ? [`${file}:${at + 1}: ${line.trim()}`] : []));

describe('a terminal, the environment and the end of the process', () => {
  test('are touched by the faces of the program alone', async () => {
    const files = await sources();
    const found = await Promise.all(files.map(async file => touching(file, await readFile(join(root, file), 'utf8'))));
    expect(found.flat()).toEqual([]);
    expect(files.filter(file => faces.some(face => file.startsWith(face))).length).toBeGreaterThan(20);
    expect(files.filter(file => file.startsWith('src/workflow/')).length).toBeGreaterThan(20);
  });

  test.each([
    "process.stdout.write('done');",
    'process.stderr.write(says);',
    'const cache = process.env.XDG_CACHE_HOME;',
    'if (failed) process.exit(1);',
    "console.log('done');",
    'const interactive = process.stdin.isTTY;',
  ])('a planted one is caught: %s', line => {
    expect(touching('src/workflow/planted.ts', `/** Tells. */\n${line}\n`)).toHaveLength(1);
    expect(touching('src/cli/planted.ts', line)).toEqual([]);
  });

  test.each([
    "help: 'its console.log in the cache says why',",
    '/** The cache, `defaultCache(process.env)`. */',
    'const { process } = chart; return process.argv;',
  ])('what only looks like one is not: %s', line => {
    expect(touching('src/workflow/planted.ts', line)).toEqual([]);
  });
});

const leaf = 'export const leaf = 1;\n';
const uses = (path: string): string => `import { leaf } from '${path}';\nexport const b = leaf;\n`;
const readsFiles = "import { readFileSync } from 'node:fs';\nexport const b = readFileSync;\n";

/** What is wrong with each planted file; '' where nothing is. */
const planted: Readonly<Record<string, readonly [text: string, rule: string]>> = {
  'src/model/a.ts': [leaf, ''],
  'src/plan/down.ts': [uses('../model/a.js'), ''],
  'src/engine/a.ts': [leaf, ''],
  'src/plan/up.ts': [uses('../engine/a.js'), 'plan-imports-only-from-above'],
  'src/cli/a.ts': ['export type A = 1;\n', ''],
  'src/spec/type-alone.ts': [
    "import type { A } from '../cli/a.js';\nexport const b: A = 1;\n",
    'spec-imports-only-from-above',
  ],
  'src/clinic/cases/etcd/one/case.ts': [leaf, ''],
  'src/clinic/cases/etcd/two/case.ts': [uses('../one/case.js'), 'a-case-imports-no-case'],
  'src/resources/file.ts': [leaf, ''],
  'src/resources/sysctl.ts': [uses('./file.js'), 'a-kind-imports-no-kind'],
  'src/facts/file.ts': [leaf, ''],
  'src/facts/disk.ts': [uses('./file.js'), 'a-fact-imports-no-fact'],
  'src/blueprint/impure.ts': [readsFiles, 'pure-above-the-line'],
  'src/blueprint/impure.test.ts': [readsFiles, ''],
  'src/engine/world.ts': [readsFiles, ''],
  'src/kube/round.ts': [
    "import { there } from './there.js';\nexport const round = (): unknown => there;\n",
    'no-circular',
  ],
  'src/kube/there.ts': ["import { round } from './round.js';\nexport const there = (): unknown => round;\n", ''],
};

describe('a planted violation', () => {
  let copy = '';
  let found: readonly string[] = [];
  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), 'kw-ladder-'));
    for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json'])
      await cp(join(root, file), join(copy, file));
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
    for (const [file, [text]] of Object.entries(planted)) {
      await mkdir(dirname(join(copy, file)), { recursive: true });
      await writeFile(join(copy, file), text);
    }
    found = (await cruise(copy)).violations;
  });
  afterAll(() => rm(copy, { recursive: true, force: true }));

  test.each(Object.entries(planted).filter(([, [, rule]]) => rule !== ''))('is caught: %s', (file, [, rule]) => {
    expect(found).toContain(`${rule}: ${file}`);
  });
  test('and nothing else is', () => {
    expect(found.filter(one => planted[one.split(': ')[1] ?? '']?.[1] === '')).toEqual([]);
  });
});
