/**
 * Five hosts, one cluster: built stage by stage, proven, left alone, changed, mended, locked, ill, and one host short.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { labStartHost, type LabState, labStopHost } from '../../../src/lab/index.js';
import type { Output, Stage } from '../scenario.js';
import { type Client, client } from './client.js';
import { readyNodes, writeCluster } from './cluster.js';
import { changed, marks, until } from './hosts.js';
import { burden, knocking, lost } from './load.js';
import { nobodyIll } from './well.js';

export const name =
  'five hosts: stages, proof, nothing twice, only what changed, drift, lock, status, high availability';
// A fresh machine builds Kubernetes first, in about seven of them.
export const minutes = 35;

const all = ['kw-1', 'kw-2', 'kw-3', 'kw-4', 'kw-5'];
const planes = all.slice(0, 3);
const proofs = ['nodes', 'deployment', 'pod-to-pod', 'cluster-ip', 'node-port', 'dns', 'logs', 'failover'];
const scheduler = (args: Readonly<Record<string, string>>) => ({ components: { scheduler: { extraArgs: args } } });

export const run = async (t: Stage): Promise<void> => {
  const lab = await t.lab(5);
  await writeCluster(t, lab);
  await stageByStage(t);
  await proven(t);
  await nothingTwice(t);
  await onlyWhatChanged(t, lab);
  await drift(t);
  await twoUsers(t, lab);
  await status(t);
  await available(t);
  if (process.env.KW_TEST_FULL) await available(t, 'another');
};

const stageByStage = async (t: Stage): Promise<void> => {
  const planned = await t.kw(['plan']);
  assert.equal(planned.code, 2, `a plan for empty hosts has changes: ${planned.stderr}`);
  assert.match(
    (await t.step('up --until etcd', () => t.ok(['up', '--yes', '--until', 'etcd']))).stdout,
    /proven: etcd:/,
  );
  const members = await t.on(
    'kw-1',
    'etcdctl --endpoints=https://127.0.0.1:2379 --cacert=/etc/kubernetes/pki/etcd/ca.crt ' +
      '--cert=/etc/kubernetes/pki/etcd/healthcheck-client.crt ' +
      '--key=/etc/kubernetes/pki/etcd/healthcheck-client.key endpoint health --cluster 2>&1',
  );
  assert.equal(members.stdout.split('\n').filter(line => line.includes('is healthy')).length, 3, members.stdout);
  assert.notEqual((await t.on('kw-1', 'systemctl is-active kube-apiserver')).code, 0, 'no further than etcd');

  assert.match(
    (await t.step('up --until control-plane', () => t.ok(['up', '--yes', '--until', 'control-plane']))).stdout,
    /proven: control-plane:/,
  );
  const api = await client(t);
  assert.deepEqual(await api.ask('GET', '/readyz'), { status: 200, body: 'ok' });
  assert.deepEqual(await readyNodes(api), [], 'no further than the control plane');

  assert.match(
    (await t.step('up --until nodes', () => t.ok(['up', '--yes', '--until', 'nodes']))).stdout,
    /proven: nodes:/,
  );
  assert.deepEqual(await readyNodes(api), all);
  assert.equal((await t.kw(['plan', '--until', 'nodes'])).code, 0);
  assert.equal((await t.kw(['plan'])).code, 2, 'the addons are left');
};

const proven = async (t: Stage): Promise<void> => {
  const { stdout } = await t.step('up --until addons, and its proof', () => t.ok(['up', '--yes', '--until', 'addons']));
  await t.step('the doctor gives no alarm just after up', () => nobodyIll(t, 'on five hosts just built'));
  for (const proof of proofs) assert.match(stdout, new RegExp(`proven: ${proof}:`), stdout.slice(-3000));
  const namespaces = await (await client(t)).ask('GET', '/api/v1/namespaces');
  await until('the namespace of the proof to go', async () =>
    JSON.stringify((await (await client(t)).ask('GET', '/api/v1/namespaces')).body).includes('kubewizard-proof')
      ? undefined
      : true,
  );
  assert.equal(namespaces.status, 200);
};

const nothingTwice = async (t: Stage): Promise<void> => {
  const before = await marks(t, all);
  await t.step('up with nothing to do', () => t.ok(['up', '--yes']));
  assert.deepEqual(changed(before, await marks(t, all)), [], 'a second up starts no unit and writes no file');
  assert.equal((await t.kw(['plan'])).code, 0);
  const output = await t.kw(['status', '--json']);
  assert.equal(output.code, 0, output.stdout + output.stderr);
  const health = JSON.parse(output.stdout) as {
    readonly components: readonly { readonly host: string; readonly unit: string; readonly ok: boolean }[];
  };
  for (const host of planes)
    for (const unit of [
      'etcd',
      'kube-apiserver',
      'kube-controller-manager',
      'kube-scheduler',
      'kw-haproxy',
      'kw-keepalived',
      'kubelet',
      'containerd',
      'kube-proxy',
    ]) {
      assert.ok(
        health.components.some(row => row.host === host && row.unit === `${unit}.service` && row.ok),
        `${unit} of ${host} is well`,
      );
    }
};

const unitFile = '/etc/systemd/system/kube-scheduler.service';

const onlyWhatChanged = async (t: Stage, lab: LabState): Promise<void> => {
  const before = await marks(t, all);
  await writeCluster(t, lab, scheduler({ 'kube-api-qps': '61' }));
  const plan = await t.kw(['plan']);
  assert.equal(plan.code, 2, plan.stderr);
  assert.match(plan.stdout, /\+.*--kube-api-qps=61/);
  assert.equal((await t.kw(['up'])).code, 64, 'a restart needs a yes, and nobody is there to give it');
  const { stdout } = await t.step('one argument more for the scheduler', () =>
    t.ok(['up', '--yes', '--json', '--no-verify']),
  );
  assert.deepEqual(
    changed(before, await marks(t, all)),
    planes
      .flatMap(host => [
        `${host}: file /etc/systemd/system`,
        `${host}: file ${unitFile}`,
        // What stood before was kept there until the new one served.
        `${host}: file /var/lib/kubewizard/before`,
        `${host}: unit kube-scheduler.service`,
      ])
      .sort(),
    'three schedulers, and nothing else',
  );
  assert.deepEqual(overlaps(stdout), [], 'one host at a time');
  assert.equal((await t.kw(['plan'])).code, 0);
};

interface Happened {
  readonly type: string;
  readonly at: string;
  readonly step?: string;
}

/**
 * Pairs of service steps that were at work at the same time, by the run's own events; fails when there are not three.
 */
