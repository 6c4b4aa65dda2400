/** A pod that calls the API with its own token, twice a second, and trusts what it has read at its start alone. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './client.js';

const given = '/var/run/secrets/kubernetes.io/serviceaccount';
const pods = '/api/v1/namespaces/default/pods';
const name = 'caller';

/** A line for each call: its status, `000` where the server was not trusted or not reached. */
const calls = `cat ${given}/ca.crt >/kept/ca.crt
while :; do
  curl -s -m 5 -o /dev/null -w '%{http_code}\\n' --cacert /kept/ca.crt \
-H "Authorization: Bearer $(cat ${given}/token)" "https://$KUBERNETES_SERVICE_HOST:443/version"
  sleep 0.5
done`;

const pod = (host: string): unknown => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: {
    nodeName: host,
    tolerations: [{ operator: 'Exists' }],
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name,
        image: 'docker.io/kubewizard/probe:1',
        imagePullPolicy: 'Never',
        command: ['sh', '-c', calls],
        volumeMounts: [{ name: 'kept', mountPath: '/kept' }],
      },
    ],
    volumes: [{ name: 'kept', emptyDir: {} }],
  },
});

export interface CallerPod {
  readonly name: string;
  /** Started anew, it reads again whom it trusts. */
  again(api: Client): Promise<void>;
  /** By its own log, through its kubelet: how many calls, and all answers but 200. */
  heard(api: Client): Promise<{ readonly calls: number; readonly others: readonly string[] }>;
}

export const callerPod = async (api: Client, host: string): Promise<CallerPod> => {
  const heard: CallerPod['heard'] = async through => {
    const { status, body } = await through.ask('GET', `${pods}/${name}/log`);
    assert.equal(status, 200, JSON.stringify(body));
    const lines = String(body).trim().split('\n').filter(Boolean);
    return { calls: lines.length, others: lines.filter(line => line !== '200') };
  };
  const start = async (through: Client): Promise<void> => {
    await until(async () => (await through.ask('GET', `${pods}/${name}`)).status === 404);
    const made = await through.ask('POST', pods, pod(host));
    assert.equal(made.status, 201, JSON.stringify(made.body));
    await until(async () => {
      const { status, body } = await through.ask('GET', `${pods}/${name}/log`);
      return status === 200 && String(body).includes('200');
    });
  };
  await start(api);
  return {
    name,
    heard,
    again: async through => {
      await through.ask('DELETE', `${pods}/${name}`);
      await start(through);
    },
  };
};

const until = async (done: () => Promise<boolean>): Promise<void> => {
  for (let n = 0; !(await done()); n += 1) {
    assert.ok(n < 120, 'it takes more than a minute');
    await sleep(500);
  }
};
