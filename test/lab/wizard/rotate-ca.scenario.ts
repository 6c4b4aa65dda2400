/**
 * The cluster's own CA is exchanged on three control planes and a worker while clients write and read through the
 * endpoint: no request fails, a pod goes on calling the API, logs and exec go on, and a node joins between two phases.
 */
import assert from 'node:assert/strict';
import { newestHere } from '../../../src/artifacts/index.js';
import { clusterFileForLab, type LabState } from '../../../src/lab/index.js';
import type { Stage } from '../scenario.js';
import { type CallerPod, callerPod } from './caller-pod.js';
import { type Client, client } from './client.js';
import { readyNodes, writeCluster } from './cluster.js';
import { burden, lost } from './load.js';
import { nobodyIll } from './well.js';

export const name = 'rotate ca: the cluster’s own CA exchanged under load, and no request fails';
export const minutes = 30;
export const rotates = true;

const pki = '/etc/kubernetes/pki';
const kubectl = '/usr/local/bin/kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=20s';

export const run = async (t: Stage): Promise<void> => {
  const lab = await t.lab(5);
  await writeHosts(t, lab, 4);
  await t.step('up', () => t.ok(['up', '--yes', '--no-verify']));
  const old = await sum(t);
  const first = await client(t);
  const pod = await t.step('a pod that calls the API', () => callerPod(first, 'kw-4'));
  await underLoad(t, first, 'first', async () => {
    await turned(t, 'trust-both');
    await between(t, first, pod, 'phase 1 of 3');
  });
  const second = await client(t);
  await underLoad(t, second, 'second', async () => {
    await t.step('who knows the old one alone is named', () => named(t, pod));
    await t.step('the pod is started again', () => pod.again(second));
    await turned(t, 'sign-with-new', ['--yes-i-mean', 'demo']);
    await between(t, second, pod, 'phase 2 of 3');
    await writeHosts(t, lab, 5);
    await t.step('a node joins between two phases', () => t.ok(['up', '--yes', '--no-verify']));
  });
  const third = await client(t);
  assert.deepEqual(
    await readyNodes(third),
    lab.hosts.map(host => host.name),
  );
  await underLoad(t, third, 'third', async () => {
    await turned(t, 'drop-old', ['--yes-i-mean', 'demo']);
    await between(t, third, pod);
  });
  assert.notEqual(await sum(t), old, 'it is a new one');
  await alone(t, lab);
};

/** The file with so many of the lab's hosts; the first three are control planes. */
const writeHosts = async (t: Stage, lab: LabState, count: number): Promise<void> => {
  const { hosts } = clusterFileForLab(lab, { name: 'demo', version: await newestHere() });
  await writeCluster(t, lab, { hosts: (hosts as readonly unknown[]).slice(0, count) });
};

const turned = (t: Stage, phase: string, more: readonly string[] = []): Promise<void> =>
  t.step(phase, async () => {
    const { code, stdout, stderr } = await t.kw(['rotate', 'ca', '--yes', ...more]);
    assert.equal(code, 0, `${stdout.slice(-6000)}${stderr.slice(-2000)}`);
    assert.ok(stdout.includes(phase) || stderr.includes(phase), stdout.slice(-3000));
  });

/** Nothing is to do, nobody is ill, what stands is said, and the pod has been answered all the time. */
const between = (t: Stage, api: Client, pod: CallerPod, stands?: string): Promise<void> =>
  t.step('between the phases', async () => {
    for (const words of [['plan'], ['certs']]) {
      const { code, stdout, stderr } = await t.kw(words);
      assert.equal(code, 0, `${words.join(' ')}: ${stdout}${stderr}`);
    }
    await nobodyIll(t, 'between the phases');
    const { stdout: status } = await t.ok(['status']);
    if (stands !== undefined) assert.match(status, new RegExp(`rotation of ca .*${stands} stands`));
    const { calls, others } = await pod.heard(api);
    assert.deepEqual(others, [], `of ${calls} calls of the pod`);
    t.note(`${calls} calls of the pod, all answered`);
    const { code, stdout, stderr } = await t.on('kw-2', `${kubectl} exec ${pod.name} -- cat /kept/ca.crt`);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /BEGIN CERTIFICATE/);
  });

const named = async (t: Stage, pod: CallerPod): Promise<void> => {
  const { code, stdout, stderr } = await t.kw(['rotate', 'ca', '--yes']);
  assert.equal(code, 14, `${stdout}${stderr}`);
  assert.match(stdout, /kubeconfig of .*: it trusts the old CA alone/);
  assert.match(stdout, new RegExp(`Pod default/${pod.name}: .*restart it`));
  assert.doesNotMatch(stdout, /Pod kube-system\//, 'our own add-ons were started again');
};

const sum = async (t: Stage): Promise<string> => (await t.on('kw-1', `sha256sum <${pki}/ca.crt`)).stdout;

/** One CA is left on every host, it has signed what is shown, and no mark is left. */
const alone = async (t: Stage, lab: LabState): Promise<void> => {
  for (const { name: host } of lab.hosts) {
    const { code, stdout, stderr } = await t.on(
      host,
      `set -e; [ "$(grep -c BEGIN ${pki}/ca.crt)" = 1 ]
openssl verify -CAfile ${pki}/ca.crt /var/lib/kubelet/pki/kubelet.crt /var/lib/kubelet/pki/kubelet-client-current.pem
[ -z "$(find ${pki}/rotation -type f 2>/dev/null)" ]
[ ! -e ${pki}/ca.key ] || { openssl verify -CAfile ${pki}/ca.crt ${pki}/apiserver.crt
  [ "$(openssl x509 -noout -pubkey -in ${pki}/ca.crt)" = "$(openssl pkey -pubout -in ${pki}/ca.key)" ]; }`,
    );
    assert.equal(code, 0, `${host}: ${stdout}${stderr}`);
  }
};

const underLoad = async (t: Stage, api: Client, word: string, work: () => Promise<void>): Promise<void> => {
  const load = burden(api, word);
  const ended = await work().then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  const { longest, acknowledged, failures, slow, said } = await load.stop();
  for (const line of said) t.note(line);
  t.note(
    `${word}: ${acknowledged.length} writes, ${failures} requests failed, longest stall ` +
      `${longest.writes.toFixed(2)} s of writes, ${longest.reads.toFixed(2)} s of reads`,
  );
  if (ended) throw ended.error;
  t.bar('requests without an answer in two seconds', slow, 0);
  assert.deepEqual(await lost(api, word, acknowledged), []);
  assert.equal(failures, 0);
};
