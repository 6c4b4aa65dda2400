/** Completion as a real shell does it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { script } from '../../src/cli/completion/script.js';
import { tree } from '../../src/cli/completion/tree.js';
import { program } from '../../src/cli/program.js';

const places = tree(program('0', { writeOut: () => undefined, writeErr: () => undefined }, () => undefined));
const dir = mkdtempSync(join(tmpdir(), 'kw-completion-'));
writeFileSync(
  join(dir, 'cluster.yaml'),
  'name: demo\nhosts:\n  - {name: "front-1", address: 10.0.0.1}\n  - name: back-1\n    address: ' +
    '10.0.0.2\nendpoint:\n  address: 10.0.0.3\n',
);
writeFileSync(join(dir, 'kw.bash'), script('bash', places));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** What bash offers for the last word. */
const offers = (...words: readonly string[]): readonly string[] => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: bash reads it
  const ask = '. ./kw.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kw; printf "%s\\n" "${COMPREPLY[@]}"';
  return execFileSync('bash', ['--norc', '-c', ask, 'bash', ...words], {
    cwd: dir,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: dir },
  })
    .split('\n')
    .filter(Boolean);
};

describe('bash', () => {
  test('commands', () => expect(offers('kw', 'st')).toEqual(['status']));
  test('commands below a command', () => expect(offers('kw', 'lab', 's')).toEqual(['status', 'ssh']));
  test('options', () => expect(offers('kw', 'up', '--y')).toEqual(['--yes', '--yes-i-mean']));
  test('stages', () => expect(offers('kw', 'up', '--until', '')).toEqual(['etcd', 'control-plane', 'nodes', 'addons']));
  test('files', () => expect(offers('kw', 'plan', '-f', 'clu')).toEqual(['cluster.yaml']));
  test('hosts of the cluster file', () => expect(offers('kw', 'lab', 'ssh', 'b')).toEqual(['back-1']));
  test('shells', () => expect(offers('kw', 'completion', '')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish'])));
});

test('zsh and fish get every word that bash gets', () => {
  const words = places.flatMap(place => [...place.commands, ...place.flags].map(each => each.word));
  expect(words.length).toBeGreaterThan(40);
  for (const word of words) {
    expect(script('zsh', places)).toContain(`${word}:`);
    expect(script('fish', places)).toContain(word.startsWith('--') ? `-l ${word.slice(2)}` : word.replace(/^-/, ''));
  }
});
