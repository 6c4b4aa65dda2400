/** What a port says to clients of the old CA and of the new one, and whose certificate it shows: real handshakes. */
import { once } from 'node:events';
import { createServer as http } from 'node:https';
import { type AddressInfo, connect, type Server } from 'node:net';
import { Duplex } from 'node:stream';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { askTls } from '../../src/engine/reach/ask-tls.js';
import { createAuthority, issueCertificate, type Pair } from '../../src/pki/issue.js';
import { readCertificates } from '../../src/pki/read.js';
import { edgesOfClient, edgesOfServer, formerOf, isLetIn } from '../../src/workflow/rotate/authority-probes.js';
import type { Connection } from '../../src/transport/connection.js';
import type { Turning } from '../../src/workflow/rotate/rotatable.js';
import { isSignedBy } from '../../src/pki/chain.js';

const now = () => new Date();
let [old, next] = [] as unknown as [Pair, Pair];
beforeAll(async () => {
  const made = () => createAuthority({ commonName: 'etcd-ca', days: 30, algorithm: 'ecdsa-p256', now: now() });
  [old, next] = [await made(), await made()];
});
const certificate = ({ certPem }: Pair) => readCertificates(certPem).certificates[0] as never;
const leaf = (pair: Pair) =>
  issueCertificate(
    pair,
    { ca: 'etcd/ca', commonName: 'a', organizations: [], sans: ['127.0.0.1'], usages: ['server', 'client'], days: 1 },
    { algorithm: 'ecdsa-p256', now: now() },
  );

const servers: Server[] = [];
afterEach(() => {
  for (const one of servers.splice(0)) one.close();
});
/**
 * As etcd does: whoever shows no certificate of these CAs gets no answer. `polite`: as an API server, 401.
 * @param knows The only path that is known: to others it says 404, whoever asks.
 */
