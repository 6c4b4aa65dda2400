/** `kw init` on a terminal: a pseudo-terminal of script(1), keys that a person presses, and what is on the screen. */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { askForKey } from '../../src/cli/init/ask-key.js';
import type { Reading } from '../../src/cli/init/ask-hosts.js';
import { keysOf } from '../../src/cli/init/keys.js';
import { type Names, resolveHosts } from '../../src/cli/init/resolve.js';
import type { ClusterSpec, Host } from '../../src/model/cluster.js';
import { readCluster } from '../../src/spec/index.js';

const root = join(import.meta.dirname, '../..');
const enter = '\r';
const erase = '\u007f';
const cancel = '\u0003';

let work = '';
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'kw-init-'));
});
const started: ChildProcessWithoutNullStreams[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  rmSync(work, { recursive: true, force: true });
});

/** @param into Where the shell sends the output. @returns what types as a person does: each step waits for words on the screen before it presses keys. */
const terminal = (words: readonly string[], into = '') => {
  const line = [
    'node',
    '--import',
    'tsx',
    join(root, 'src/cli/main.ts'),
    'init',
    '-f',
    join(work, 'cluster.yaml'),
    ...words,
  ];
  const child: ChildProcessWithoutNullStreams = spawn(
    'script',
    ['-qefc', `stty cols 100 rows 40; ${line.join(' ')} ${into}`, '/dev/null'],
    {
      cwd: root,
      env: { ...process.env, TERM: 'xterm', LANG: 'C.UTF-8', SSH_AUTH_SOCK: '' },
    },
  );
  started.push(child);
  let screen = '';
  child.stdout.on('data', chunk => {
    screen += String(chunk);
  });
  const ended = new Promise<number | null>(resolve => child.on('close', resolve));
  return {
    async see(text: string, keys: string): Promise<void> {
      await expect.poll(() => stripVTControlCharacters(screen), { timeout: 90_000, interval: 50 }).toContain(text);
      screen = '';
      child.stdin.write(keys);
    },
    async end() {
      const code = await ended;
      return { code, screen: stripVTControlCharacters(screen) };
    },
  };
};

const fileText = (): string => readFileSync(join(work, 'cluster.yaml'), 'utf8');

describe.skipIf(!existsSync('/usr/bin/script'))('on a terminal', () => {
  test('each answer is checked when it is given, and what was typed stays to be mended', async () => {
    const person = terminal(['--no-look']);
    await person.see('What is it called?', `Prod${enter}`);
    await person.see("'Prod' is not a valid", `${erase.repeat(4)}prod${enter}`);
    await person.see('Which hosts?', `10.1.0.1 10.1.0.300 10.1.0.3${enter}`);
    // Only the slip is mended: the rest of the line is still there.
    await person.see(
      "'10.1.0.300' is not a valid IPv4 address",
      `${erase.repeat(' 10.1.0.3'.length + 3)}2 10.1.0.3${enter}`,
    );
    await person.see('As which user', `ops admin${enter}`);
    await person.see('user', `${erase.repeat(6)}${enter}`);
    await person.see('A free address', `10.1.0.2${enter}`);
    await person.see('10.1.0.2', `${erase}50${enter}`);
    const { code, screen } = await person.end();
    expect(screen).toContain('wrote');
    expect(code).toBe(0);
    const result = readCluster(fileText(), 'cluster.yaml');
    expect(result).toMatchObject({ ok: true, value: { name: 'prod', endpoint: { address: '10.1.0.50' } } });
    expect(result.ok && result.value.hosts.map(({ address }) => address)).toEqual(['10.1.0.1', '10.1.0.2', '10.1.0.3']);
    expect(result.ok && result.value.hosts[0]?.ssh.user).toBe('ops');
  });

  test.each([
    ['the output', '| cat > out'],
    ['output and errors', '2>&1 | cat > out'],
  ])(
    'questions come to the terminal when %s go into a pipe',
    async (_, into) => {
      const person = terminal(['--no-look', '--name', 'prod'], into.replace('out', join(work, 'out')));
      await person.see('Which hosts?', `10.1.0.1${enter}`);
      await person.see('As which user', enter);
      await person.end();
      const piped = stripVTControlCharacters(readFileSync(join(work, 'out'), 'utf8'));
      expect(piped).toContain('wrote');
      expect(piped).not.toContain('Which hosts?');
    },
    240_000,
  );

  test('Ctrl-C writes nothing, and says so', async () => {
    const person = terminal(['--no-look', '--name', 'prod']);
    await person.see('Which hosts?', cancel);
    expect(await person.end()).toMatchObject({ code: 130, screen: expect.stringContaining('nothing was written') });
    expect(readdirSync(work)).toEqual([]);
  });

  test('a flag that will not do stands there to be mended', async () => {
    const person = terminal(['--no-look', '--name', 'Prod']);
    await person.see('What is it called?', enter);
    await person.see("'Prod' is not a valid", `${erase.repeat(4)}p${enter}`);
    await person.see('Which hosts?', `localhost${enter}`);
    await person.see('is loopback', `${erase.repeat(9)}a=10.0.0.1${enter}`);
    await person.see('As which user', enter);
    expect((await person.end()).code).toBe(0);
    expect(fileText()).toContain('name: a');
  });
});

