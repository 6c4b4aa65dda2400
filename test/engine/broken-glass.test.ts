/** kw is a named user that a binding lets in; past all roles it goes only where the API server refuses that user. */
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Issue } from '../../src/engine/context.js';
import { gatherApi } from '../../src/engine/gather/api.js';
import { adminCredentials, brokenGlass } from '../../src/engine/reach/admin.js';
import { livingApi } from '../../src/engine/reach/living-api.js';
import { writeSecret } from '../../src/engine/vault/store.js';
import type { Connection } from '../../src/transport/connection.js';
import { type ApiServer, apiServer } from './api-server.js';

const now = new Date();
const review = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
type Mood = 'bound' | 'unbound' | 'mute' | 'forgets';
let mood: Mood = 'bound';
let seen: string[] = [];
let server: ApiServer;
let dir = '';

const whoAsks = (request: IncomingMessage) => (request.socket as TLSSocket).getPeerCertificate().subject ?? {};
const isMaster = (request: IncomingMessage): boolean => whoAsks(request).O === 'system:masters';

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'kw-glass-'));
  server = await apiServer(now, (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'https://api');
    seen.push(`${whoAsks(request).CN} ${pathname}`);
    const master = isMaster(request);
    const [status, body] =
      pathname === review
        ? mood === 'mute'
          ? [500, 'no']
          : [201, { status: { allowed: master || mood === 'bound' } }]
        : pathname === '/nodes' && master && mood === 'forgets'
          ? [401, {}]
          : [200, pathname === '/version' ? { gitVersion: 'v1.36.3' } : { items: [] }];
    if (status === 401) mood = 'bound';
    response.writeHead(status as number, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
});
afterAll(() => {
  server.close();
  rmSync(dir, { recursive: true });
});
beforeEach(() => {
  seen = [];
});

const issue: Issue = async request => ({ ...(await server.issue(request)), caPem: server.way.caPem });
const vault = (certPem = server.way.caPem) => ({
  authorities: { ca: certPem },
  authority: () => ({ certPem }),
  issue,
});
const living = () =>
  livingApi({
    hosts: ['kw-1'],
    connections: async () => ({ forward: () => server.way.connect() }) as unknown as Connection,
    caPem: async () => server.way.caPem,
    credentials: () => adminCredentials(dir, vault(), now),
    glass: () => brokenGlass(issue),
  });
const asker = async (of: Mood, path = '/nodes'): Promise<readonly string[]> => {
  mood = of;
  const api = living();
  await (await api.get()).request('GET', path);
  api.close();
  return seen.filter(one => one.endsWith(path)).map(one => one.split(' ')[0] ?? '');
};

test('what stays is of a named user without groups; an older one of system:masters is made anew', async () => {
  const older = await server.issue({ commonName: 'kubewizard', organizations: ['system:masters'] });
  await writeSecret(dir, 'control-machine/admin.key', older.keyPem);
  await writeSecret(dir, 'control-machine/admin.crt', older.certPem);
  const made = await adminCredentials(dir, vault(), now);
  expect(new X509Certificate(made.certPem).subject).toBe('CN=kubewizard:control-machine');
  expect((await adminCredentials(dir, vault(), now)).certPem).toBe(made.certPem);
});

test('who is bound asks as himself', async () => expect(await asker('bound')).toEqual(['kubewizard:control-machine']));
test('who is not bound breaks the glass, under another name', async () =>
  expect(await asker('unbound')).toEqual(['kubewizard:break-glass']));
test('a server that does not tell gives no reason for it', async () =>
  expect(await asker('mute')).toEqual(['kubewizard:control-machine']));

test('once its hour is over, the server is asked anew who is let in', async () => {
  mood = 'unbound';
  const api = living();
  const asked = await api.get();
  mood = 'forgets';
  expect((await asked.request('POST', '/nodes', {})).status).toBe(200);
  api.close();
  expect(seen.filter(one => one.endsWith('/nodes'))).toEqual([
    'kubewizard:break-glass /nodes',
    'kubewizard:control-machine /nodes',
  ]);
});

test('broken glass ends after an hour and is on no disk', async () => {
  let asked: Parameters<Issue>[0] | undefined;
  await brokenGlass(async request => {
    asked = request;
    return issue(request);
  });
  expect(asked).toMatchObject({ days: 1 / 24, organizations: ['system:masters'] });
});

test.each([
  ['bound', 'kubewizard:control-machine'],
  ['unbound', 'kubewizard:break-glass'],
] as const)("a doctor's lists, %s: asked as %s", async (of, who) => {
  mood = of;
  const credentials = await adminCredentials(dir, vault(), now);
  await gatherApi(
    async () => [{ ...server.way, credentials, glass: () => brokenGlass(issue) }],
    () => now,
  );
  expect(new Set(seen.filter(one => one.includes('/api/v1/nodes')).map(one => one.split(' ')[0]))).toEqual(
    new Set([who]),
  );
});

test('what another CA has signed than the one that signs now is made anew, though that is trusted still', async () => {
  const { createAuthority } = await import('../../src/pki/issue.js');
  const made = await adminCredentials(dir, vault(), now);
  const next = await createAuthority({ commonName: 'kubernetes', days: 30, algorithm: 'ecdsa-p256', now });
  expect((await adminCredentials(dir, vault(next.certPem), now)).certPem).not.toBe(made.certPem);
});
