/** Workers are taken out of the file: one that can be reached, and one that is off; each comes back by the file. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { newestHere } from '../../../src/artifacts/index.js';
import { clusterFileForLab, labStartHost, type LabState, labStopHost } from '../../../src/lab/index.js';
import type { Stage } from '../scenario.js';
import { type Client, client } from './client.js';
import { readyNodes, writeCluster } from './cluster.js';
import { until } from './hosts.js';
import { burden, lost } from './load.js';

export const name = 'hosts leave the file, reachable and off, and come back, while a client writes and a budget holds';
export const minutes = 25;
export const rotates = true;

const all = ['kw-1', 'kw-2', 'kw-3', 'kw-4', 'kw-5'];
const planes = all.slice(0, 3);
const up = ['up', '--yes', '--no-verify'];

export const run = async (t: Stage): Promise<void> => {
  const lab = await t.lab(all.length);
  await has(t, lab, all);
  await t.step('up: three control planes, two workers', () => t.ok(up));
  await t.step('a Deployment with a budget', async () => workload(t, await client(t)));

  await whileWriting(t, 'reachable', async () => {
    await has(t, lab, without('kw-4'));
    const plan = await t.kw(['plan']);
    assert.equal(plan.code, 2);
    assert.match(plan.stdout + plan.stderr, /kw-4 .* is not in the file any more: it is drained/);
    assert.equal((await t.kw(['up'])).code, 64, 'nobody said yes');
    await t.step('kw-4 leaves, cut off after six seconds', () => t.kw(up, { signal: AbortSignal.timeout(6000) }));
    await t.step('kw-4 leaves', () => t.ok(up));
  });
  await hasLeft(t, 'kw-4');
  await comesBack(t, lab, 'kw-4');

  await whileWriting(t, 'off', async () => {
    await labStopHost(t.labName, 'kw-5');
    await until('kw-5 to be missed', async () =>
      (await readyNodes(await client(t))).includes('kw-5') ? undefined : true,
    );
    await merelyAway(t);
    await has(t, lab, without('kw-5'));
    const asked = await t.kw(up);
    assert.equal(asked.code, 64, 'nobody sees that it is off: --yes is not enough');
    assert.match(asked.stdout + asked.stderr, /--yes-i-mean demo/);
    await t.step('kw-5 leaves while it is off', () => t.ok([...up, '--yes-i-mean', 'demo']));
  });
  await nowhere(t, 'kw-5');
  const waits = await t.kw(['plan']);
  assert.equal(waits.code, 0, 'nothing can be done until it is there');
  assert.match(waits.stdout + waits.stderr, /kw-5 .* cannot be reached/);

  await labStartHost(t.labName, 'kw-5');
  await until('its kubelet to make its Node again', async () =>
    (await readyNodes(await client(t))).includes('kw-5') ? true : undefined,
  );
  await t.step('kw-5 is there, and is reset', () => t.ok(up));
  await hasLeft(t, 'kw-5');
  await comesBack(t, lab, 'kw-5');
};

const without = (host: string): readonly string[] => all.filter(one => one !== host);

const has = async (t: Stage, lab: LabState, names: readonly string[]): Promise<void> => {
  const want = { name: 'demo', controlPlanes: 3, version: await newestHere() };
  const { hosts, components } = clusterFileForLab(lab, want) as {
    readonly hosts: readonly { readonly name: string }[];
    readonly components?: { readonly kubelet?: { readonly config?: object } };
  };
  // On a machine whose disk is nearly full kubelets throw images away, which the next plan then misses.
  const evictionHard = { 'imagefs.available': '1%', 'nodefs.available': '1%', 'memory.available': '100Mi' };
  const kubelet = { config: { ...components?.kubelet?.config, evictionHard, imageGCHighThresholdPercent: 100 } };
  await writeCluster(t, lab, { hosts: hosts.filter(host => names.includes(host.name)), components: { kubelet } }, want);
};

const apps = '/apis/apps/v1/namespaces/default/deployments';
const replicas = 4;

const workload = async (t: Stage, api: Client): Promise<void> => {
  const image = (await t.on('kw-4', "ctr -n k8s.io images ls -q | grep '/probe:'")).stdout.trim();
  const labels = { app: 'web' };
  const container = { name: 'c', image, imagePullPolicy: 'IfNotPresent', command: ['sleep', '100000'] };
  const pod = { metadata: { labels }, spec: { terminationGracePeriodSeconds: 1, containers: [container] } };
  const make = async (path: string, body: unknown): Promise<void> => {
    const { status, body: said } = await api.ask('POST', path, body);
    assert.equal(status, 201, JSON.stringify(said));
  };
  await make(apps, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { replicas, selector: { matchLabels: labels }, template: pod },
  });
  await make('/apis/policy/v1/namespaces/default/poddisruptionbudgets', {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web' },
    spec: { minAvailable: replicas - 1, selector: { matchLabels: labels } },
  });
  await until('all of it to run', async () => ((await ready(api)) === replicas ? true : undefined));
};

const ready = async (api: Client): Promise<number | undefined> => {
  const { status, body } = await api.ask('GET', `${apps}/web`);
  return status === 200 ? ((body as { status?: { readyReplicas?: number } }).status?.readyReplicas ?? 0) : undefined;
};

/** No request fails, nothing that was acknowledged is lost; and while a host is drained its budget holds. */
const whileWriting = async (t: Stage, word: 'reachable' | 'off', work: () => Promise<void>): Promise<void> => {
  const load = burden(await client(t), word);
  let [fewest, going] = [replicas, true];
  const watched = (async () => {
    for (const api = await client(t); going; await sleep(200))
      fewest = Math.min(fewest, (await ready(api).catch(() => undefined)) ?? fewest);
  })();
  await work();
  going = false;
  await watched;
  const { acknowledged, failures, slow, longest, said } = await load.stop();
  for (const line of said) t.note(line);
  t.note(
    `${acknowledged.length} written, ${failures} failed, at longest ${longest.writes.toFixed(1)} s without one; at ` +
      `least ${fewest} of ${replicas} pods ready`,
  );
  t.bar('requests without an answer in two seconds', slow, 0);
  assert.ok(acknowledged.length > 50, 'the client wrote');
  assert.equal(failures, 0, 'no request failed');
  assert.deepEqual(await lost(await client(t), word, acknowledged), [], 'nothing that was acknowledged is lost');
  // Of a host that is switched off all pods are gone at once.
  if (word === 'reachable') assert.ok(fewest >= replicas - 1, 'the budget held');
};

