/**
 * A real sudo with passwords, in a mount namespace of its own: users, passwords and sudoers of this test are seen by
 * its sshd alone, and nothing of this machine is changed.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WorldFailed } from '../../src/model/event.js';
import { sh } from '../../src/shell/sh.js';
import { connect } from '../../src/transport/connect.js';
import { framed, loader } from '../../src/transport/loader.js';
import { sudoRefusal } from '../../src/transport/not-started.js';
import { SudoPasswordWanted } from '../../src/transport/needs-answer.js';
import { type Sshd, startSshd, unable } from './sshd.js';

const works = (words: readonly string[]): boolean => spawnSync(words[0] ?? '', words.slice(1)).status === 0;
const noSudo =
  unable ??
  (userInfo().uid !== 0
    ? 'not root'
    : !works(['sudo', '-V'])
      ? 'no sudo on this machine'
      : works(['unshare', '-m', 'true'])
        ? undefined
        : 'no mount namespaces here');

const password = "pa'ss $(id) \\w";
const users: Readonly<Record<string, string>> = {
  plain: 'plain ALL=(ALL) ALL',
  free: 'free ALL=(ALL) NOPASSWD: ALL',
  nobodyever: '',
  tty: 'Defaults:tty requiretty\ntty ALL=(ALL) NOPASSWD: ALL',
  noexec: 'noexec ALL=(ALL) NOPASSWD: NOEXEC: ALL',
  some: 'some ALL=(ALL) NOPASSWD: /usr/bin/id',
  narrow: 'Defaults:narrow secure_path="/nowhere"\nnarrow ALL=(ALL) NOPASSWD: ALL',
  insulted: 'Defaults:insulted insults\ninsulted ALL=(ALL) ALL',
  remembered: 'Defaults:remembered timestamp_timeout=-1\nremembered ALL=(ALL) ALL',
};

describe.skipIf(noSudo)(`sudo as people have it${noSudo ? ` (skipped: ${noSudo})` : ''}`, () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd(['ed25519'], [], folder => [
      'unshare',
      '-m',
      '--propagation',
      'private',
      'sh',
      prepared(folder),
    ]);
  });
  afterAll(() => sshd.stop());

  const as = async (user: string, sudoPassword?: string) => {
    const given = sudoPassword === undefined ? {} : { sudoPassword };
    const connection = await connect(sshd.access({ user }), { ...sshd.options, timeoutMs: 20_000, ...given });
    const all = await Promise.all(
      Array.from({ length: 3 }, (_, n) =>
        connection.run(sh`id -un; cat; echo ${n}; tr '\\0' ' ' </proc/$$/cmdline`, { stdin: 'fed\n' }),
      ),
    );
    connection.close();
    return all.map(({ stdout }) => stdout);
  };
  const refusal = async (user: string, sudoPassword?: string) => {
    const error = await as(user, sudoPassword).then(
      () => new Error('it was let in'),
      (failure: unknown) => failure,
    );
    if (!(error instanceof WorldFailed)) throw error;
    return error;
  };

  test.each(['free', 'narrow'])('%s: without a password', async user => {
    expect((await as(user)).map(text => text.split('\n').slice(0, 3))).toEqual(
      [0, 1, 2].map(n => ['root', 'fed', `${n}`]),
    );
  });

  test.each(['plain', 'insulted', 'remembered'])('%s: with the right password, several scripts at once', async user => {
    const all = await as(user, password);
    expect(all.map(text => text.split('\n').slice(0, 3))).toEqual([0, 1, 2].map(n => ['root', 'fed', `${n}`]));
    expect(all.join('')).not.toContain(password);
  });

  test.each(['plain', 'insulted'])(
    '%s: none and a wrong one are two sentences, each the same every time',
    async user => {
      const none = await refusal(user);
      expect(none).toBeInstanceOf(SudoPasswordWanted);
      expect(none).toMatchObject({
        refused: false,
        failure: { class: 'auth', message: `sudo wants the password of ${user}` },
      });
      const wrong = await refusal(user, 'wrong');
      expect(wrong).toMatchObject({
        refused: true,
        failure: { message: `sudo does not take the password that was given for ${user}` },
      });
      expect(JSON.stringify(wrong)).not.toContain('wrong"');
      const again = await Promise.all(Array.from({ length: 3 }, () => refusal(user)));
      expect(again.map(({ failure }) => failure)).toEqual(Array.from({ length: 3 }, () => none.failure));
    },
  );

  test.each([
    ['tty', 'only from a terminal', 'Defaults:tty !requiretty'],
    ['noexec', 'NOEXEC', 'NOPASSWD: EXEC: ALL'],
    ['some', 'not a shell as root', 'some ALL=(ALL) NOPASSWD: ALL'],
  ])('%s: a sentence of its own, and the line that would do', async (user, sentence, line) => {
    // Who may not run a shell is told so once the password is right.
    const { failure } = await refusal(user, password);
    expect(failure).toMatchObject({ class: 'auth', message: expect.stringContaining(sentence) });
    expect(failure.help).toContain(line);
    writeFileSync(
      sudoers(sshd.directory),
      `${allSudoers()}\n${line.replace(/^NOPASSWD/, `${user} ALL=(ALL) NOPASSWD`)}\n`,
    );
    expect((await as(user))[0]).toMatch(/^root\nfed\n/);
    writeFileSync(sudoers(sshd.directory), allSudoers());
  });

  test('a user who is not in sudoers: after a password, since sudo says it to nobody before', async () => {
    expect(await refusal('nobodyever')).toMatchObject({ refused: false });
    expect((await refusal('nobodyever', password)).failure).toMatchObject({
      class: 'auth',
      message: 'nobodyever is not allowed to use sudo',
      help: expect.stringContaining('nobodyever ALL=(ALL) NOPASSWD: ALL'),
    });
  });

  test('the password is in no argv: of all processes while scripts run', async () => {
    const connection = await connect(sshd.access({ user: 'plain' }), { ...sshd.options, sudoPassword: password });
    const { stdout } = await connection.run(
      sh`cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'`,
    );
    expect(stdout).toContain('kw-go');
    expect(stdout).not.toContain(password);
    connection.close();
  });
});

test('the loader is constant: neither script nor password is in it', () => {
  expect(loader({ password })).not.toContain(password);
  expect(framed(sh`true`, { password }).toString()).toBe(`${password}\nkw-script 4\ntrue`);
  expect(framed(sh`true`, 'sudo').toString()).toBe('4\ntrue');
});

test.each([
  ['sh: 1: exec: sudo: not found', 'the host has no sudo'],
  ['env: ‘sudo’: No such file or directory', 'the host has no sudo'],
  ['sudo: effective uid is not 0, is sudo installed setuid root?', 'setuid'],
  ['sudo: The "no new privileges" flag is set, which prevents sudo from running as root.', 'setuid'],
  ['/etc/sudoers.d/x:1:9: syntax error', 'sudoers file is broken'],
  ['sudo: account validation failure, is your account locked?', 'locked or has expired'],
  ['sudo: sh: command not found', 'secure_path'],
  ['sudo: interactive authentication is required', 'sudo wants the password of ops'],
  ["I'm sorry ops. I'm afraid I can't do that", 'not allowed to use sudo'],
])('%s', (output, sentence) => {
  expect(sudoRefusal('kw-1', 'ops', output)?.failure).toMatchObject({
    class: 'auth',
    message: expect.stringContaining(sentence),
    help: expect.stringMatching(/./),
  });
});

const sudoers = (folder: string): string => join(folder, 'etc', 'sudoers');
const allSudoers = (): string => `${Object.values(users).join('\n')}\n`;

/** A script that lays files of this test over those of the machine, in the namespace of its caller alone. */
const prepared = (folder: string): string => {
  const etc = join(folder, 'etc');
  mkdirSync(etc);
  chmodSync(folder, 0o755);
  const hash = execFileSync('openssl', ['passwd', '-6', '-stdin'], { input: `${password}\n`, encoding: 'utf8' }).trim();
  const names = Object.keys(users);
  const add = (file: string, lines: readonly string[]): string => {
    writeFileSync(join(etc, file), `${readFileSync(`/etc/${file}`, 'utf8')}${lines.join('\n')}\n`, {
      mode: file === 'shadow' ? 0o640 : 0o644,
    });
    return file;
  };
  const files = [
    add(
      'passwd',
      names.map((name, n) => `${name}:x:${4100 + n}:4100:${name}:/tmp:/bin/sh`),
    ),
    add(
      'shadow',
      names.map(name => `${name}:${hash}:19000:0:99999:7:::`),
    ),
    add('group', ['kwtest:x:4100:']),
  ];
  writeFileSync(sudoers(folder), allSudoers());
  mkdirSync(join(etc, 'timestamps'), { mode: 0o700 });
  const script = join(folder, 'namespace.sh');
  writeFileSync(
    script,
    [
      'set -e',
      ...files.map(file => `mount --bind ${etc}/${file} /etc/${file}`),
      `mount --bind ${sudoers(folder)} /etc/sudoers`,
      `mkdir -p /run/sudo/ts && mount --bind ${etc}/timestamps /run/sudo/ts`,
      'exec "$@"',
    ].join('\n'),
  );
  return script;
};
