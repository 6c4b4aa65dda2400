/** The program from its arguments to its words and exit codes. No command runs here that touches a host. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { complaint } from '../../src/cli/complaint.js';
import { commands } from '../../src/cli/commands.js';
import { hostEntry } from '../../src/cli/init/flags.js';
import { main } from '../../src/cli/run.js';
import { diagnosticsText } from '../../src/cli/view/diagnostics.js';
import { WorldFailed } from '../../src/model/event.js';

const output = async (...argv: readonly string[]) => {
  const words = { out: '', err: '' };
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation(text => {
    words.out += String(text);
    return true;
  });
  try {
    const code = await main(
      argv,
      {
        writeOut: text => {
          words.out += text;
        },
        writeErr: text => {
          words.err += text;
        },
      },
      false,
    );
    return { code, ...words };
  } finally {
    spy.mockRestore();
  }
};

describe('help', () => {
  test('names every command, with and without being asked', async () => {
    const { code, out } = await output('--help');
    expect(code).toBe(0);
    const flat = out.replaceAll(/\s+/g, ' ');
    for (const { name, summary } of commands) expect(flat).toMatch(new RegExp(` ${name} .*${summary.slice(0, 20)}`));
    expect((await output()).out).toBe(out);
  });
  test.each(commands.map(({ name }) => name))('%s says what it is for, with examples', async name => {
    const { code, out } = await output(name, '--help');
    expect(code).toBe(0);
    expect(out).toContain('Examples:');
  });
});

test('help fits on a terminal of 80 columns', async () => {
  const words = [
    '',
    ...commands.flatMap(({ name, commands: own = [] }) => [name, ...own.map(one => `${name} ${one.name}`)]),
  ];
  for (const word of words) {
    const { out } = await output(...word.split(' ').filter(Boolean), '--help');
    expect(
      out.split('\n').filter(line => [...line].length > 80),
      word,
    ).toEqual([]);
  }
});

describe('a slip of the finger is refused with a suggestion, exit code 64', () => {
  test.each([
    ['plann', 'Did you mean plan?'],
    ['plan --jsn', 'Did you mean --json?'],
    ['up --until node', 'Allowed choices are etcd, control-plane, nodes, addons'],
    ['lab', 'Usage: kw lab'],
    ['lab ssh', "missing required argument 'host'"],
    ['quickstart --hosts 0', 'a whole number from 1'],
    ['status extra', 'too many arguments'],
  ])('kw %s', async (line, words) => {
    const { code, err, out } = await output(...line.split(' '));
    expect(code).toBe(64);
    expect(err).toContain(words);
    expect(out).toBe('');
  });
});

test('-f may stand before and behind the command', async () => {
  for (const argv of [
    ['-f', '/nowhere/x.yaml', 'plan'],
    ['plan', '-f', '/nowhere/x.yaml'],
  ]) {
    const { code, err } = await output(...argv);
    expect(code).toBe(64);
    expect(err).toContain('/nowhere/x.yaml');
  }
});

describe('what went wrong is a plain sentence', () => {
  test('our bug: no stack unless asked', () => {
    const bug = new TypeError('x is not a function');
    expect(complaint(bug, false)).toMatchObject({ code: 1, text: expect.not.stringContaining('    at ') });
    expect(complaint(bug, true).text).toContain('    at ');
  });
  test('the world: class, host, next act', () => {
    const failed = new WorldFailed({ class: 'auth', message: 'no key fits', host: 'kw-1', help: 'ssh-copy-id' });
    expect(complaint(failed, false)).toEqual({ code: 11, text: 'kw-1: login refused: no key fits\n  do: ssh-copy-id' });
  });
});

describe('a diagnostic stands in its line', () => {
  const at = (line: number, column: number) => ({
    code: 'wrong',
    severity: 'error' as const,
    says: 'wrong',
    at: { file: 'c.yaml', line, column },
  });
  test('with a caret below it', () => {
    expect(diagnosticsText([{ ...at(2, 7), help: 'right' }], { source: 'name: a\nport:\tx\n' })).toBe(
      'c.yaml:2:7: error: wrong [wrong]\n  2 | port: x\n    |       ^\n    help: right',
    );
  });
  test('a long line is cut around it', () => {
    const [, line = '', caret = ''] = diagnosticsText([at(1, 501)], {
      source: `${'a'.repeat(500)}B${'c'.repeat(500)}`,
      width: 40,
    }).split('\n');
    expect(line.length).toBeLessThanOrEqual(40);
    expect(line[caret.indexOf('^')]).toBe('B');
  });
  test('errors come first, then by place; escapes are spelled out', () => {
    const text = diagnosticsText([
      { ...at(1, 1), severity: 'warning' },
      at(9, 1),
      { ...at(3, 1), says: 'a\u001b[2Jb' },
    ]);
    expect(text.split('\n').map(line => line.split(' ')[0])).toEqual(['c.yaml:3:1:', 'c.yaml:9:1:', 'c.yaml:1:1:']);
    expect(text).not.toContain('\u001b');
  });
});

describe('kw init', () => {
  let dir = '';
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'kw-init-'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));
  const three = ['--name', 'prod', '--host', 'a=10.1.0.1', '--host', 'b=10.1.0.2', '--host', 'c=10.1.0.3', '--no-look'];

  test('writes a commented file that is valid, and never overwrites', async () => {
    const file = join(dir, 'cluster.yaml');
    expect((await output('init', '-f', file, ...three)).code).toBe(0);
    const text = await readFile(file, 'utf8');
    expect(text).toContain('# yaml-language-server: $schema=');
    const again = await output('init', '-f', file, ...three, '--kubernetes', '1.29.15');
    expect(again).toMatchObject({ code: 64, err: expect.stringContaining('mv ') });
    expect(await readFile(file, 'utf8')).toBe(text);
  });
  test('mistakes leave no file behind', async () => {
    const before = await readdir(dir);
    const { code, err } = await output(
      'init',
      '-f',
      join(dir, 'bad.yaml'),
      '--name',
      'Prod',
      '--host',
      'a=10.1.0.300,controlplane',
      '--no-look',
    );
    expect(code).toBe(64);
    expect(err).toContain("did you mean 'controlPlane'?");
    expect(err).toContain("--host: '10.1.0.300' is not a valid IPv4 address");
    // There is no file yet in which a line could be looked up.
    expect(err).not.toMatch(/bad\.yaml:\d/);
    expect(await readdir(dir)).toEqual(before);
  });
  test('networks in which a host lies are moved out of its way', async () => {
    const file = join(dir, 'moved.yaml');
    expect((await output('init', '-f', file, '--name', 'x', '--host', 'a=10.244.3.1', '--no-look')).code).toBe(0);
    expect(await readFile(file, 'utf8')).toMatch(/pods: 10\.245\.0\.0\/16/);
  });
  test('a file that appears meanwhile is not overwritten either', async () => {
    const { writeNew } = await import('../../src/cli/write.js');
    const file = join(dir, 'race.yaml');
    await writeFile(file, 'mine');
    expect(await writeNew(file, 'yours')).toBe(false);
    expect(await readFile(file, 'utf8')).toBe('mine');
    expect((await readdir(dir)).filter(name => name.includes('.part'))).toEqual([]);
  });
  test('a host is an address, a name with one, or both with roles', () => {
    expect(hostEntry('10.0.0.1')).toBe('10.0.0.1');
    expect(hostEntry('a-[1-3]=10.0.0.1+,etcd,controlPlane')).toEqual({
      name: 'a-[1-3]',
      address: '10.0.0.1+',
      roles: ['etcd', 'controlPlane'],
    });
  });
});