const overlaps = (jsonl: string): readonly string[] => {
  const events = jsonl
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line) as Happened);
  const spans = planes.map(host => {
    const of = (type: string): number =>
      Date.parse(
        events.find(event => event.type === type && event.step === `${host}/service/kube-scheduler.service`)?.at ?? '',
      );
    return { host, from: of('step-started'), to: of('step-done') };
  });
  assert.ok(
    spans.every(span => span.from <= span.to),
    `three restarts: ${JSON.stringify(spans)}`,
  );
  return spans.flatMap(one =>
    spans
      .filter(other => other.host > one.host && one.from < other.to && other.from < one.to)
      .map(other => `${one.host} and ${other.host}`),
  );
};

const drift = async (t: Stage): Promise<void> => {
  const file = '/etc/haproxy/haproxy.cfg';
  const config =
    (await t.on('kw-2', `systemctl cat kw-haproxy | grep -o '[^ ]*haproxy[^ ]*\\.cfg' | head -1`)).stdout.trim() ||
    file;
  const before = await marks(t, all);
  await t.on('kw-2', `echo '# written by hand' >> ${config}`);
  const plan = await t.kw(['plan']);
  assert.equal(plan.code, 2, plan.stderr);
  assert.match(plan.stdout, /kw-2/);
  assert.match(plan.stdout, /-# written by hand/);
  await t.step('up mends what was edited by hand', () => t.ok(['up', '--yes', '--no-verify']));
  assert.equal((await t.on('kw-2', `grep -c 'by hand' ${config}`)).stdout.trim(), '0');
  const touched = changed(before, await marks(t, all)).filter(
    thing => !/: file (\/[\w.-]+)+$/.test(thing) || thing.endsWith(config),
  );
  assert.deepEqual(touched, [`kw-2: file ${config}`], 'it is reloaded, not restarted');
  assert.equal((await t.kw(['plan'])).code, 0);
};

const twoUsers = async (t: Stage, lab: LabState): Promise<void> => {
  await writeCluster(t, lab, scheduler({ 'kube-api-qps': '62' }));
  const today = new Date().toISOString().slice(0, 10);
  const first = t.kw(['up', '--yes', '--no-verify']);
  // Read through the mounted root and held: the first could be done before the second has begun.
  const lock = join(lab.hosts[0]?.root ?? '', 'var/lib/kubewizard/lock');
  const pid = await until(
    'the lock of the first',
    async () => {
      const [, , owner] = (await readFile(lock, 'utf8').catch(() => '')).split('\n');
      return owner ? (JSON.parse(owner) as { readonly pid: number }).pid : undefined;
    },
    10,
  );
  process.kill(pid, 'SIGSTOP');
  const second = await t.kw(['up', '--yes', '--no-verify']);
  process.kill(pid, 'SIGCONT');
  assert.equal(second.code, 17, `the second is refused: ${second.stdout}${second.stderr}`);
  assert.match(second.stderr, /@.* has been running `kw up` on this cluster since /);
  assert.ok(second.stderr.includes(today), second.stderr);
  assert.equal((await first).code, 0, 'the first is not disturbed');
  assert.equal((await t.kw(['plan'])).code, 0);
};

const status = async (t: Stage): Promise<void> => {
  await Promise.all(planes.map(host => t.on(host, 'systemctl stop kube-apiserver')));
  const began = performance.now();
  const output: Output = await t.kw(['status']);
  t.note(`status without any API server took ${((performance.now() - began) / 1000).toFixed(1)} s`);
  assert.equal(output.code, 2, output.stdout + output.stderr);
  for (const host of planes) {
    assert.match(output.stdout, new RegExp(`${host} +kube-apiserver +(inactive|failed)`));
    assert.match(output.stdout, new RegExp(`${host} +etcd +ok`));
  }
  assert.match(output.stdout, /kw-5 +kubelet +ok/);
  assert.match(output.stdout, /API does not answer/);
  const plan = await t.kw(['plan']);
  assert.equal(plan.code, 2, plan.stderr);
  await t.step('up starts the API servers again', () => t.ok(['up', '--yes', '--no-verify']));
  await until('status to be well', async () => ((await t.kw(['status'])).code === 0 ? true : undefined), 1000);
};

interface PodObject {
  readonly status?: {
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** A web server on a worker; @returns its URL once it is ready. */
const webPod = async (t: Stage, api: Client, name: string): Promise<string> => {
  const image = (await t.on('kw-4', "ctr -n k8s.io images ls -q | grep '/probe:'")).stdout.trim();
  const made = await api.ask('POST', '/api/v1/namespaces/default/pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      nodeName: 'kw-4',
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'web',
          image,
          imagePullPolicy: 'IfNotPresent',
          command: [
            'sh',
            '-c',
            'mkdir -p /tmp/www && echo well > /tmp/www/index.html && exec httpd -f -p 8080 -h /tmp/www',
          ],
          readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
        },
      ],
    },
  });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  return until('the pod to be ready', async () => {
    const pod = (await api.ask('GET', `/api/v1/namespaces/default/pods/${name}`)).body as PodObject;
    return pod.status?.conditions?.some(one => one.type === 'Ready' && one.status === 'True')
      ? `http://${pod.status.podIP}:8080/`
      : undefined;
  });
};

