/** The lists before an upgrade: an older version is asked only where no newer is served, and nothing is guessed. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { apisRemovedBetween } from '../../src/catalog/removed-apis.js';
import { gatherUpgrade } from '../../src/engine/gather/upgrade.js';
import { type ApiServer, apiServer } from './api-server.js';

const now = new Date();
const asked: string[] = [];
/** By path: items, or a status that is not 200. */
let answers: Readonly<Record<string, readonly unknown[] | number>> = {};
let server: ApiServer | undefined;

beforeAll(async () => {
  server = await apiServer(now, (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'https://api');
    if (!asked.includes(pathname)) asked.push(pathname);
    const answer = answers[pathname] ?? 404;
    if (pathname === '/metrics') return void response.setHeader('content-type', 'text/plain').end('up 1\n');
    response.setHeader('content-type', 'application/json');
    response.statusCode = typeof answer === 'number' ? answer : 200;
    return void response.end(JSON.stringify(typeof answer === 'number' ? { message: 'no' } : { items: answer }));
  });
});
beforeEach(() => {
  asked.length = 0;
});
afterAll(() => server?.close());

const seen = (from: string, to: string) => {
  return gatherUpgrade(
    async () => (server ? [server.way] : []),
    apisRemovedBetween(from, to),
    () => now,
  );
};

const job = {
  metadata: {
    name: 'nightly',
    namespace: 'shop',
    managedFields: [{ apiVersion: 'batch/v1beta1', manager: 'argocd' }],
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"apiVersion":"batch/v1beta1"}' },
  },
  spec: { schedule: '0 3 * * *' },
};

test('where the newer version is served, nobody asks for the old one: that would count as a client of it', async () => {
  answers = { '/apis/batch/v1/cronjobs': [job], '/apis/policy/v1/poddisruptionbudgets': [] };
  const { written, schedules } = await seen('1.24.17', '1.25.16');
  expect(asked.filter(path => path.includes('batch/v1beta1') || path.endsWith('v1beta1/poddisruptionbudgets'))).toEqual(
    [],
  );
  expect(written.flatMap(one => ('value' in one ? one.value : []))).toEqual([
    {
      kind: 'CronJob',
      name: 'nightly',
      namespace: 'shop',
      by: [
        { apiVersion: 'batch/v1beta1', manager: 'argocd' },
        { apiVersion: 'batch/v1beta1', manager: 'kubectl apply' },
      ],
    },
  ]);
  expect(schedules).toMatchObject({ value: [{ name: 'nightly', schedule: '0 3 * * *' }] });
});

test('where it is not, the old one is asked', async () => {
  answers = { '/apis/batch/v1beta1/cronjobs': [job] };
  const { schedules } = await seen('1.20.2', '1.21.14');
  expect(schedules).toMatchObject({ value: [{ name: 'nightly' }] });
});

test('two old versions of one heir are one list', async () => {
  answers = { '/apis/networking.k8s.io/v1/ingresses': [{ metadata: { name: 'front', namespace: 'shop' } }] };
  const { written } = await seen('1.21.14', '1.22.17');
  expect(written.flatMap(one => ('value' in one ? one.value : [])).map(one => one.name)).toEqual(['front']);
});

test('what is refused, or has another form, was not seen', async () => {
  answers = { '/api/v1/pods': 403, '/api/v1/persistentvolumes': [{ metadata: { name: 'data' }, spec: 7 }] };
  const { pods, volumes, helm, requested } = await seen('1.29.0', '1.30.0');
  expect(pods).toMatchObject({ kind: 'refused' });
  expect(volumes).toMatchObject({ kind: 'unreadable' });
  expect(helm).toMatchObject({ value: [] });
  expect(requested).toMatchObject([{ host: 'kw-1', value: [] }]);
});
