import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, connect as tcp, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../src/transport/connect.js';
import { connectAll } from '../../src/transport/pool.js';
import { type Sshd, startSshd, unable } from './sshd.js';
import { sh } from '../../src/shell/sh.js';

/** A wire that can be cut: forwards to sshd until `cut`. */
const cuttable = async (port: number): Promise<{ server: Server; port: number; cut(): void }> => {
  const sockets: Socket[] = [];
  const server = createServer(near => {
    const far = tcp(port, '127.0.0.1');
    sockets.push(near, far);
    for (const socket of [near, far]) socket.on('error', () => {});
    near.pipe(far).pipe(near);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    server,
    port: (server.address() as AddressInfo).port,
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
};

describe.skipIf(unable)(`trouble${unable ? ` (skipped: ${unable})` : ''}`, () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd.stop());

  test.each(['ssh2', 'openssh'] as const)(
    'a connection cut in the middle, by %s: all that waits for it fails, nothing hangs',
    async transport => {
      const wire = await cuttable(sshd.port);
      const connection = await connect(sshd.access({ port: wire.port, hostKey: sshd.hostKey('ed25519') }), {
        ...sshd.options,
        transport,
      });
      const runs = Array.from({ length: 10 }, () =>
        connection.run(sh`echo begun; sleep 3`).catch(error => error.failure),
      );
      const channel = await Promise.race([
        connection.open(sh`echo begun; cat`),
        new Promise<undefined>(resolve => {
          setTimeout(resolve, 300, undefined);
        }),
      ]);
      setTimeout(() => wire.cut(), 500);
      const failures = await Promise.all(runs);
      expect(failures.map(each => each.class)).toEqual(Array.from({ length: 10 }, () => 'unreachable'));
      if (channel) await expect(channel.done).rejects.toMatchObject({ failure: { class: 'unreachable' } });
      expect(await connection.closed).toMatchObject({ failure: { class: 'unreachable', host: 'kw-a' } });
      await expect(connection.run(sh`echo no`)).rejects.toMatchObject({ failure: { class: 'unreachable' } });
      await expect(connection.forward('127.0.0.1', sshd.port)).rejects.toMatchObject({
        failure: { class: 'unreachable' },
      });
      wire.server.close();
    },
  );

  test('an open channel of a lost connection throws where it is read', async () => {
    const wire = await cuttable(sshd.port);
    const connection = await connect(sshd.access({ port: wire.port, hostKey: sshd.hostKey('ed25519') }), sshd.options);
    const channel = await connection.open(sh`echo begun; cat`);
    const seen: string[] = [];
    const reading = (async () => {
      for await (const chunk of channel.output) {
        seen.push(chunk);
        wire.cut();
      }
    })();
    await expect(reading).rejects.toMatchObject({ failure: { class: 'unreachable' } });
    expect(seen).toEqual(['begun\n']);
    wire.server.close();
  });

  /** Milliseconds that a login has where nobody says how many. */
  const withoutALimit = 10_000;
  test.each(['ssh2', 'openssh'] as const)('a port that is silent ends at the time limit, by %s', async transport => {
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const began = performance.now();
    const { port } = server.address() as AddressInfo;
    await expect(connect(sshd.access({ port }), { ...sshd.options, timeoutMs: 300, transport })).rejects.toMatchObject({
      failure: { class: transport === 'ssh2' ? 'timeout' : 'unreachable' },
    });
    expect(performance.now() - began).toBeLessThan(withoutALimit);
    server.close();
  });

  test('a port that speaks something else, or hangs up, is told', async () => {
    for (const [greet, kind] of [
      ['SSH-1.0-ancient\r\n', 'refused'],
      ['HTTP/1.1 400 Bad Request\r\n\r\n', 'unreachable'],
      ['', 'unreachable'],
    ] as const) {
      const server = createServer(socket => {
        socket.on('error', () => {});
        socket.end(greet);
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      await expect(connect(sshd.access({ port }), sshd.options)).rejects.toMatchObject({ failure: { class: kind } });
      server.close();
    }
  });

  test('an abort ends a connect', async () => {
    await expect(connect(sshd.host, { ...sshd.options, signal: AbortSignal.abort() })).rejects.toMatchObject({
      failure: { message: 'interrupted' },
    });
  });

  test('through a jump host: the address is the one that the jump host sees', async () => {
    const jump = `${sshd.host.ssh.user}@127.0.0.1:${sshd.port}`;
    const connection = await connect(sshd.access({ jump }), sshd.options);
    expect((await connection.run(sh`echo far`)).stdout).toBe('far\n');
    connection.close();
    expect(await connection.closed).toBeUndefined();
    await expect(connect(sshd.access({ jump: 'a b:c:d' }), sshd.options)).rejects.toMatchObject({
      failure: { class: 'refused' },
    });
  });

  test('many hosts, some of them ill: one result each, in order; one jump connection for all', async () => {
    const hosts = Array.from({ length: 9 }, (_, n) => ({
      ...sshd.access(n % 3 === 0 ? { port: 1 } : n % 3 === 1 ? { jump: `127.0.0.1:${sshd.port}` } : {}),
      name: `kw-${n}`,
    }));
    const all = await connectAll(hosts, sshd.options, 4);
    expect(
      all.map(each => ('failure' in each ? `${each.failure.host} ${each.failure.class}` : each.connection.host)),
    ).toEqual(hosts.map((host, n) => (n % 3 === 0 ? `${host.name} unreachable` : host.name)));
    const logins = execFileSync('ps', ['--ppid', String(sshd.pid), '-o', 'pid='], { encoding: 'utf8' })
      .trim()
      .split('\n').length;
    expect(logins).toBeLessThanOrEqual(7);
    for (const each of all) if ('connection' in each) each.connection.close();
  });
});
