/** metrics-server on a cluster that was just built: who asks for figures gets them, and goes on getting them. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from '../scenario.js';

const kubectl = 'kubectl --kubeconfig /etc/kubernetes/admin.conf';
const load = `apiVersion: v1
kind: Namespace
metadata: {name: kw-load}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: busy, namespace: kw-load}
spec:
  selector: {matchLabels: {app: busy}}
  template:
    metadata: {labels: {app: busy}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: busy
          image: docker.io/kubewizard/probe:1
          command: [sh, -c, 'while :; do :; done']
          resources: {requests: {cpu: 20m}, limits: {cpu: 100m}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: busy, namespace: kw-load}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: busy}
  minReplicas: 1
  maxReplicas: 2
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]
`;

/** Seconds until the command says what is expected; fails after `seconds` of it. */
const until = async (t: Stage, what: string, command: string, expected: RegExp, seconds: number): Promise<void> => {
  const began = performance.now();
  const spent = () => (performance.now() - began) / 1000;
  for (;;) {
    const { stdout, stderr } = await t.on('kw-1', `${kubectl} ${command}`);
    if (expected.test(stdout)) break;
    assert.ok(spent() < seconds, `${what} within ${seconds} s: ${stdout}${stderr}`);
    await sleep(500);
  }
  t.note(`${what}: ${spent().toFixed(1)} s`);
};

const available = 'get apiservice v1beta1.metrics.k8s.io --no-headers';

/** @param hosts All nodes. */
export const figures = async (t: Stage, hosts: readonly string[]): Promise<void> => {
  const { stdout } = await t.on('kw-1', `${kubectl} ${available}`);
  assert.match(stdout, /True/, 'the run that built the cluster has waited for it');
  const all = new RegExp(hosts.map(host => `${host}\\s+\\d+m[^\\n]*\\n`).join('(.|\\n)*'));
  await until(t, 'kubectl top nodes names every node', 'top nodes --no-headers', all, 90);
  await until(t, 'kubectl top pods', 'top pods -n kube-system --no-headers', /metrics-server-\S+\s+\d+m/, 60);
};

export const scales = async (t: Stage): Promise<void> => {
  const made = await t.on('kw-1', `printf '%s' '${load.replaceAll("'", `'"'"'`)}' | ${kubectl} apply -f -`);
  assert.equal(made.code, 0, made.stderr);
  await until(
    t,
    'a busy deployment is scaled to two',
    `get deployment busy -n kw-load -o jsonpath='{.status.replicas} of {.spec.replicas}'`,
    /^2 of 2$/,
    180,
  );
  const gone = await t.on('kw-1', `${kubectl} delete namespace kw-load --timeout=60s`);
  assert.equal(gone.code, 0, `a namespace is deleted while metrics are served: ${gone.stderr}`);
};

/** All of its pods at once: the API is away for the seconds that new ones take to serve. */
export const comesBack = async (t: Stage, examined: () => Promise<void>): Promise<void> => {
  await t.on('kw-1', `${kubectl} delete pod -n kube-system -l k8s-app=metrics-server --grace-period=1`);
  await examined();
  await until(t, 'available again after all its pods were killed', available, /True/, 60);
  await until(t, 'and kubectl top answers', 'top nodes --no-headers', /kw-1\s+\d+m/, 60);
};