/** It is in the file: nothing of it is touched. */
const merelyAway = async (t: Stage): Promise<void> => {
  await t.kw(up);
  const { status } = await (await client(t)).ask('GET', '/api/v1/nodes/kw-5');
  assert.equal(status, 200, 'a host that is merely away keeps its Node');
};

/** No Node of it, no route to it. */
const nowhere = async (t: Stage, host: string): Promise<void> => {
  const { status } = await (await client(t)).ask('GET', `/api/v1/nodes/${host}`);
  assert.equal(status, 404, 'its Node is gone');
  for (const other of planes)
    assert.equal((await t.on(other, `grep -c '^${host} ' /etc/kubernetes/network/peers`)).stdout.trim(), '0');
};

/** And nothing of the cluster is on it. */
const hasLeft = async (t: Stage, host: string): Promise<void> => {
  await nowhere(t, host);
  const { stdout } = await t.on(
    host,
    `find /etc/kubernetes /var/lib/kubelet /var/lib/kube-proxy /var/lib/kubewizard /usr/local/lib/kubewizard \
/etc/cni/net.d /etc/systemd/system/kubelet.service /etc/systemd/system/kw-network.service /usr/local/bin/kubelet \
-mindepth 0 ! -path /var/lib/kubelet 2>/dev/null
systemctl list-units --plain --no-legend --state=active 'kube*' 'kw-*' etcd.service
ip -o link show | grep -o 'kw.vxlan\\|cni0'; iptables-save 2>/dev/null | grep 'KUBE-\\|kubewizard' | head -3
ls /proc/*/exe -l 2>/dev/null | grep -o 'kube[a-z-]*$' | head -3`,
  );
  assert.equal(stdout.trim(), '', 'nothing of it is left there');
  for (const plane of planes)
    assert.equal((await t.on(plane, 'ls /var/lib/kubewizard/left 2>/dev/null')).stdout, '', 'nobody remembers it');
  assert.equal((await t.kw(['plan'])).code, 0, 'nothing is left to do');
};

const comesBack = async (t: Stage, lab: LabState, host: string): Promise<void> => {
  await has(t, lab, all);
  await t.step(`${host} comes back`, () => t.ok(up));
  await until('all nodes to be Ready', async () =>
    (await readyNodes(await client(t))).join() === all.join() ? true : undefined,
  );
  assert.equal((await t.kw(['plan'])).code, 0, 'nothing is left to do');
  const api = await client(t);
  await until('all pods to run', async () => ((await ready(api)) === replicas ? true : undefined));
};
