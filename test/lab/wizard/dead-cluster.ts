/** A cluster of three hosts with a workload that is killed, and what must be the same once it lives again. */
import assert from 'node:assert/strict';
import { clusterFileForLab, type LabState } from '../../../src/lab/index.js';
import type { Stage } from '../scenario.js';
import { type Client, client } from './client.js';
import { readyNodes, writeCluster } from './cluster.js';
import { until } from './hosts.js';

export const hosts = ['kw-1', 'kw-2', 'kw-3'];
/** The third holds no key of a CA: its leaves can be signed over ssh alone. */
const roles = [
  ['etcd', 'controlPlane'],
  ['etcd', 'controlPlane', 'worker'],
  ['etcd', 'worker'],
];

const withRoles = (lab: LabState): readonly object[] =>
  (clusterFileForLab(lab).hosts as readonly object[]).map((host, at) => ({ ...host, roles: roles[at] }));

export const must = async (t: Stage, host: string, command: string): Promise<string> => {
  const { code, stdout, stderr } = await t.on(host, command);
  assert.equal(code, 0, `${host}: ${command}: ${stdout}${stderr}`);
  return stdout.trim();
};

export const kubectl = 'kubectl --kubeconfig /etc/kubernetes/super-admin.conf --request-timeout=20s';

const workload = async (t: Stage, api: Client): Promise<void> => {
  const image = await must(t, 'kw-3', "ctr -n k8s.io images ls -q | grep -m 1 '/probe:'");
  const container = { name: 'c', image, imagePullPolicy: 'IfNotPresent', command: ['sleep', '100000'] };
  const labels = { app: 'lasting' };
  const made = await api.ask('POST', '/apis/apps/v1/namespaces/default/deployments', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'lasting' },
    spec: {
      replicas: 4,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container], terminationGracePeriodSeconds: 1 } },
    },
  });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  await must(t, 'kw-1', `${kubectl} rollout status deployment/lasting --timeout=120s --request-timeout=0`);
};

/** Built, with the workload on it. @returns its pods. */
export const built = async (t: Stage): Promise<readonly string[]> => {
  const lab = await t.lab(hosts.length);
  await writeCluster(t, lab, { hosts: withRoles(lab) });
  await t.step('up', () => t.ok(['up', '--yes', '--no-verify']));
  await workload(t, await client(t));
  const made = await pods(t);
  assert.ok(made.length >= 4, made.join());
  return made;
};

/** Name, UID, node and how often its container was started, of all that are not about to go. */
export const pods = async (t: Stage): Promise<readonly string[]> => {
  const row =
    '{.metadata.name} {.metadata.uid} {.spec.nodeName} {.status.containerStatuses[0].restartCount} ' +
    '{.metadata.deletionTimestamp}';
  const script = `${kubectl} get pods -l app=lasting -o 'jsonpath={range .items[*]}${row}{"\\n"}{end}'`;
  return (await must(t, 'kw-1', script))
    .split('\n')
    .map(line => line.trim())
    .sort();
};

const units = 'etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy';

export const restarted = (t: Stage): Promise<unknown> =>
  Promise.all(
    hosts.map(host =>
      must(
        t,
        host,
        `for u in ${units}; do ! systemctl is-enabled -q $u 2>/dev/null || systemctl --no-block restart $u; done`,
      ),
    ),
  );

const ready = async (t: Stage, host: string): Promise<boolean> =>
  (await t.on(host, 'curl -sk -m 3 -o /dev/null -w %{http_code} https://127.0.0.1:6443/readyz')).stdout === '200';

/** For half a minute nobody serves, and etcd has no quorum. */
export const isDead = async (t: Stage): Promise<void> => {
  await until('the API to be silent', async () =>
    (await Promise.all(['kw-1', 'kw-2'].map(host => ready(t, host)))).some(Boolean) ? undefined : true,
  );
  const end = Date.now() + 30_000;
  while (Date.now() < end)
    for (const host of ['kw-1', 'kw-2']) assert.equal(await ready(t, host), false, `${host} is dead`);
  const { code } = await t.on('kw-1', `${kubectl} --request-timeout=5s get nodes`);
  assert.notEqual(code, 0, 'nobody is let in');
};

export const alive = async (t: Stage, before: readonly string[]): Promise<void> => {
  const api = await client(t);
  assert.deepEqual(await readyNodes(api), hosts.slice(0, 3));
  assert.deepEqual(await pods(t), before, 'the pods of before, none started again');
  for (const host of ['kw-1', 'kw-2'])
    assert.equal(await must(t, host, 'systemctl is-active kube-controller-manager kube-scheduler'), 'active\nactive');
  // Whoever was to be taken for silent would have its taint 50 seconds after the controllers began.
  await new Promise(resolve => setTimeout(resolve, 60_000));
  const taints = await must(t, 'kw-1', `${kubectl} get nodes -o 'jsonpath={.items[*].spec.taints[*].key}'`);
  assert.doesNotMatch(taints, /unreachable|not-ready/);
  const events = await must(t, 'kw-1', `${kubectl} get events -A -o 'jsonpath={.items[*].reason}'`);
  assert.doesNotMatch(events, /TaintManagerEviction|Evicted/);
  assert.deepEqual(await pods(t), before);
};
