/**
 * As ssh itself: each configuration is what somebody's ~/.ssh/config says; what we make of it is compared with what
 * `ssh -G` says, read once by asking ssh and once by ourselves, and a real sshd is reached by it.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Host } from '../../src/model/cluster.js';
import { sh } from '../../src/shell/sh.js';
import { connect } from '../../src/transport/connect.js';
import type { ConnectOptions } from '../../src/transport/connection.js';
import { routeTo } from '../../src/transport/ssh/resolve.js';
import { type Case, cases, type Place, to } from './configs.js';
import { newKey, startSshd, unable } from './sshd.js';

const noSsh = spawnSync('ssh', ['-V']).error ? 'no ssh client' : unable;
const me = userInfo();

describe.skipIf(noSsh)(`ssh as people have it${noSsh ? ` (skipped: ${noSsh})` : ''}`, () => {
  let place: Place;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    const sshd = await startSshd(['ed25519'], ['ListenAddress ::1']);
    const gate = await startSshd();
    const folder = join(sshd.directory, 'ssh');
    mkdirSync(folder);
    for (const name of ['wrong', 'certified', 'host-ca', 'user-ca']) newKey(join(folder, name));
    const agent = join(folder, 'agent');
    const said = execFileSync('ssh-agent', ['-s', '-a', agent], { encoding: 'utf8' });
    execFileSync('ssh-add', ['-q', join(sshd.directory, 'id')], { env: { ...process.env, SSH_AUTH_SOCK: agent } });
    place = { sshd, gate, folder, agent };
    writeFileSync(join(folder, 'gate-config'), `Host gate\n  ${to({ ...place, sshd: gate })}`);
    certify(place);
    stop = async () => {
      process.kill(Number(/SSH_AGENT_PID=(\d+)/.exec(said)?.[1]));
      await Promise.all([sshd.stop(), gate.stop()]);
    };
  });
  afterAll(() => stop());

  const prepare = (one: Case): { readonly host: Host; readonly options: ConnectOptions; readonly file: string } => {
    const file = join(place.folder, 'config');
    writeFileSync(file, one.config(place), { mode: 0o600 });
    const ssh = { address: one.host ?? 'box', ...one.ssh?.(place) };
    return {
      file,
      host: { name: 'kw-a', address: '10.9.9.9', roles: [], labels: {}, taints: [], ssh },
      options: {
        knownHosts: { files: [] },
        keys: [],
        timeoutMs: 20_000,
        config: { home: me.homedir, file, env: {} },
        ...one.options?.(place),
      },
    };
  };

  test('there are at least twenty', () => expect(cases.length).toBeGreaterThanOrEqual(20));

  test.each(cases.map(one => [one.name, one] as const))('%s', async (_, one) => {
    const { host, options, file } = prepare(one);
    if (one.name !== 'a mistake in it') {
      const route = await routeTo(host, options);
      expect({ client: route.needs.length > 0 ? 'openssh' : undefined, jumps: route.jumps.length }).toEqual({
        client: one.client,
        jumps: one.jumps ?? 0,
      });
      if (!one.ssh) expect(destination(route.target.ssh)).toEqual(asSsh(file, route.asked));
    }
    expect(await reached(host, options)).toBe(one.fails ?? 'in');
    if (one.fails === undefined && !one.ssh) expect(sshItself(file, one.host ?? 'box', options)).toBe('in');
  });

  test.each(cases.filter(one => !one.ssh).map(one => [one.name, one] as const))(
    'read by ourselves, where there is no ssh: %s',
    async (_, one) => {
      const { host, options, file } = prepare(one);
      const found = await routeTo(host, {
        ...options,
        config: { home: me.homedir, env: {}, file, without: true },
      }).then(
        route => destination(route.target.ssh),
        error => error.failure.class,
      );
      expect(found).toEqual(one.alone ?? asSsh(file, one.host ?? 'box'));
    },
  );

  test('nobody named a user: root, and Match user sees it', async () => {
    const { host, options, file } = prepare({ name: '', config: on => `Host box\n  Port ${on.sshd.port}\n` });
    writeFileSync(file, 'Match user root\n  Port 77\nHost box\n  HostName 127.0.0.1\n');
    const { target } = await routeTo(host, options);
    expect(target.ssh).toMatchObject({ user: 'root', port: 77 });
  });

  test('an alias of the host’s name is followed only where it leads to the same address', async () => {
    const { host, options, file } = prepare(cases[0] as Case);
    const bare: Host = { ...host, ssh: {} };
    writeFileSync(file, 'Host kw-a\n  HostName 10.9.9.9\n  Port 77\n');
    expect((await routeTo(bare, { ...options, config: { home: '/', env: {}, file } })).target.ssh.port).toBe(77);
    writeFileSync(file, 'Host kw-a\n  HostName 10.1.1.1\n  Port 77\n');
    expect((await routeTo(bare, { ...options, config: { home: '/', env: {}, file } })).target.ssh).toEqual({
      address: '10.9.9.9',
      user: 'root',
      port: 22,
    });
  });

  test('each setting says where it comes from', async () => {
    const { host, options, file } = prepare(cases[0] as Case);
    const { settings, files } = await routeTo({ ...host, ssh: { ...host.ssh, user: 'ops' } }, options);
    expect(files).toEqual([file]);
    expect(settings.map(({ name, from }) => [name, from.replace(file, 'config')])).toEqual([
      ['address', 'config:2'],
      ['port', 'config:3'],
      ['user', 'cluster file'],
      ['keys', 'config:4'],
      ['agent', 'SSH_AUTH_SOCK'],
      ['jump hosts', 'default'],
      ['known hosts', 'config:5'],
    ]);
  });

  test('keys on the way that nobody knows are named one by one, by either client', async () => {
    for (const more of ['', 'Ciphers aes256-ctr\n']) {
      const config = (on: Place) =>
        `Host gate\n  ${to({ ...on, sshd: on.gate })}Host box\n  ProxyJump gate\n  ${more}  ${to(on)}`.replaceAll(
          /UserKnownHostsFile .*/g,
          `UserKnownHostsFile ${on.folder}/none`,
        );
      const { host, options } = prepare({ name: '', config });
      const remember = join(place.folder, `remembered-${more.length}`);
      const knownHosts = { files: [remember], remember };
      const seen: string[] = [];
      const trustNew = async (one: Host) => seen.push(one.name) > 0;
      const connection = await connect(host, { ...options, knownHosts, trustNew });
      expect((await connection.run(sh`echo in`)).stdout).toBe('in\n');
      connection.close();
      expect(seen).toEqual(['gate', 'kw-a']);
      expect(await reached(host, { ...options, knownHosts })).toBe('in');
    }
  });
});