const serving = async (shows: Pair, trust: readonly Pair[], polite = false, knows?: string): Promise<number> => {
  const { certPem: cert, keyPem: key } = await leaf(shows);
  const options = {
    cert,
    key,
    ca: trust.map(({ certPem }) => certPem),
    requestCert: true,
    rejectUnauthorized: !polite,
  };
  const server = http(options, (asked, answer) => {
    if (knows !== undefined && asked.url !== knows) {
      answer.writeHead(404).end();
      return;
    }
    const known = (asked.socket as unknown as { readonly authorized: boolean }).authorized;
    answer.writeHead(known ? 200 : 401).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return (server.address() as AddressInfo).port;
};

/** A channel of ssh, which stays open after the far end has closed. */
const channelTo = (port: number): Duplex => {
  const socket = connect(port, '127.0.0.1');
  const channel = new Duplex({
    read() {},
    write: (chunk, _, done) => {
      socket.write(chunk, () => done());
    },
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', data => channel.push(data)).on('end', () => channel.push(null));
  socket.on('error', () => undefined);
  return channel;
};

test('an answer is one through a channel that stays open, and so is a refusal', async () => {
  const asked = async (port: number, pair: Pair) => {
    const client = await leaf(pair);
    const way = { forward: async () => channelTo(port) } as unknown as Connection;
    return askTls(way, { address: '127.0.0.1', port, path: '/version', client });
  };
  expect(await asked(await serving(old, [old], true), old)).toMatchObject({ status: 200 });
  expect(await asked(await serving(old, [old], true), next)).toMatchObject({ status: 401 });
  expect(isLetIn(await asked(await serving(old, [old]), next))).toBe(false);
});

/** Every port of the table leads to this one. */
const turning = (port: number | undefined, secrets: Readonly<Record<string, string>> = {}): Turning =>
  ({
    clock: now,
    session: {
      spec: {
        pki: { algorithm: 'ecdsa-p256' },
        hosts: [{ name: 'a', address: '10.0.0.1', roles: ['etcd', 'controlPlane'] }],
      },
      connections: async () => ({
        forward: async () => {
          if (port === undefined) throw new Error('no way');
          const socket = connect(port, '127.0.0.1');
          await once(socket, 'connect');
          return socket;
        },
      }),
    },
    vault: {
      reveal: (name: string) => ({ old: old.keyPem, next: next.keyPem, ...secrets })[name] ?? '',
      has: (name: string) => name in secrets,
      names: () => Object.keys(secrets),
    },
  }) as unknown as Turning;
const authority = (which: 'old' | 'next') => ({ certificate: certificate(which === 'old' ? old : next), key: which });
const ok = (edges: readonly { readonly ok: unknown }[]) => edges.map(one => one.ok);

test('both ports of a member: the new one is let in where it is trusted, and refused where it is not', async () => {
  const both = turning(await serving(old, [old, next]));
  expect(ok(await edgesOfClient(both, 'etcd/ca', authority('next'), 'let in'))).toEqual([true, true]);
  expect(ok(await edgesOfClient(both, 'etcd/ca', authority('old'), 'refused'))).toEqual([false, false]);
  const before = turning(await serving(old, [old]));
  expect(ok(await edgesOfClient(before, 'etcd/ca', authority('next'), 'let in'))).toEqual([false, false]);
  const dropped = turning(await serving(next, [next]));
  expect(ok(await edgesOfClient(dropped, 'etcd/ca', authority('old'), 'refused'))).toEqual([true, true]);
});

test('an API server says who it does not know', async () => {
  const both = turning(await serving(old, [old, next], true));
  expect(ok(await edgesOfClient(both, 'front-proxy-ca', authority('next'), 'let in'))).toEqual([true]);
  const before = turning(await serving(old, [old], true));
  expect(ok(await edgesOfClient(before, 'front-proxy-ca', authority('next'), 'let in'))).toEqual([false]);
  expect(ok(await edgesOfClient(before, 'front-proxy-ca', authority('next'), 'refused'))).toEqual([true]);
});

test('a kubelet is asked what it tells nobody that it does not know; who does not judge has let nobody in', async () => {
  const kubelet = turning(await serving(old, [old], true, '/healthz'));
  expect(ok(await edgesOfClient(kubelet, 'ca', authority('next'), 'let in'))).toEqual(['unknown', false]);
  expect(ok(await edgesOfClient(kubelet, 'ca', authority('old'), 'let in'))).toEqual(['unknown', true]);
  const server = turning(await serving(old, [old], true, '/version'));
  expect(ok(await edgesOfClient(server, 'ca', authority('next'), 'refused'))).toEqual([true, 'unknown']);
});

test('whose certificate a port shows, also to whom it refuses', async () => {
  const signs = turning(await serving(next, [old]));
  expect(ok(await edgesOfServer(signs, 'etcd/ca', authority('next')))).toEqual([true, true]);
  expect(ok(await edgesOfServer(signs, 'etcd/ca', authority('old')))).toEqual([false, false]);
});

test('a port that cannot be reached has refused nobody', async () => {
  const away = turning(undefined);
  for (const expects of ['let in', 'refused'] as const)
    expect(ok(await edgesOfClient(away, 'etcd/ca', authority('old'), expects))).toEqual(['unknown', 'unknown']);
  expect(ok(await edgesOfServer(away, 'etcd/ca', authority('old')))).toEqual(['unknown', 'unknown']);
});

test('one question', async () => {
  const port = await serving(next, [next]);
  const way = { forward: async () => connect(port, '127.0.0.1') } as never;
  const client = await leaf(next);
  const answer = await askTls(way, { address: '127.0.0.1', port, path: '/version', client });
  expect(isLetIn(answer)).toBe(true);
  const [shown] = readCertificates(answer.shows ?? '').certificates;
  expect(shown && isSignedBy(shown, certificate(next))).toBe(true);
});

test('CAs of before are those that the vault has, with their keys, and that do not sign', () => {
  const secrets = {
    'pki/etcd/ca.crt': old.certPem,
    'pki/etcd/ca.key': old.keyPem,
    'pki/etcd-ca-0123456789ab.crt': next.certPem,
    'pki/etcd-ca-0123456789ab.key': next.keyPem,
  };
  expect(formerOf(turning(1, secrets), 'etcd/ca', certificate(next)).map(one => one.key)).toEqual(['pki/etcd/ca.key']);
  expect(formerOf(turning(1, secrets), 'etcd/ca', certificate(old)).map(one => one.key)).toEqual([
    'pki/etcd-ca-0123456789ab.key',
  ]);
  const { 'pki/etcd/ca.key': _, ...keyless } = secrets;
  expect(formerOf(turning(1, keyless), 'etcd/ca', certificate(next))).toEqual([]);
});
