/**
 * A minor upgrade of five hosts under load: a drain that is blocked is named before anything is changed; then the hop,
 * with writes through the endpoint all the while, and workloads whose budgets are kept.
 */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultCache } from '../../../src/artifacts/index.js';
import type { Stage } from '../scenario.js';
import { type Client, client } from './client.js';
import { readyNodes, writeCluster } from './cluster.js';
import { until } from './hosts.js';
import { burden, lost } from './load.js';

export const name = 'upgrade: a minor under load, pods drained within their budgets, a blocked drain named first';
export const minutes = 25;
export const rotates = true;

const hosts = ['kw-1', 'kw-2', 'kw-3', 'kw-4', 'kw-5'];
const from = { kubernetes: '1.36.3', source: 'go' } as const;
const to = '1.37.2';

export const run = async (t: Stage): Promise<void> => {
  // Built from modules, one more minor takes a quarter of an hour: only where somebody has built it before.
  const sets = await readdir(join(defaultCache(process.env), 'sets')).catch(() => []);
  const missing = [from.kubernetes, to].filter(version => !sets.some(set => set.startsWith(`go-${version}-`)));
  if (missing.length > 0 && !process.env.KW_TEST_FULL) {
    t.note(
      `NOT PLAYED: Kubernetes ${missing.join(' and ')} from source go is not in the cache (KW_TEST_FULL=1 builds)`,
    );
    return;
  }
  const lab = await t.lab(hosts.length);
  await writeCluster(t, lab, {}, { version: from });
  await t.step(`up, ${from.kubernetes}`, () => t.ok(['up', '--yes', '--no-verify']));
  const api = await client(t);
  await t.step('workloads with budgets', () => workloads(t, api));
  await t.step('a blocked drain is named, and nothing is changed', () => blocked(t, api));
  await t.step(`upgrade to ${to} under load`, () => upgraded(t, api));
  await t.step('nothing is left to do', async () => {
    assert.equal((await t.kw(['plan'])).code, 0);
  });
};

const labels = { app: 'web' };
const base = '/api/v1/namespaces/default';
const apps = '/apis/apps/v1/namespaces/default';
const policy = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';

const workloads = async (t: Stage, api: Client): Promise<void> => {
  const image = (await t.on('kw-4', "ctr -n k8s.io images ls -q | grep '/probe:'")).stdout.trim();
  const make = async (path: string, body: unknown): Promise<void> => {
    const { status, body: said } = await api.ask('POST', path, body);
    assert.equal(status, 201, JSON.stringify(said));
  };
  const template = (app: string) => ({
    metadata: { labels: { app } },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'c', image, imagePullPolicy: 'IfNotPresent', command: ['sleep', '100000'] }],
    },
  });
  const spec = (app: string, replicas: number) => ({
    replicas,
    selector: { matchLabels: { app } },
    template: template(app),
  });
  await make(`${apps}/deployments`, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: spec('web', 4),
  });
  await make(`${base}/services`, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'db' },
    spec: { clusterIP: 'None', selector: { app: 'db' }, ports: [{ port: 80 }] },
  });
  await make(`${apps}/statefulsets`, {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db' },
    spec: { ...spec('db', 3), serviceName: 'db' },
  });
  for (const [app, amount] of [
    ['web', { minAvailable: 4 }],
    ['db', { maxUnavailable: 1 }],
  ] as const)
    await make(policy, {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: app },
      spec: { ...amount, selector: { matchLabels: { app } } },
    });
  await until('the workloads to run', async () => {
    const ready = async (path: string) =>
      ((await api.ask('GET', path)).body as { status?: { readyReplicas?: number } }).status?.readyReplicas;
    return (await ready(`${apps}/deployments/web`)) === 4 && (await ready(`${apps}/statefulsets/db`)) === 3
      ? true
      : undefined;
  });
};

const blocked = async (t: Stage, api: Client): Promise<void> => {
  const before = await readFile(join(t.dir, 'cluster.yaml'), 'utf8');
  const check = await t.kw(['upgrade', '--check', to]);
  assert.equal(check.code, 2, check.stderr);
  assert.match(check.stdout, /eviction-forbidden: PodDisruptionBudget default\/web allows no eviction at all/);
  const tried = await t.kw(['upgrade', to, '--yes']);
  assert.equal(tried.code, 2, tried.stdout + tried.stderr);
  assert.equal(await readFile(join(t.dir, 'cluster.yaml'), 'utf8'), before);
  await api.ask('DELETE', `${policy}/web`);
  await api.ask('POST', policy, {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web' },
    spec: { minAvailable: 3, selector: { matchLabels: labels } },
  });
  await until('the budget to be counted', async () => {
    const { body } = await api.ask('GET', `${policy}/web`);
    return (body as { status?: { disruptionsAllowed?: number } }).status?.disruptionsAllowed === 1 ? true : undefined;
  });
};

interface NodeSeen {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly unschedulable?: boolean };
  readonly status: { readonly nodeInfo: { readonly kubeletVersion: string } };
}

const upgraded = async (t: Stage, api: Client): Promise<void> => {
  const load = burden(api, 'upgrade');
  const began = performance.now();
  const { code, stdout, stderr } = await t.kw(['upgrade', to, '--yes']);
  const seconds = Math.round((performance.now() - began) / 1000);
  const { longest, acknowledged, failures, slow, said } = await load.stop();
  for (const line of said) t.note(line);
  t.note(
    `${seconds} s with check and proof; ${acknowledged.length} writes, ${failures} requests failed, longest stall ` +
      `${longest.writes.toFixed(2)} s of writes, ${longest.reads.toFixed(2)} s of reads`,
  );
  t.bar('requests without an answer in two seconds', slow, 0);
  t.bar('seconds of the upgrade, with check and proof', seconds, 150);
  t.bar('longest stall, seconds', Math.max(longest.writes, longest.reads), 1);
  assert.equal(code, 0, `${stdout.slice(-3000)}${stderr.slice(-3000)}`);
  assert.match(stderr, /etcd-before-upgrade-1\.37\.2-.*whole by its SHA-256/);
  assert.match(stdout, /drained before their turn, and given back after it: kw-\[1-5\]/);
  assert.deepEqual(await lost(api, 'upgrade', acknowledged), []);
  assert.equal(failures, 0);
  assert.deepEqual(await readyNodes(api), hosts);
  const { body } = await api.ask('GET', '/api/v1/nodes');
  for (const { metadata, spec, status } of (body as { readonly items: readonly NodeSeen[] }).items)
    assert.deepEqual(
      [status.nodeInfo.kubeletVersion, spec.unschedulable ?? false, metadata.annotations?.['kubewizard.io/drain']],
      [`v${to}`, false, undefined],
    );
};