/** Certificates: the user's for `certified`, the host's for sshd, which trusts the one and shows the other. */
const certify = ({ sshd, folder }: Place): void => {
  const sign = (...words: string[]) => execFileSync('ssh-keygen', ['-q', ...words], { stdio: 'ignore' });
  sign('-s', join(folder, 'user-ca'), '-I', 'test', '-n', me.username, join(folder, 'certified.pub'));
  sign('-s', join(folder, 'host-ca'), '-I', 'box', '-h', '-n', '127.0.0.1', join(sshd.directory, 'host_ed25519.pub'));
  const config = join(sshd.directory, 'sshd_config');
  writeFileSync(
    config,
    `TrustedUserCAKeys ${folder}/user-ca.pub\nHostCertificate ${sshd.directory}/host_ed25519-cert.pub\n` +
      readFileSync(config, 'utf8'),
  );
  process.kill(sshd.pid, 'SIGHUP');
};

const destination = ({ address, port, user }: { address?: string; port: number; user: string }) => ({
  address,
  port: String(port),
  user,
});

const asSsh = (file: string, host: string) => {
  const said = execFileSync('ssh', ['-G', '-F', file, '--', host], { encoding: 'utf8' });
  const value = (key: string) => new RegExp(`^${key} (.*)$`, 'm').exec(said)?.[1];
  return { address: value('hostname'), port: value('port'), user: value('user') };
};

const reached = async (host: Host, options: ConnectOptions): Promise<string> => {
  try {
    const connection = await connect(host, options);
    const { stdout } = await connection.run(sh`[ -z "$SSH_AUTH_SOCK" ] && echo in`);
    connection.close();
    return stdout.trim();
  } catch (error) {
    return (error as { failure?: { class: string } }).failure?.class ?? String(error);
  }
};

/** What the person's own `ssh HOST` does with the same file. */
const sshItself = (file: string, host: string, { agent }: ConnectOptions): string => {
  const words = ['-F', file, '-n', '-o', 'BatchMode=yes', '-o', 'RemoteCommand=none', '-o', 'RequestTTY=no'];
  const env = { ...process.env, SSH_AUTH_SOCK: agent ?? '' };
  return spawnSync('ssh', [...words, '--', host, 'echo in'], { encoding: 'utf8', env }).stdout.trim();
};