const names: Names = {
  hostName: async word => ({ cp1: '10.0.0.11', bastioned: 'inside.example' })[word] ?? word,
  address: async name => ({ 'inside.example': '10.0.0.12', 'w-1': '10.0.0.21', 'w-2': '10.0.0.22' })[name],
};

describe('hosts as people name them', () => {
  test.each([
    ['cp1', [{ name: 'cp1', address: '10.0.0.11' }]],
    ['bastioned', [{ name: 'bastioned', address: '10.0.0.12', ssh: { address: 'bastioned' } }]],
    [
      'w-[1-2],worker',
      [
        { name: 'w-1', address: '10.0.0.21', roles: ['worker'] },
        { name: 'w-2', address: '10.0.0.22', roles: ['worker'] },
      ],
    ],
    ['first=cp1', [{ name: 'first', address: '10.0.0.11' }]],
    ['10.0.0.9', ['10.0.0.9']],
    ['a-[1-3]=10.0.0.1+', [{ name: 'a-[1-3]', address: '10.0.0.1+' }]],
    ['10.0.0.300', ['10.0.0.300']],
  ])('%s', async (word, entries) => {
    expect(await resolveHosts([word], names)).toEqual({ entries, problems: [] });
  });
  test('a name that leads nowhere is said, with the way out', async () => {
    const { entries, problems } = await resolveHosts(['cp1', 'gone'], names);
    expect(entries).toHaveLength(1);
    expect(problems).toEqual([expect.stringMatching(/^gone: .*write gone=ADDRESS$/)]);
  });
});

describe('the key', () => {
  const { value: spec } = readCluster('apiVersion: kubewizard/v1\nkind: Cluster\nname: x\nhosts: [10.0.0.1]\n', '') as {
    readonly value: ClusterSpec;
  };
  /** @returns what is taken by Enter alone, what stood on the screen, and which keys were tried. */
  const take = async (opens: (key: string | undefined) => Partial<Reading>) => {
    const [input, output, tried] = [new PassThrough(), new PassThrough(), [] as (string | undefined)[]];
    const attempt = async (host: Host): Promise<Reading> => {
      tried.push(host.ssh.key);
      return { host, says: 'not seen: no route', entered: false, refused: false, ...opens(host.ssh.key) };
    };
    const files = ['~/.ssh/id_rsa', '~/.ssh/prod'];
    const answer = askForKey(spec, { agent: ['me@laptop'], files }, attempt, { input, output });
    await expect.poll(() => output.readableLength).toBeGreaterThan(0);
    input.write(enter);
    const key = await answer;
    return { key, tried, screen: stripVTControlCharacters(String(output.read())) };
  };
  test('that opens the first host is what Enter takes', async () => {
    const { key, tried, screen } = await take(one => (one === '~/.ssh/prod' ? { entered: true } : { refused: true }));
    expect(key).toBe('~/.ssh/prod');
    expect(tried).toEqual([undefined, '~/.ssh/id_rsa', '~/.ssh/prod']);
    expect(screen).toContain('opens x-001');
  });
  test('is left to ssh where ssh finds one by itself', async () => {
    const { key, screen } = await take(one => (one === undefined ? { entered: true } : { refused: true }));
    expect(key).toBeUndefined();
    expect(screen).toContain('the agent (me@laptop)');
  });
  test('is not tried where nothing answers, and that is said', async () => {
    const { key, tried, screen } = await take(() => ({}));
    expect([key, tried]).toEqual([undefined, [undefined]]);
    expect(screen).toContain('No key could be tried (not seen: no route)');
  });
});

describe('keys', () => {
  let home = '';
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'kw-home-'));
    mkdirSync(join(home, '.ssh'));
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(home, '.ssh/prod')]);
    writeFileSync(join(home, '.ssh/config'), 'Host *\n');
    return () => rmSync(home, { recursive: true, force: true });
  });
  test('are the private ones of ~/.ssh, whatever they are called', async () => {
    expect(await keysOf(home, undefined)).toEqual({ agent: [], files: ['~/.ssh/prod'] });
  });
  test('an agent that is gone holds none', async () => {
    expect((await keysOf(home, join(home, 'no-socket'))).agent).toEqual([]);
  });
});
