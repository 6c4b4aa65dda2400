import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Duplex, PassThrough } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contentTypes, kubeClient, type KubeClient } from '../../src/kube/client.js';
import { accepted } from '../../src/kube/failures.js';
import { list } from '../../src/kube/list.js';
import { connect } from '../../src/transport/connect.js';
import type { Connection } from '../../src/transport/connection.js';
import { makePki } from './made-pki.js';
import { type Sshd, startSshd, unable } from './sshd.js';

describe.skipIf(unable)(`the API through ssh${unable ? ` (skipped: ${unable})` : ''}`, () => {
  let sshd: Sshd;
  let connection: Connection;
  let server: Server;
  let port = 0;
  let sockets = 0;
  let expired = true;
  const directory = mkdtempSync(join(tmpdir(), 'kw-pki-'));
  const pem = makePki(directory);
  const clients: KubeClient[] = [];

  beforeAll(async () => {
    sshd = await startSshd();
    connection = await connect(sshd.host, sshd.options);
    server = createServer(
      {
        ca: pem('ca.crt'),
        cert: pem('server.crt'),
        key: pem('server.key'),
        requestCert: true,
        rejectUnauthorized: false,
      },
      async (request, response) => {
        const url = new URL(request.url ?? '', 'https://x');
        const socket = request.socket as TLSSocket;
        const give = (status: number, body: unknown, type = 'application/json') => {
          response.writeHead(status, { 'content-type': type });
          response.end(type === 'text/plain' ? String(body) : JSON.stringify(body));
        };
        let sent = '';
        for await (const chunk of request) sent += chunk;
        if (url.pathname === '/hang') return;
        if (url.pathname === '/readyz') return give(200, 'ok', 'text/plain');
        if (url.pathname === '/drop') return socket.destroy();
        if (url.pathname === '/lies') {
          response.writeHead(200, { 'content-type': 'application/json' });
          return response.end('{"items": [');
        }
        if (!socket.authorized && request.headers.authorization !== 'Bearer good')
          return give(401, { kind: 'Status', message: 'Unauthorized' });
        if (url.pathname === '/echo')
          return give(200, {
            method: request.method,
            type: request.headers['content-type'],
            sent,
            who: (socket.getPeerCertificate().subject as { CN?: string } | undefined)?.CN,
          });
        if (url.pathname !== '/api/v1/pods') return give(404, { kind: 'Status', message: 'pods "x\x1b[2J" not found' });
        const from = Number(url.searchParams.get('continue') ?? 0);
        if (from === 4 && expired) {
          expired = false;
          return give(410, { kind: 'Status', reason: 'Expired', message: 'too old' });
        }
        const to = Math.min(from + Number(url.searchParams.get('limit')), 11);
        return give(200, {
          items: Array.from({ length: to - from }, (_, n) => ({ n: from + n })),
          metadata: to < 11 ? { continue: String(to) } : {},
        });
      },
    ).listen(0, '127.0.0.1');
    server.on('secureConnection', () => {
      sockets++;
    });
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    server.close();
    connection.close();
    await connection.closed;
    await sshd.stop();
    rmSync(directory, { recursive: true });
  });

  const client = (more: Partial<Parameters<typeof kubeClient>[0]> = {}): KubeClient => {
    const made = kubeClient({
      serverName: 'kubernetes',
      connect: () => connection.forward('127.0.0.1', port),
      caPem: pem('ca.crt'),
      credentials: { certPem: pem('admin.crt'), keyPem: pem('admin.key') },
      timeoutMs: 60_000,
      ...more,
    });
    clients.push(made);
    return made;
  };

  test('mTLS through the ssh channel: who asks is seen, patches keep their type, one connection serves many requests', async () => {
    const api = client();
    const before = sockets;
    for (const type of Object.values(contentTypes)) {
      expect(await api.request('PATCH', '/echo', { a: 'é' }, type)).toEqual({
        status: 200,
        body: { method: 'PATCH', type, sent: '{"a":"é"}', who: 'admin' },
      });
    }
    expect(await api.request('GET', '/readyz')).toEqual({ status: 200, body: 'ok' });
    expect(sockets - before).toBe(1);
  });

  test('a token serves as well; the server is known by an address too', async () => {
    expect(
      (await client({ serverName: '10.96.0.1', credentials: { token: 'good' } }).request('GET', '/echo')).status,
    ).toBe(200);
    expect(await client({ credentials: { token: 'bad' } }).request('GET', '/echo')).toEqual({
      status: 401,
      body: { kind: 'Status', message: 'Unauthorized' },
    });
  });

  test('a list comes in pages, and begins anew when it has grown too old', async () => {
    expect(await list(client(), '/api/v1/pods', 4)).toEqual(Array.from({ length: 11 }, (_, n) => ({ n })));
    expect(expired).toBe(false);
  });

  test('a refusal carries the words of the Status, harmless for terminals', async () => {
    const answer = await client().request('GET', '/api/v1/none');
    expect(() => accepted('GET /api/v1/none', answer)).toThrow('GET /api/v1/none: 404 pods "x\\x1b[2J" not found');
  });

  test('a server of another name or another CA is refused', async () => {
    await expect(client({ serverName: 'elsewhere' }).request('GET', '/readyz')).rejects.toMatchObject({
      failure: { class: 'refused', message: expect.stringContaining('elsewhere') },
    });
    await expect(client({ serverName: '10.0.0.9' }).request('GET', '/readyz')).rejects.toMatchObject({
      failure: { class: 'refused' },
    });
    await expect(client({ caPem: pem('other.crt') }).request('GET', '/readyz')).rejects.toMatchObject({
      failure: { class: 'refused' },
    });
  });

  test('a client certificate of another CA is nobody', async () => {
    expect(
      (
        await client({ credentials: { certPem: pem('stranger.crt'), keyPem: pem('stranger.key') } }).request(
          'GET',
          '/echo',
        )
      ).status,
    ).toBe(401);
  });

  test('silence, a broken connection, half an answer and a closed port each fail by their class', async () => {
    await expect(client({ timeoutMs: 300 }).request('GET', '/hang')).rejects.toMatchObject({
      failure: { class: 'timeout' },
    });
    await expect(client().request('GET', '/drop')).rejects.toMatchObject({ failure: { class: 'unreachable' } });
    await expect(client().request('GET', '/lies')).rejects.toMatchObject({ failure: { class: 'exit' } });
    await expect(
      client({ connect: () => connection.forward('127.0.0.1', 1) }).request('GET', '/x'),
    ).rejects.toMatchObject({ failure: { class: 'unreachable', host: 'kw-a' } });
  });

  test('a connection that the server has ended is not used again: what comes next goes over another', async () => {
    const opened: Duplex[] = [];
    const api = client({
      async connect() {
        const socket = await connection.forward('127.0.0.1', port);
        opened.push(socket);
        return socket;
      },
    });
    for (const before of [0, 1]) {
      expect((await api.request('PATCH', '/echo', {}, contentTypes.merge)).status).toBe(200);
      const [socket] = opened.slice(before);
      assert(socket);
      const closed = once(socket, 'close');
      server.closeAllConnections();
      await closed;
    }
    expect(opened).toHaveLength(2);
  });

  test('nobody takes the connection: the time of a request is over all the same, and what comes late is closed', async () => {
    let come = (_: Duplex): void => {};
    const coming = new Promise<Duplex>(resolve => {
      come = resolve;
    });
    const waiting = client({ timeoutMs: 300, connect: () => coming });
    await expect(waiting.request('GET', '/x')).rejects.toMatchObject({ failure: { class: 'timeout' } });
    waiting.close();
    const late = new PassThrough();
    come(late);
    await once(late, 'close');
  });
});
