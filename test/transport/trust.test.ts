import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SshAccess } from '../../src/model/cluster.js';
import { WorldFailed } from '../../src/model/event.js';
import { connect } from '../../src/transport/connect.js';
import type { ConnectOptions } from '../../src/transport/connection.js';
import { hostKeyTypes, newKey, type Sshd, startSshd, unable } from './sshd.js';
import { sh } from '../../src/shell/sh.js';

describe.skipIf(unable).each(['ssh2', 'openssh'] as const)(
  `whom we trust and who trusts us, by %s${unable ? ` (skipped: ${unable})` : ''}`,
  transport => {
    let sshd: Sshd;
    beforeAll(async () => {
      sshd = await startSshd(hostKeyTypes);
    });
    afterAll(() => sshd.stop());

    const file = (text: string, name = 'other_known'): string => {
      writeFileSync(join(sshd.directory, name), text);
      return join(sshd.directory, name);
    };
    const attempt = async (access: Partial<SshAccess>, options: Partial<ConnectOptions> = {}): Promise<unknown> => {
      try {
        const connection = await connect(sshd.access(access), { ...sshd.options, transport, ...options });
        const { stdout } = await connection.run(sh`echo in`);
        connection.close();
        return stdout;
      } catch (error) {
        if (!(error instanceof WorldFailed)) throw error;
        return error.failure;
      }
    };
    const print = (type: string) =>
      execFileSync('ssh-keygen', ['-lf', join(sshd.directory, `host_${type}.pub`)], { encoding: 'utf8' }).split(' ')[1];
    const knowing = (text: string): Partial<ConnectOptions> => ({ knownHosts: { files: [file(text)] } });
    const name = () => `[127.0.0.1]:${sshd.port}`;

    test.each(hostKeyTypes)('only the %s key is known: that one is negotiated', async type => {
      expect(await attempt({}, knowing(`# comment\nbroken line\n${name()} ${sshd.hostKey(type)} comment\n`))).toBe(
        'in\n',
      );
    });

    test.each(hostKeyTypes)('the %s key is pinned, and known_hosts is not asked', async type => {
      expect(await attempt({ hostKey: sshd.hostKey(type) }, { knownHosts: { files: [] } })).toBe('in\n');
    });

    test('another key than the pinned one is refused', async () => {
      const other = newKey(join(sshd.directory, `other_${transport}`));
      const line = readFileSync(`${other}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
      expect(await attempt({ hostKey: line })).toMatchObject({ class: 'refused', host: 'kw-a' });
    });

    test('a hashed entry is known', async () => {
      const path = file(`${name()} ${sshd.hostKey('ed25519')}\n`, 'hashed');
      execFileSync('ssh-keygen', ['-q', '-H', '-f', path], { stdio: 'ignore' });
      expect(readFileSync(path, 'utf8')).toMatch(/^\|1\|/);
      expect(await attempt({}, { knownHosts: { files: [path] } })).toBe('in\n');
    });

    test('an unknown key is refused with its fingerprint and the way out', async () => {
      const failure = await attempt({}, knowing(`[127.0.0.1]:1 ${sshd.hostKey('ed25519')}\n`));
      expect(failure).toMatchObject({
        class: 'refused',
        message: expect.stringContaining(print('ed25519') ?? '-'),
        help: expect.stringContaining(`hostKey: "${sshd.hostKey('ed25519')}"`),
      });
    });

    test('an unknown key is asked for once, then remembered', async () => {
      const remember = join(sshd.directory, `new_${transport}`, 'known_hosts');
      const asked: string[] = [];
      const options = {
        knownHosts: { files: [remember], remember },
        trustNew: async (_: unknown, shown: string) => {
          asked.push(shown);
          return true;
        },
      };
      expect(await attempt({}, options)).toBe('in\n');
      expect(await attempt({}, options)).toBe('in\n');
      expect(asked).toEqual([print('ed25519')]);
      expect(readFileSync(remember, 'utf8')).toBe(`${name()} ${sshd.hostKey('ed25519')}\n`);
    });

    test('a person who says no is obeyed', async () => {
      const remember = join(sshd.directory, 'never');
      expect(await attempt({}, { knownHosts: { files: [], remember }, trustNew: async () => false })).toMatchObject({
        class: 'refused',
      });
      expect(existsSync(remember)).toBe(false);
    });

    test('a changed key is refused with file and line, whoever is asked', async () => {
      const other = newKey(join(sshd.directory, `changed_${transport}`));
      const [type, blob] = readFileSync(`${other}.pub`, 'utf8').split(' ');
      const options = knowing(`# one\n${name()} ${type} ${blob}\n`);
      const failure = (await attempt({}, { ...options, trustNew: async () => true })) as {
        class: string;
        message: string;
        help: string;
      };
      expect(failure).toMatchObject({
        class: 'refused',
        message: expect.stringContaining('other_known:2'),
        help: expect.stringContaining(`ssh-keygen -R '${name()}'`),
      });
      expect(failure.message).toContain(print('ed25519'));
      expect(failure.message).toContain(
        execFileSync('ssh-keygen', ['-lf', `${other}.pub`], { encoding: 'utf8' }).split(' ')[1],
      );
    });

    test('a revoked key is refused', async () => {
      expect(
        await attempt({}, knowing(`@revoked * ${sshd.hostKey('ed25519')}\n${name()} ${sshd.hostKey('ed25519')}\n`)),
      ).toMatchObject({ class: 'refused' });
    });

    test('a key that the host does not accept: which were offered is told', async () => {
      const key = newKey(join(sshd.directory, `stranger_${transport}`));
      const failure = await attempt({ key });
      expect(failure).toMatchObject({ class: 'auth', help: expect.stringContaining('authorized_keys') });
      if (transport === 'ssh2') expect(failure).toMatchObject({ message: expect.stringContaining(key) });
    });

    test('nobody listens: unreachable', async () => {
      expect(await attempt({ port: 1, hostKey: sshd.hostKey('ed25519') })).toMatchObject({
        class: 'unreachable',
        message: expect.stringMatching(/refuse/),
      });
    });
  },
);

describe.skipIf(unable)(`keys${unable ? ` (skipped: ${unable})` : ''}`, () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd.stop());
  const path = (name: string) => join(sshd.directory, name);

  test('a key with a passphrase: the error says how to unlock it; an agent that holds it opens the door', async () => {
    const key = newKey(path('locked'), 'ed25519', 'secret');
    writeFileSync(
      path('authorized_keys'),
      `${readFileSync(`${key}.pub`, 'utf8')}${readFileSync(path('id.pub'), 'utf8')}`,
    );
    const host = sshd.access({ key });
    await expect(connect(host, sshd.options)).rejects.toMatchObject({
      failure: {
        class: 'auth',
        message: expect.stringContaining('passphrase'),
        help: expect.stringContaining('ssh-add'),
      },
    });
    const pid = /SSH_AGENT_PID=(\d+)/.exec(
      execFileSync('ssh-agent', ['-s', '-a', path('agent')], { encoding: 'utf8' }),
    )?.[1];
    try {
      const open = path('open');
      writeFileSync(open, readFileSync(key), { mode: 0o600 });
      execFileSync('ssh-keygen', ['-q', '-p', '-P', 'secret', '-N', '', '-f', open]);
      execFileSync('ssh-add', ['-q', open], { env: { ...process.env, SSH_AUTH_SOCK: path('agent') } });
      const connection = await connect(host, { ...sshd.options, agent: path('agent') });
      expect((await connection.run(sh`echo in`)).stdout).toBe('in\n');
      connection.close();
    } finally {
      process.kill(Number(pid));
    }
  });

  test.each(['rsa', 'ecdsa'])('default keys: those that are missing are skipped, %s works', async type => {
    const key = newKey(path(`default_${type}`), type);
    writeFileSync(
      path('authorized_keys'),
      `${readFileSync(`${key}.pub`, 'utf8')}${readFileSync(path('id.pub'), 'utf8')}`,
    );
    const { key: _, ...ssh } = sshd.host.ssh;
    const connection = await connect({ ...sshd.host, ssh }, { ...sshd.options, keys: [path('none'), key] });
    expect((await connection.run(sh`echo in`)).code).toBe(0);
    connection.close();
  });

  test('an agent that is gone, a key that is missing, nothing at all: each is told', async () => {
    const { key: _, ...ssh } = sshd.host.ssh;
    await expect(connect({ ...sshd.host, ssh }, { ...sshd.options, agent: path('no-agent') })).rejects.toMatchObject({
      failure: { class: 'auth', message: expect.stringContaining('no-agent') },
    });
    await expect(connect(sshd.access({ key: path('missing') }), sshd.options)).rejects.toMatchObject({
      failure: { class: 'auth', message: expect.stringContaining('missing') },
    });
    await expect(connect({ ...sshd.host, ssh }, sshd.options)).rejects.toMatchObject({
      failure: { class: 'auth', message: expect.stringContaining('no key to offer') },
    });
  });
});
