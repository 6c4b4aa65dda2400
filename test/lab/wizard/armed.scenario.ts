/**
 * A change that locks everybody out of a single control plane, and leaves its server ready: taken back while somebody
 * asks, and by the host itself where kw was killed, or its host lost power.
 */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { debianVersion } from '../../../src/catalog/index.js';
import { labStartHost, labStopHost } from '../../../src/lab/index.js';
import type { Stage } from '../scenario.js';
import { type Client, client } from './client.js';
import { writeCluster } from './cluster.js';
import { until } from './hosts.js';

export const name =
  'a change that locks everybody out: taken back by the host itself, with kw killed, and after a boot';
export const minutes = 20;
export const rotates = true;

/** Seconds from the change to the old state that serves. */
const bar = 180;
const up = ['up', '--yes', '--no-verify'];

export const run = async (t: Stage): Promise<void> => {
  const lab = await t.lab(1);
  await writeCluster(t, lab, {}, { version: { kubernetes: debianVersion, source: 'debian' } });
  await t.step('up', () => t.ok(up));
  await t.on('kw-1', `printf '%s\\n' '${health}' > ${policy}`);
  const api = await client(t);
  const good = await readFile(join(t.dir, 'cluster.yaml'), 'utf8');
  const locked = edited(good);
  await found(t, api, locked);
  await killed(t, api, locked);
  await said(t, api, good);
  await killed(t, api, locked, async () => {
    await labStopHost(t.labName, 'kw-1');
    await labStartHost(t.labName, 'kw-1');
  });
  await wish(t, good);
  assert.match((await t.ok(up)).stderr, /kw-1 took a change back by itself .* the host started anew/);
  assert.equal((await t.kw(['plan'])).code, 0, 'with the old wish nothing is to be done');
};

const wish = (t: Stage, text: string): Promise<void> => writeFile(join(t.dir, 'cluster.yaml'), text);

/** Whoever is known may ask for health, and for nothing else: the server is ready, and nobody is let in. */
const health = ['/readyz', '/livez', '/healthz']
  .map(path => ({ group: 'system:authenticated', nonResourcePath: `${path}*`, readonly: true }))
  .map(spec => JSON.stringify({ apiVersion: 'abac.authorization.kubernetes.io/v1beta1', kind: 'Policy', spec }))
  .join('\n');
const policy = '/etc/kubernetes/health-alone.jsonl';

const edited = (text: string): string => {
  const file = parse(text) as { readonly components?: object };
  const apiserver = { extraArgs: { 'authorization-mode': 'ABAC', 'authorization-policy-file': policy } };
  return stringify({ ...file, components: { ...file.components, apiserver } });
};

const answers = async (api: Client): Promise<number> =>
  (await api.ask('GET', '/api/v1/namespaces/kube-system', undefined, { timeoutMs: 2000 }).catch(() => ({ status: 0 })))
    .status;

const found = async (t: Stage, api: Client, locked: string): Promise<void> => {
  await wish(t, locked);
  const { code, stdout, stderr } = await t.step('kw asks after the change', () => t.kw(up));
  assert.notEqual(code, 0, stdout + stderr);
  assert.match(stdout, /new: the API server of kw-1 was reached before this change.*403.*; put back: /);
  assert.equal(await answers(api), 200);
  await quiet(t);
};

/** Nothing waits on the host any more. */
const quiet = async (t: Stage): Promise<void> => {
  const { stdout } = await t.on(
    'kw-1',
    'ls -d /var/lib/kubewizard/armed /etc/systemd/system/kw-armed.service /var/lib/kubewizard/before/* 2>/dev/null',
  );
  assert.equal(stdout.trim(), '');
};

const killed = async (t: Stage, api: Client, locked: string, then?: () => Promise<void>): Promise<void> => {
  await wish(t, locked);
  const kill = new AbortController();
  const running = t.kw(up, { signal: kill.signal });
  await until('the API to let nobody in', async () => ((await answers(api)) === 403 ? true : undefined), 50);
  const began = Date.now();
  kill.abort();
  await running;
  assert.equal(await answers(api), 403, 'nobody has put it back');
  await then?.();
  const how = then ? 'lost power' : 'was killed';
  await t.step(`kw was killed${then ? ', and the host lost power' : ''}: the host acts by itself`, () =>
    until('the API to let in again', async () => ((await answers(api)) === 200 ? true : undefined), 100),
  );
  const seconds = (Date.now() - began) / 1000;
  t.bar(`${then ? 'the host' : 'kw'} ${how}: seconds from the change to the old state that serves`, seconds, bar);
  await until('the host to be done', async () => {
    const { stdout } = await t.on('kw-1', 'ls /var/lib/kubewizard/taken-back; ls -d /var/lib/kubewizard/armed');
    return /^[0-9a-f]{8}$/m.test(stdout) && !stdout.includes('armed') ? true : undefined;
  });
  await quiet(t);
};

/** Who comes next is told before anything is done: by status, doctor, plan and up; and the history keeps it. */
const said = async (t: Stage, api: Client, good: string): Promise<void> => {
  const told = /kw-1 took a change back by itself .*kube-apiserver.* served again .*nobody had confirmed it/;
  for (const words of [['status'], ['doctor', '--read-only'], ['plan']]) assert.match((await t.kw(words)).stderr, told);
  assert.match((await t.on('kw-1', 'journalctl -u kw-armed.service --no-pager -o cat')).stdout, /as before again/);
  assert.match((await t.ok(['history'])).stdout, /cut off.*kw-1 took it back by itself at /);
  await wish(t, good);
  assert.match((await t.ok(up)).stderr, told);
  assert.equal(await answers(api), 200);
  assert.doesNotMatch((await t.kw(['status'])).stderr, /took a change back/, 'what is proven since is told no more');
};