const holder = async (t: Stage, address: string): Promise<string> => {
  const has = await Promise.all(
    planes.map(async host =>
      (await t.on(host, `ip -o addr show to ${address}`)).stdout.includes(address) ? host : '',
    ),
  );
  return has.find(host => host !== '') ?? '';
};

/** Stops a control plane for good, under load: the one with the virtual address, or another. */
const available = async (t: Stage, which: 'holder' | 'another' = 'holder'): Promise<void> => {
  const api = await client(t);
  const word = `load-${which}`;
  const url = await webPod(t, api, `web-${which}`);
  const pod = await knocking(t, 'kw-5', url);
  const load = burden(api, word);
  await sleep(4000);
  const has = await holder(t, new URL(api.server).hostname);
  assert.notEqual(has, '', 'somebody has the virtual address');
  const victim = which === 'holder' ? has : (planes.find(host => host !== has) ?? '');
  t.note(`${has} has the virtual address; ${victim} is stopped`);
  await labStopHost(t.labName, victim);
  await sleep(25_000);
  const result = await load.stop();
  const knocks = await pod.stop();
  t.note(
    `${result.acknowledged.length} writes acknowledged, ${result.failures} requests failed; the longest time ` +
      `without an answer: writes ${result.longest.writes.toFixed(1)} s, reads ${result.longest.reads.toFixed(1)} ` +
      `s; the pod was asked ${knocks.asked} times and failed ${knocks.failed} times`,
  );
  assert.ok(result.acknowledged.length > 100, 'there was load');
  t.bar('seconds in which requests fail', Math.max(result.longest.writes, result.longest.reads), 10);
  assert.deepEqual(await lost(api, word, result.acknowledged), [], 'nothing acknowledged is lost');
  assert.ok(knocks.asked > 50 && knocks.failed === 0, 'workloads run on');

  // A host that is not seen is unknown (3) until the API has missed it for the controller manager's grace period, 40 s.
  const output = await until(
    'status to call the cluster ill',
    async () => {
      const status = await t.kw(['status']);
      return status.code === 2 ? status : undefined;
    },
    1000,
  );
  assert.match(output.stdout, new RegExp(`could not be asked: ${victim}`));
  const partial = await t.kw(['up', '--yes', '--no-verify']);
  assert.equal(
    partial.code,
    10,
    `a host that is away is not a success: ${partial.stdout.slice(-2000)}${partial.stderr}`,
  );
  await labStartHost(t.labName, victim);
  await t.step(`${victim} is back, and up converges`, () => t.ok(['up', '--yes', '--no-verify']));
  await until('status to be well', async () => ((await t.kw(['status'])).code === 0 ? true : undefined), 1000);
  assert.equal((await t.kw(['plan'])).code, 0);
  assert.match(await readFile(join(t.dir, 'cluster.yaml'), 'utf8'), /virtual-address/);
};
