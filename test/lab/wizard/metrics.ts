/** metrics-server on a cluster that was just built: who asks for figures gets them, and goes on getting them. */
import assert from 'node:assert/strict';
import type { Stage } from '../scenario.js';
import { until } from './hosts.js';

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

/** Notes how long the command takes to say what is expected. */
const expect = async (t: Stage, what: string, command: string, expected: RegExp): Promise<void> => {
  await t.step(what, () =>
    until(what, async () => (expected.test((await t.on('kw-1', `${kubectl} ${command}`)).stdout) ? true : undefined)),
  );
};

const available = 'get apiservice v1beta1.metrics.k8s.io --no-headers';

/** @param hosts All nodes. */
export const figures = async (t: Stage, hosts: readonly string[]): Promise<void> => {
  const { stdout } = await t.on('kw-1', `${kubectl} ${available}`);
  assert.match(stdout, /True/, 'the run that built the cluster has waited for it');
  const all = new RegExp(hosts.map(host => `${host}\\s+\\d+m[^\\n]*\\n`).join('(.|\\n)*'));
  await expect(t, 'kubectl top nodes names every node', 'top nodes --no-headers', all);
  await expect(t, 'kubectl top pods', 'top pods -n kube-system --no-headers', /metrics-server-\S+\s+\d+m/);
};

export const scales = async (t: Stage): Promise<void> => {
  const made = await t.on('kw-1', `printf '%s' '${load.replaceAll("'", `'"'"'`)}' | ${kubectl} apply -f -`);
  assert.equal(made.code, 0, made.stderr);
  await expect(
    t,
    'a busy deployment is scaled to two',
    `get deployment busy -n kw-load -o jsonpath='{.status.replicas} of {.spec.replicas}'`,
    /^2 of 2$/,
  );
  const gone = await t.on('kw-1', `${kubectl} delete namespace kw-load --timeout=300s`);
  assert.equal(gone.code, 0, `a namespace is deleted while metrics are served: ${gone.stderr}`);
};

/** All of its pods at once: the API is away for the seconds that new ones take to serve. */
export const comesBack = async (t: Stage, examined: () => Promise<void>): Promise<void> => {
  await t.on('kw-1', `${kubectl} delete pod -n kube-system -l k8s-app=metrics-server --grace-period=1`);
  await examined();
  await expect(t, 'available again after all its pods were killed', available, /True/);
  await expect(t, 'and kubectl top answers', 'top nodes --no-headers', /kw-1\s+\d+m/);
};
