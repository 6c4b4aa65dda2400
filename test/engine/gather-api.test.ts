/** Every list of the API once, whatever is in it; and of a bootstrap token all but its secret half. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { gatherApi } from '../../src/engine/gather/api.js';
import { type ApiServer, apiServer } from './api-server.js';

const now = new Date();
const asked: string[] = [];
let server: ApiServer | undefined;

const token = {
  metadata: {
    name: 'bootstrap-token-abcdef',
    namespace: 'kube-system',
    annotations: {
      'kubectl.kubernetes.io/last-applied-configuration': '{"stringData":{"token-secret":"0123456789abcdef"}}',
    },
  },
  type: 'bootstrap.kubernetes.io/token',
  data: {
    'token-id': 'YWJjZGVm',
    'token-secret': Buffer.from('0123456789abcdef').toString('base64'),
    expiration: Buffer.from('2026-01-01T00:00:00Z').toString('base64'),
  },
};
const secret = { metadata: { name: 'db', namespace: 'kube-system' } };

const itemsOf = (url: URL): readonly unknown[] =>
  url.pathname !== '/api/v1/secrets'
    ? []
    : url.searchParams.get('fieldSelector') === 'type=bootstrap.kubernetes.io/token'
      ? [token]
      : [secret];

beforeAll(async () => {
  server = await apiServer(now, (request, response) => {
    const url = new URL(request.url ?? '/', 'https://api');
    asked.push(`${url.pathname} ${url.searchParams.get('fieldSelector') ?? ''}`.trim());
    response
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify(url.pathname === '/version' ? { gitVersion: 'v1.20.2' } : { items: itemsOf(url) }));
  });
});

afterAll(() => server?.close());

test('nothing is listed twice, secrets least of all', async () => {
  const { objects } = await gatherApi(
    async () => (server ? [server.way] : []),
    () => now,
  );
  expect(asked.length).toBeGreaterThan(20);
  expect(asked).toEqual([...new Set(asked)]);
  expect(asked.filter(one => one.includes('secrets'))).toEqual([
    '/api/v1/secrets type!=bootstrap.kubernetes.io/token',
    '/api/v1/secrets type=bootstrap.kubernetes.io/token',
  ]);
  const found = objects.secrets && 'value' in objects.secrets ? objects.secrets.value : [];
  expect(found.map(one => [one.metadata.name, one.data?.expiration])).toEqual([
    ['db', undefined],
    ['bootstrap-token-abcdef', '2026-01-01T00:00:00Z'],
  ]);
  expect(JSON.stringify(found)).not.toMatch(/0123456789abcdef|MDEyMzQ1Njc4OWFiY2RlZg/);
});
