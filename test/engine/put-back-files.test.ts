/** What is kept, and brought back, file by file: the scripts alone, by the real `sh`. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { restore } from '../../src/engine/put-back/script.js';
import { keep } from '../../src/engine/script/keep.js';
import { put } from '../../src/engine/script/put.js';
import { scripts, sh } from '../../src/shell/sh.js';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kw-files-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const at = (...path: readonly string[]): string => join(root, ...path);
const write = (path: string, text: string, mode = 0o644): string => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode });
  return path;
};
const link = (path: string, to: string): string => {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(to, path);
  return path;
};
const before = (): string => at('home', 'before', 'a.service');

test('a link that a killed run has left where files are copied to is not written through', () => {
  const stored = write(at('home', 'store', 'digest'), 'a program\n');
  link(join(before(), 'new'), stored);
  const file = write(at('etc', 'a.conf'), 'its configuration\n');
  const kept = scripts([sh`kw_home=${at('home')} kw_turn=run-1`, put, keep, sh`kw_keep a.service ${file}`]);
  execFileSync('sh', ['-c', kept]);
  expect(readFileSync(stored, 'utf8')).toBe('a program\n');
  expect(readFileSync(join(before(), 'files', file), 'utf8')).toBe('its configuration\n');
  expect(existsSync(join(before(), 'new'))).toBe(false);
});

/** What a turn has kept of `a.service`, with all of its files still as they were. */
const turn = () => {
  const file = write(at('etc', 'a.conf'), 'one\n');
  const program = link(at('bin', 'a'), write(at('home', 'store', 'digest'), 'a program\n'));
  for (const path of [file, program]) {
    mkdirSync(dirname(join(before(), 'files', path)), { recursive: true });
    execFileSync('cp', ['-a', path, join(before(), 'files', path)]);
  }
  mkdirSync(join(before(), 'absent'));
  write(join(before(), 'unit'), 'ActiveState=active\nInvocationID=1\n');
  write(join(before(), 'run'), 'run-1\n');
  write(at('fake', 'systemctl'), '#!/bin/sh\necho InvocationID=1\n', 0o755);
  return { file, program };
};

/** A disk that is full: a part of what is copied gets there, and nothing else can be written below `home`. */
const full = (): void => {
  write(
    at('fake', 'cp'),
    `#!/bin/sh\nfor to; do :; done; echo part >"$to"; echo 'No space left on device' >&2; exit 1\n`,
    0o755,
  );
};
const putBack = () => {
  const script = restore([{ unit: 'a.service', endsIn: 0 }], 'run-1', { home: at('home'), scratch: at('scratch') });
  return spawnSync('sh', ['-c', sh`PATH=${at('fake')}:$PATH; export PATH; eval ${script}`], { encoding: 'utf8' });
};

test('what has not changed is not copied: also a host whose disk is full has it back', () => {
  const { file, program } = turn();
  full();
  const inode = statSync(file).ino;
  expect(putBack()).toMatchObject({ status: 0, stderr: '' });
  expect([statSync(file).ino, readlinkSync(program)]).toEqual([inode, at('home', 'store', 'digest')]);
});

test.each([
  ['content', (file: string) => writeFileSync(file, 'two\n')],
  ['mode', (file: string) => chmodSync(file, 0o600)],
  ['link in its place', (file: string) => execFileSync('ln', ['-sf', write(at('other'), 'one\n'), file])],
  ['nothing', (file: string) => rmSync(file)],
])('another %s goes back', (_, change) => {
  const { file } = turn();
  change(file);
  expect(putBack()).toMatchObject({ status: 0, stderr: '' });
  expect([readFileSync(file, 'utf8'), lstatSync(file).mode & 0o777, lstatSync(file).isFile()]).toEqual([
    'one\n',
    0o644,
    true,
  ]);
});

test('a link to another program goes back', () => {
  const { program } = turn();
  rmSync(program);
  link(program, write(at('home', 'store', 'newer'), 'a program\n'));
  expect(putBack()).toMatchObject({ status: 0 });
  expect(readlinkSync(program)).toBe(at('home', 'store', 'digest'));
});

test('a copy that failed leaves nothing beside the file', () => {
  const { file } = turn();
  writeFileSync(file, 'two\n');
  full();
  const { status, stdout } = putBack();
  expect([status, stdout]).toEqual([1, `cannot write ${file}\n`]);
  expect(existsSync(join(dirname(file), '.kw-new.a.conf'))).toBe(false);
  expect(readFileSync(file, 'utf8')).toBe('two\n');
});
