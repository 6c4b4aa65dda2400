import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { local } from '../../src/transport/local.js';
import { recorded } from '../../src/transport/recorded.js';
import { unable } from './sshd.js';
import { sh } from '../../src/shell/sh.js';

describe.skipIf(unable)(`this machine as a host${unable ? ` (skipped: ${unable})` : ''}`, () => {
  test('scripts run, are fed, are killed, and sockets are forwarded', async () => {
    const connection = local('here');
    expect(await connection.run(sh`cat; echo oh >&2; exit 4`, { stdin: 'in' })).toEqual({
      code: 4,
      stdout: 'in',
      stderr: 'oh\n',
    });
    await expect(connection.run(sh`sleep 4715.25`, { timeoutMs: 200 })).rejects.toMatchObject({
      failure: { class: 'timeout' },
    });
    const server = createServer(socket => {
      socket.end('hi');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    let seen = '';
    for await (const chunk of await connection.forward('127.0.0.1', (server.address() as AddressInfo).port))
      seen += chunk;
    expect(seen).toBe('hi');
    server.close();
    connection.close();
    expect(await connection.closed).toBeUndefined();
    await expect(connection.run(sh`true`)).rejects.toMatchObject({ failure: { class: 'unreachable' } });
  });
});

test('a record answers what it was asked then, and nothing else', async () => {
  const connection = recorded('kw-1', new Map([['hostname', { code: 0, stdout: 'kw-1\n', stderr: '' }]]));
  expect((await connection.run(sh`hostname`)).stdout).toBe('kw-1\n');
  const channel = await connection.open(sh`hostname`);
  let seen = '';
  for await (const chunk of channel.output) seen += chunk;
  expect([seen, await channel.done]).toEqual(['kw-1\n', { code: 0, stderr: '' }]);
  await expect(connection.run(sh`uptime`)).rejects.toMatchObject({ failure: { class: 'unreachable', host: 'kw-1' } });
});
