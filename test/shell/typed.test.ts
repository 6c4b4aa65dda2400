/**
 * Scripts for hosts come from the template alone: a raw string is refused by the compiler, and nobody talks it round.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { quote, raw, type Script, scripts, sh } from '../../src/shell/sh.js';

const takes = (script: Script): string => script;

test('what the template and its like make is a script; a string is none', () => {
  const output = 'x; reboot';
  expect(takes(sh`echo ${output}`)).toBe("echo 'x; reboot'");
  expect(takes(quote(output))).toBe("'x; reboot'");
  expect(takes(scripts([sh`a`, sh`b`], ' && '))).toBe('a && b');
  // @ts-expect-error a literal
  takes('true');
  // @ts-expect-error a template without the tag
  takes(`echo ${output}`);
  // @ts-expect-error what became of a script is a string again
  takes(sh`true`.replace('true', output));
  // @ts-expect-error shell text is taken from a script alone
  raw(output);
  // @ts-expect-error nor does a list of strings become one
  scripts([output]);
});

/** Lines that call a value a script by a cast. */
const casts = (files: readonly { readonly path: string; readonly text: string }[]): readonly string[] =>
  files.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, at) =>
        /\bas (unknown as )?(readonly )?Script\b|<Script>/.test(line) ? [`${path}:${at + 1}`] : [],
      ),
  );

const sources = (): { readonly path: string; readonly text: string }[] =>
  readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.ts'))
    .map(path => ({ path, text: readFileSync(join('src', path), 'utf8') }));

test('no cast makes a script outside of src/shell', () => {
  const all = sources();
  expect(all.length).toBeGreaterThan(500);
  expect(casts(all).filter(place => !place.startsWith('shell/'))).toEqual([]);
});

test('the gate sees a cast that was planted', () => {
  expect(casts(sources()).some(place => place.startsWith('shell/sh.ts:'))).toBe(true);
  expect(casts([{ path: 'planted.ts', text: 'run(\n  text as Script,\n  list as readonly Script[])' }])).toEqual([
    'planted.ts:2',
    'planted.ts:3',
  ]);
});
