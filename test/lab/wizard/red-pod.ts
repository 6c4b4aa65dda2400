/**
 * A hostile pod, one beside every kubelet: a program that calls itself a component of the control plane and carries
 * words that would be commands elsewhere. Its cgroup is a pod's, and nobody who asks the host may take it for the real
 * one. Scripts for a lab host's own root shell, not for `kw`.
 */
import assert from 'node:assert/strict';
import type { Stage } from '../scenario.js';

const kubectl = '/usr/local/bin/kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=20s';

/** Under the name that `kw` looks for, on the host, since the images of the lab have no shell that may be renamed. */
const program = 'mkdir -p /opt/red; cp /bin/dash /opt/red/kube-controller-manager';

const argv = (canary: string): readonly string[] => [
  '/opt/red/kube-controller-manager',
  '-c',
  'while :; do sleep 5; done',
  'kube-controller-manager',
  `--cluster-cidr=10.0.0.0/8 -j ACCEPT; touch ${canary}-pod-cidr; true`,
  `--service-cluster-ip-range=$(touch ${canary}-pod-range)`,
];

const pod = (host: string, image: string, canary: string): unknown => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `red-${host}`, namespace: 'default' },
  spec: {
    nodeName: host,
    tolerations: [{ operator: 'Exists' }],
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: 'red',
        image,
        imagePullPolicy: 'Never',
        command: argv(canary),
        volumeMounts: [{ name: 'red', mountPath: '/opt/red', readOnly: true }],
      },
    ],
    volumes: [{ name: 'red', hostPath: { path: '/opt/red' } }],
  },
});

const on = async (t: Stage, host: string, script: string): Promise<string> => {
  const { code, stdout, stderr } = await t.on(host, script);
  assert.equal(code, 0, `${script}: ${stdout}${stderr}`);
  return stdout.trim();
};

/** On the control plane as well, beside the real one. Resolves when both run. */
export const startPods = async (t: Stage, hosts: readonly string[], canary: string): Promise<void> => {
  const [first = ''] = hosts;
  const image = await on(
    t,
    first,
    "ctr -n k8s.io images list -q | grep -m 1 '/probe:' || /usr/local/bin/ctr -n k8s.io images list -q | grep -m 1 '/probe:'",
  );
  for (const host of hosts) {
    await on(t, host, program);
    const text = JSON.stringify(pod(host, image, canary));
    await on(t, first, `${kubectl} apply -f - <<'END'\n${text}\nEND`);
  }
  for (const host of hosts)
    await on(
      t,
      host,
      `n=0; until grep -al touch /proc/[0-9]*/cmdline 2>/dev/null | while read -r f; do grep -q kubepods "\${f%cmdline}cgroup" && echo yes; done | grep -q yes; do n=$((n+1)); [ "$n" -lt 60 ] || { ${kubectl} get pods -o wide; exit 1; }; sleep 1; done`,
    );
};

export const endPods = async (t: Stage, hosts: readonly string[]): Promise<void> => {
  const [first = ''] = hosts;
  await on(t, first, `${kubectl} delete pod --wait=false ${hosts.map(host => `red-${host}`).join(' ')}`);
};
