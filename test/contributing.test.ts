/** What the pages for contributors name is there: paths, scripts, commands with their options, words of the code. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CommandSpec } from '../src/cli/command.js';
import { commands } from '../src/cli/commands.js';

const page = 'docs/contributing.md';
const pages = [page, 'AGENTS.md'];

const sources = ['src', 'scripts', 'test'].flatMap(folder =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts') && !file.includes('contributing'))
    .map(file => readFileSync(`${folder}/${file}`, 'utf8')),
);

/** In a path `NAME`, `ID` and the like stand for any: what is above them is there. */
const isThere = (path: string): boolean => {
  const known = path.split(/(?<![A-Za-z])[A-Z]{2,}(?![A-Za-z])/)[0] ?? '';
  return existsSync(known === path || known.endsWith('/') ? known : dirname(known));
};

const named = (all: readonly CommandSpec[], word = ''): CommandSpec | undefined =>
  all.find(({ name }) => name === word);

/** What is wrong with the words behind `kw`. */
const wrongCommand = (words: readonly string[]): readonly string[] => {
  const command = named(commands, words[0]);
  if (!command) return [`no command ${words[0]}`];
  const last = named(command.commands ?? [], words[1]) ?? command;
  const flags = (last.options ?? []).flatMap(option => option.flags.split(/[ ,]+/));
  return words.filter(word => word.startsWith('-') && !flags.includes(word)).map(word => `${last.name} has no ${word}`);
};

const wrongProgram = ([program = '', ...words]: readonly string[]): readonly string[] => [
  ...(existsSync(`node_modules/.bin/${program}`) ? [] : [`no program ${program}`]),
  ...words.filter(word => /^\w+\//.test(word) && !isThere(word)).map(word => `no ${word}`),
];

const wrong = (code: string): readonly string[] => {
  const words = code.split(' ').filter(word => word !== 'sudo' && !/^[A-Z_]+=/.test(word));
  const [first = '', ...rest] = words;
  if (first === 'npx') return wrongProgram(rest);
  if (first === 'kw' || first === './kw') return rest.length === 0 ? [] : wrongCommand(rest);
  if (/^(src|test|scripts|docs|man|bench)\//.test(code)) return isThere(code) ? [] : [`no ${code}`];
  const word = /^(\w{3,})(\(\))?$/.exec(code)?.[1];
  const isCode = word !== undefined && /[a-z]/.test(word);
  return isCode && !sources.some(text => new RegExp(`\\b${word}\\b`).test(text)) ? [`no ${word} in the code`] : [];
};

const codesIn = (text: string): readonly string[] => [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);

describe.each(pages)('%s', name => {
  // Names that nobody shall give are told in one line.
  const codes = codesIn(readFileSync(name, 'utf8').replace(/no `utils`.*$/m, ''));
  test('names only what is there', () => {
    expect(codes.length).toBeGreaterThan(20);
    expect(codes.flatMap(wrong)).toEqual([]);
  });
});

test(`every script is told of in ${pages.join(' or ')}`, () => {
  const text = pages.map(name => readFileSync(name, 'utf8')).join('\n');
  const untold = readdirSync('scripts').filter(name => !text.includes(name));
  // new-case writes the tables itself, and the test that finds them stale names this one.
  expect(untold.filter(name => name !== 'generate-indexes.ts')).toEqual([]);
});

test.each([
  ['test/corpus/cluster-files/bad', 'no test/corpus/cluster-files/bad'],
  ['src/nowhere/NAME.ts', 'no src/nowhere/NAME.ts'],
  ['npx tsx scripts/old-case.ts x', 'no scripts/old-case.ts'],
  ['KW_CASE=ID npx vitest run test/clinic/gone.test.ts -u', 'no test/clinic/gone.test.ts'],
  ['sudo ./kw lab break ID --slowly', 'break has no --slowly'],
  ['kw burn', 'no command burn'],
  ['readTheEyes()', 'no readTheEyes in the code'],
])('%s would be seen', (code, says) => {
  expect(wrong(code)).toEqual([says]);
});
