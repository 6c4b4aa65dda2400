import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Connection } from '../../src/transport/connection.js';
import { connect } from '../../src/transport/connect.js';
import { type Sshd, startSshd, unable } from './sshd.js';
import { sh } from '../../src/shell/sh.js';

describe.skipIf(unable).each(['ssh2', 'openssh'] as const)(
  `a real sshd, by %s${unable ? ` (skipped: ${unable})` : ''}`,
  transport => {
    let sshd: Sshd;
    let connection: Connection;
    beforeAll(async () => {
      sshd = await startSshd();
      connection = await connect(sshd.host, { ...sshd.options, transport });
    });
    afterAll(async () => {
      connection.close();
      await connection.closed;
      await sshd.stop();
    });

    test('a script runs as root; code, stdout and stderr come back', async () => {
      expect(await connection.run(sh`id -u; echo oh >&2; exit 3`)).toEqual({ code: 3, stdout: '0\n', stderr: 'oh\n' });
    });

    test("the script is in nobody's argv, finds the tools, the C locale and where the control machine is", async () => {
      const { stdout } = await connection.run(
        sh`p=$$; while [ "$p" != 1 ] && [ -r /proc/$p/cmdline ]; do tr "\\0" " " </proc/$p/cmdline; read -r _ _ _ p _ </proc/$p/stat; done; : hidden4711`,
      );
      expect(stdout).toContain('kw-go');
      expect(stdout).not.toContain('hidden4711');
      expect((await connection.run(sh`echo "$LC_ALL $PATH \${SSH_CONNECTION%% *}"`)).stdout).toMatch(
        /^C .*\/usr\/local\/bin.* 127\.0\.0\.1\n$/,
      );
    });

    test('a script of 500 KiB arrives whole, and still reads its stdin', async () => {
      const big = sh`x=${"a'b\n".repeat((500 * 1024) / 7)}; read -r word; echo "\${#x} $word"; cat`;
      expect(big.length).toBeGreaterThan(500_000);
      expect((await connection.run(big, { stdin: 'word\nrest' })).stdout).toBe(
        `${4 * Math.floor((500 * 1024) / 7)} word\nrest`,
      );
    });

    test('any bytes and much of them come back', async () => {
      expect((await connection.run(sh`printf '\\000\\001\\377ok\\303\\251'`)).stdout).toBe('\0\x01\ufffdoké');
      const { stdout } = await connection.run(sh`head -c 8000000 /dev/zero | tr "\\0" x`);
      expect(stdout).toHaveLength(8_000_000);
    });

    test('words can be exchanged with a running script', async () => {
      const channel = await connection.open(
        sh`echo ask é; while read -r w; do [ "$w" = stop ] && exit 5; echo "got $w"; done; echo eof`,
      );
      let seen = '';
      for await (const chunk of channel.output) {
        seen += chunk;
        if (seen === 'ask é\n') await channel.write('go\n');
        if (seen.endsWith('got go\n')) await channel.write('stop\n');
      }
      expect(seen).toBe('ask é\ngot go\n');
      expect(await channel.done).toEqual({ code: 5, stderr: '' });
    });

    test('the end of stdin reaches the script', async () => {
      const channel = await connection.open(sh`read -r w || echo eof`);
      channel.end();
      let seen = '';
      for await (const chunk of channel.output) seen += chunk;
      expect(seen).toBe('eof\n');
    });

    test('15 scripts at once all run, although sshd allows ten', async () => {
      const all = await Promise.all(Array.from({ length: 15 }, (_, n) => connection.run(sh`sleep 0.1; echo ${n}`)));
      expect(all.map(each => each.stdout)).toEqual(Array.from({ length: 15 }, (_, n) => `${n}\n`));
    });

    test('a script that never ends is killed with its children when the time is up', async () => {
      await expect(
        connection.run(sh`sleep 4711.25 & sleep 4711.25; echo no`, { timeoutMs: 500 }),
      ).rejects.toMatchObject({
        failure: { class: 'timeout', host: 'kw-a', message: 'the script did not end within 0.5 s' },
      });
      await expect.poll(() => running('sleep 4711.25'), { timeout: 60_000 }).toBe(0);
    });

    test('an abort kills the script, even one that ignores TERM', async () => {
      const stop = new AbortController();
      const run = connection.run(sh`trap "" TERM; echo; sleep 4712.25; sleep 4712.25`, { signal: stop.signal });
      setTimeout(() => stop.abort(), 300);
      await expect(run).rejects.toMatchObject({ failure: { message: 'interrupted' } });
      await expect.poll(() => running('sleep 4712.25'), { timeout: 60_000 }).toBe(0);
    });

    test('kill ends an open script', async () => {
      const channel = await connection.open(sh`sleep 4713.25`);
      channel.kill();
      await expect(channel.done).rejects.toMatchObject({ failure: { class: 'exit' } });
    });

    test('endless output is refused', async () => {
      await expect(connection.run(sh`while :; do echo 4714; done`, { maxBytes: 100_000 })).rejects.toMatchObject({
        failure: { class: 'exit', message: expect.stringContaining('100000') },
      });
      expect((await connection.run(sh`echo still here`)).stdout).toBe('still here\n');
    });

    test('a socket is forwarded from the host', async () => {
      const server = createServer(socket => {
        socket.on('data', data => {
          socket.end(`echo ${data}`);
        });
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const socket = await connection.forward('127.0.0.1', port);
      socket.write('hi');
      let seen = '';
      for await (const chunk of socket) seen += chunk;
      expect(seen).toBe('echo hi');
      server.close();
    });

    test('many connect at once', async () => {
      const all = await Promise.all(
        Array.from({ length: 5 }, () => connect(sshd.host, { ...sshd.options, transport })),
      );
      for (const each of all) each.close();
      await Promise.all(all.map(each => each.closed));
    });
  },
);

const running = (command: string): number =>
  execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .split('\n')
    .filter(line => line === command).length;
