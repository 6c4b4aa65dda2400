/** One hostile or broken host: what it may make this program hold, and how long. Its neighbours notice nothing. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { WorldFailed } from '../../src/model/event.js';
import { sh } from '../../src/shell/sh.js';
import { heard } from '../../src/engine/gather/heard.js';
import { connect } from '../../src/transport/connect.js';
import type { Host } from '../../src/model/cluster.js';
import type { Connection } from '../../src/transport/connection.js';
import { local } from '../../src/transport/local.js';
import { misdeeds, hostile } from './misbehaving.js';

const MiB = 1024 * 1024;
const question = sh`echo begun; sleep 0.2; echo ended`;
const answer = { code: 0, stdout: 'begun\nended\n', stderr: '' };

let open: Connection[] = [];
let servers: Server[] = [];
afterEach(() => {
  for (const each of open) each.close();
  for (const each of servers) each.close();
  open = [];
  servers = [];
});
const kept = (connection: Connection): Connection => {
  open.push(connection);
  return connection;
};

/** Runs it beside a good host; tells its end, the seconds, and by how many MiB this process grew. */
const beside = async <T>(bad: () => Promise<T>) => {
  const good = kept(local('good'));
  const before = process.memoryUsage().rss;
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
  }, 20);
  const began = performance.now();
  const ended = bad().catch((error: unknown) => error);
  expect(await good.run(question)).toEqual(answer);
  const outcome = await ended;
  clearInterval(watch);
  return { outcome, seconds: (performance.now() - began) / 1000, grown: (most - before) / MiB };
};

/** Seconds. It is the end of a hang that is meant: a machine under load may take ten times as long as a quiet one. */
const bounded = 120;

describe('a host that', () => {
  for (const [what, misdeed] of Object.entries(misdeeds)) {
    test(`${what}: a script on it ends, in bounded time and memory, with its name`, async () => {
      const bad = kept(hostile('bad', misdeed));
      const { outcome, seconds, grown } = await beside(() => bad.run(question, { maxBytes: 8 * MiB }));
      if (outcome instanceof WorldFailed) {
        expect(outcome.failure.host).toBe('bad');
        expect(outcome.failure.message).not.toBe('');
      } else expect(['answers garbage', 'answers nothing']).toContain(what);
      expect(seconds).toBeLessThan(bounded);
      expect(grown).toBeLessThan(200);
    });

    test(`${what}: an open channel to it ends when it is killed, and so does its chart`, async () => {
      const bad = kept(hostile('bad', misdeed));
      const { seconds, grown } = await beside(async () => {
        const seen = await heard(bad, question, 1000).catch(error => error);
        if (seen instanceof Error) expect(seen).toBeInstanceOf(WorldFailed);
        const channel = await bad.open(question);
        channel.done.catch(() => undefined);
        const taken = channel.write('x'.repeat(4 * MiB));
        channel.kill();
        for await (const _ of channel.output);
        await taken;
      });
      expect(seconds).toBeLessThan(bounded);
      expect(grown).toBeLessThan(300);
    });
  }

  test('gives no socket: a forward ends', async () => {
    await expect(kept(hostile('bad', 'sleep 60')).forward('127.0.0.1', 1)).rejects.toMatchObject({
      failure: { host: 'bad', class: 'timeout' },
    });
  });

  test('does not let go of a script loses its connection, and says why to all that wait', async () => {
    const bad = kept(hostile('bad', misdeeds['does not let go when it is killed'] ?? ''));
    await expect(bad.run(question)).rejects.toMatchObject({ failure: { class: 'timeout' } });
    expect(await bad.closed).toMatchObject({ failure: { message: expect.stringContaining('had not let go of it') } });
    await expect(bad.run(question)).rejects.toBeInstanceOf(WorldFailed);
  });
});

const greeting = (serve: (socket: Socket) => void): Promise<number> => {
  const server = createServer(socket => {
    socket.on('error', () => {});
    serve(socket);
  }).listen(0, '127.0.0.1');
  servers.push(server);
  return once(server, 'listening').then(() => (server.address() as AddressInfo).port);
};

const endless = (socket: Socket, text: string): void => {
  const more = (): void => {
    while (!socket.destroyed && socket.write(text));
    if (!socket.destroyed) socket.once('drain', more);
  };
  more();
};

const greetings: Readonly<Record<string, (socket: Socket) => void>> = {
  'says nothing': () => {},
  'greets without end': socket => endless(socket, `${'welcome '.repeat(20)}\r\n`),
  'greets without a line end': socket => endless(socket, 'w'.repeat(65_536)),
  'is an SSH server, and then garbage without end': socket => {
    socket.write('SSH-2.0-OpenSSH_9.2\r\n');
    endless(socket, '\u0000\u0000\u0001'.repeat(20_000));
  },
  'greets byte by byte': async socket => {
    for (const letter of `SSH-2.0-${'o'.repeat(1000)}`) {
      if (socket.destroyed) return;
      socket.write(letter);
      await sleep(50);
    }
  },
  'never ends the handshake': socket => {
    socket.write('SSH-2.0-OpenSSH_9.2\r\n');
  },
};

describe('an SSH port that', () => {
  for (const [what, serve] of Object.entries(greetings))
    for (const transport of ['ssh2', 'openssh'] as const)
      test(`${what} ends the login in time, by ${transport}`, async () => {
        const port = await greeting(serve);
        const host: Host = {
          name: 'bad',
          address: '127.0.0.1',
          roles: [],
          labels: {},
          taints: [],
          ssh: { user: 'root', port },
        };
        const { outcome, seconds, grown } = await beside(() =>
          connect(host, { transport, timeoutMs: 1500, knownHosts: { files: [] }, keys: [] }),
        );
        expect(outcome).toMatchObject({ failure: { host: 'bad' } });
        expect(seconds).toBeLessThan(bounded);
        expect(grown).toBeLessThan(150);
      });
});

test('a limit that stands still while a person is asked gives no time to who asks again and again', async () => {
  const { deadline } = await import('../../src/transport/deadline.js');
  const late = new WorldFailed({ class: 'timeout', message: 'late' });
  const limit = deadline(
    300,
    () => late,
    () => late,
    undefined,
  );
  const asking = (async () => {
    for (let n = 0; n < 50; n++) {
      await sleep(100);
      await limit.pauseFor(Promise.resolve(true));
    }
  })();
  await expect(limit.race(asking)).rejects.toBe(late);
  limit.stop();
  asking.catch(() => undefined);
});
