/** What kubelets report is tried in their name and as a dry run, and a refusal is told with its words. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { triedReports } from '../../src/engine/gather/reports.js';
import { baseChart } from '../clinic/fixture.js';
import { type ApiServer, apiServer } from './api-server.js';

const asked: string[] = [];
let server: ApiServer | undefined;
let says: (path: string) => readonly [status: number, message: string] = () => [200, ''];

beforeAll(async () => {
  server = await apiServer(new Date(), (request, response) => {
    const url = new URL(request.url ?? '/', 'https://api');
    const { 'impersonate-user': user, 'impersonate-group': groups } = request.headers;
    asked.push(`${request.method} ${url.pathname}${url.search} ${user} ${groups}`);
    const [status, message] = says(url.pathname);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ message }));
  });
});
afterAll(() => server?.close());

const tried = () =>
  triedReports(baseChart('five'), async () => (server ? [server.way] : [])).then(all =>
    all.map(one => `${one.host} ${one.what} ${one.status} ${one.message}`.trim()),
  );

test('of each node its state and its lease, in its own name, and never for good', async () => {
  expect(await tried()).toHaveLength(10);
  expect(asked).toContain(
    'PATCH /api/v1/nodes/kw-5/status?dryRun=All system:node:kw-5 system:nodes, system:authenticated',
  );
  expect(asked.every(one => one.includes('?dryRun=All'))).toBe(true);
  expect(asked.some(one => one.includes('kube-node-lease/leases/kw-1'))).toBe(true);
});

test('a refusal comes with its words; a node that is not there, and who may not ask, say nothing', async () => {
  says = path => (path.includes('leases') ? [422, 'denied request: no'] : [200, '']);
  expect((await tried()).filter(one => !one.endsWith('200'))).toContain('kw-4 its lease 422 denied request: no');
  says = () => [404, 'nodes not found'];
  expect(await tried()).toEqual([]);
  says = () => [403, 'User "me" cannot impersonate resource "users"'];
  expect(await tried()).toEqual([]);
  says = () => [400, 'admission webhook "x" does not support dry run'];
  expect(await tried()).toEqual([]);
});

test('without a way to the API nothing is tried', async () => {
  expect(await triedReports(baseChart('five'), async () => [])).toEqual([]);
  expect(await triedReports(baseChart('five'), () => Promise.reject(new Error('none')))).toEqual([]);
});
