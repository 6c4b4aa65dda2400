/** Something that is not an API server, or one in foreign hands, behind a forwarded port: what the client bears of it. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect as tcp, createServer as plain, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as secured } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { probe } from '../../src/engine/gather/probe.js';
import { kubeClient } from '../../src/kube/client.js';
import { isTooDeep } from '../../src/kube/depth.js';
import { list } from '../../src/kube/list.js';
import { WorldFailed } from '../../src/model/event.js';

const directory = mkdtempSync(join(tmpdir(), 'kw-hostile-'));
let certPem = '';
let keyPem = '';
const servers: Server[] = [];

beforeAll(() => {
  const at = (name: string) => join(directory, name);
  execFileSync(
    'openssl',
    `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=x -addext subjectAltName=IP:127.0.0.1 -keyout ${at('k')} -out ${at('c')}`.split(
      ' ',
    ),
    { stdio: 'pipe' },
  );
  [certPem, keyPem] = [readFileSync(at('c'), 'utf8'), readFileSync(at('k'), 'utf8')];
});
afterAll(() => {
  for (const each of servers) each.close();
  rmSync(directory, { recursive: true, force: true });
});

const served = async (server: Server): Promise<number> => {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};

const endless = (socket: Socket, piece: string, everyMs = 0): void => {
  const more = (): void => {
    if (socket.destroyed) return;
    if (everyMs > 0) {
      socket.write(piece);
      setTimeout(more, everyMs);
      return;
    }
    while (!socket.destroyed && socket.write(piece));
    socket.once('drain', more);
  };
  more();
};

const ok = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';
const json = (body: string): string => `${ok}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

const answers: Readonly<Record<string, (socket: Socket) => void>> = {
  'without end': socket => {
    socket.write(`${ok}\r\n`);
    endless(socket, 'x'.repeat(65_536));
  },
  'with headers without end': socket => {
    socket.write('HTTP/1.1 200 OK\r\n');
    endless(socket, `a: ${'b'.repeat(1000)}\r\n`);
  },
  'with a status line without end': socket => endless(socket, 'HTTP/1.1 200 '.repeat(1000)),
  'that it will answer soon, without end': socket => endless(socket, 'HTTP/1.1 100 Continue\r\n\r\n', 1),
  'byte by byte': socket => {
    socket.write(`${ok}\r\n`);
    endless(socket, ' ', 20);
  },
  nothing: () => {},
  garbage: socket => {
    socket.end('\u0000\u0001\u0002 no HTTP\r\n\r\n');
  },
  'half of what it promised': socket => {
    socket.end(`${ok}content-length: 1000\r\n\r\n{`);
  },
  'what nests a million deep': socket => {
    socket.end(json('['.repeat(1_000_000)));
  },
  'what is not JSON': socket => {
    socket.end(json('{"items": [}'));
  },
};

/** Milliseconds that a request has where nobody says how many. */
const withoutALimit = 15_000;

const clientOf = (port: number) =>
  kubeClient({
    serverName: '127.0.0.1',
    caPem: certPem,
    credentials: { token: 'x' },
    timeoutMs: 1500,
    maxBytes: 4 * 1024 * 1024,
    connect: async () => tcp(port, '127.0.0.1'),
  });

const answering = (misdeed: (socket: Socket) => void) =>
  served(
    secured({ cert: certPem, key: keyPem }, socket => {
      socket.on('error', () => {});
      socket.once('data', () => misdeed(socket));
    }),
  );

for (const [what, misdeed] of Object.entries(answers)) {
  test(`an API server that answers ${what}: the request fails in time, in words`, async () => {
    const client = clientOf(await answering(misdeed));
    const before = process.memoryUsage().rss;
    const began = performance.now();
    const error = await client.request('GET', '/version').catch((found: unknown) => found);
    expect(error).toBeInstanceOf(WorldFailed);
    expect(performance.now() - began).toBeLessThan(withoutALimit);
    expect((process.memoryUsage().rss - before) / 1024 / 1024).toBeLessThan(200);
    client.close();
  });

  test(`a port that answers ${what}: the probe ends, and says something short`, async () => {
    const ports = [
      await answering(misdeed),
      await served(
        plain(socket => {
          socket.on('error', () => {});
          misdeed(socket);
        }),
      ),
    ];
    for (const port of ports) {
      const began = performance.now();
      const seen = await probe(
        { forward: async () => tcp(port, '127.0.0.1') },
        { address: '127.0.0.1', port, tls: true, paths: ['/healthz'] },
      );
      expect(performance.now() - began).toBeLessThan(60_000);
      expect(JSON.stringify(seen.answers).length).toBeLessThan(2 * 1024 * 1024);
    }
  });
}

const lists: Readonly<Record<string, unknown>> = {
  'pages without end': { items: [], metadata: { continue: 'again' } },
  'no list': 'text',
  null: null,
  'a number': 7,
  'items that are none': { items: 7 },
  'items that are a text': { items: 'abc' },
  'a mark that is none': { items: [], metadata: { continue: { a: 1 } } },
};

for (const [what, body] of Object.entries(lists))
  test(`a list of ${what} ends in words, and is not a bug`, async () => {
    const client = { request: async () => ({ status: 200, body }), close: () => {} };
    await expect(list(client, '/api/v1/pods')).rejects.toBeInstanceOf(WorldFailed);
  });

test('depth is counted outside of texts alone', () => {
  expect(isTooDeep(JSON.stringify({ a: '['.repeat(5000), b: [{ c: '"[' }] }))).toBe(false);
  expect(isTooDeep('{"a":'.repeat(1001))).toBe(true);
  expect(isTooDeep(`${'[]'.repeat(5000)}`)).toBe(false);
});
