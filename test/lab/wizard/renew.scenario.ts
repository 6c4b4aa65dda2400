/**
 * The timer's service renews every leaf of a control plane: no API server and no etcd restarts, everything serves with
 * the new ones, the next up has nothing to do; what somebody else has signed stays, and is named.
 */
import assert from 'node:assert/strict';
import type { CertificateList } from '../../../src/clinic/read/certificates-listed.js';
import type { Stage } from '../scenario.js';
import { client } from './client.js';
import { readyNodes, writeCluster } from './cluster.js';
import { until } from './hosts.js';

export const name = 'every leaf renewed on its host: no API server and no etcd restarts, and up has nothing to do';
export const minutes = 15;
export const rotates = true;

const unit = 'kw-renew-certificates';
const script = '/usr/local/lib/kubewizard/renew-certificates';
const files =
  'find /etc/kubernetes/pki /var/lib/kubelet/pki/kubelet.crt -name "*.crt" ! -name "*ca.crt"; ' +
  'ls /etc/kubernetes/*.conf /var/lib/kube-proxy/kubeconfig.conf';

export const run = async (t: Stage): Promise<void> => {
  const lab = await t.lab(1);
  await writeCluster(t, lab);
  await t.step('up', () => t.ok(['up', '--yes', '--no-verify']));
  const before = await leaves(t);
  assert.ok(before.size >= 14, [...before.keys()].join());

  await t.step('young ones are left as they are', () => served(t));
  assert.deepEqual(await leaves(t), before);

  const started = await starts(t);
  await aged(t, before);
  const began = Date.now();
  await t.step('the service of the timer runs', () => served(t));
  t.bar(`${before.size} leaves renewed: seconds`, (Date.now() - began) / 1000, 15);
  const after = await leaves(t);
  assert.deepEqual([...after.keys()], [...before.keys()]);
  for (const [path, sum] of after) assert.notEqual(sum, before.get(path), `${path} is a new one`);
  assert.deepEqual(await starts(t), started, 'no API server and no etcd restarts');
  await used(t);

  const plan = await t.step('the next plan', () => t.kw(['plan']));
  assert.equal(plan.code, 0, `nothing to do: ${plan.stdout}${plan.stderr}`);
  assert.deepEqual(await readyNodes(await client(t)), ['kw-1']);
  await t.ok(['status']);
  await foreign(t);
};

const sh = async (t: Stage, command: string): Promise<string> => {
  const { code, stdout, stderr } = await t.on('kw-1', command);
  assert.equal(code, 0, `${command}: ${stdout}${stderr}`);
  return stdout.trim();
};

/** Digests by path. */
const leaves = async (t: Stage): Promise<ReadonlyMap<string, string>> =>
  new Map(
    (await sh(t, `{ ${files}; } | sort | xargs sha256sum`))
      .split('\n')
      .map(line => line.split(/\s+/) as [string, string])
      .map(([sum, path]) => [path, sum]),
  );

const served = (t: Stage): Promise<string> => sh(t, `systemctl start ${unit}.service`);

/** When they started, and how often systemd has started them again. */
const starts = (t: Stage): Promise<string> =>
  sh(t, 'systemctl show -p Id -p NRestarts -p ExecMainPID -p ExecMainStartTimestampMonotonic etcd kube-apiserver');

/** Each is signed anew with two thirds of its life behind it, as if the time had passed; nothing is restarted. */
const aged = async (t: Stage, all: ReadonlyMap<string, string>): Promise<void> => {
  await t.step(`${all.size} leaves grow old`, () =>
    sh(
      t,
      `sed -e 's/now - 300/now - 21100000/; s/last=$((now + days \\* 86400))/last=$((now + 10500000))/' ${script} \
>/tmp/age && ! cmp -s ${script} /tmp/age && systemctl stop ${unit}.timer && sh /tmp/age all && \
systemctl start ${unit}.timer`,
    ),
  );
  const old = await leaves(t);
  for (const [path, sum] of old) assert.notEqual(sum, all.get(path), `${path} has grown old`);
};

/** Every port shows the new certificate, every client is let in with its own. */
const used = async (t: Stage): Promise<void> => {
  const listed = await until('every process to have the new ones', async () => {
    const { stdout } = await t.kw(['certs', '--json']);
    const { certificates } = JSON.parse(stdout) as CertificateList;
    return certificates.some(one => one.loaded === 'older') ? undefined : certificates;
  });
  const own = listed.filter(one => !one.isCa && one.renewedBy === 'timer');
  assert.ok(own.length >= 12 && own.every(one => one.days >= 363), JSON.stringify(own.filter(one => one.days < 363)));
  const loaded = own.filter(one => one.loaded === 'current').map(one => one.path);
  for (const path of ['apiserver.crt', 'etcd/server.crt', 'etcd/peer.crt'])
    assert.ok(loaded.includes(`/etc/kubernetes/pki/${path}`), `${path} is shown at its port`);
  await sh(t, 'kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes');
  await sh(t, 'kubectl --kubeconfig /etc/kubernetes/super-admin.conf get --raw /readyz');
  const api = await client(t);
  // An API server that sees its new certificate closes what it has open to kubelets, also under a request (1.37: 503).
  await until('the API server to be let in by the kubelet', async () => {
    const { status } = await api.ask('GET', '/api/v1/nodes/kw-1/proxy/stats/summary');
    return status === 200 ? true : undefined;
  });
  for (const unitOf of ['kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'kubelet'])
    assert.equal(await sh(t, `systemctl is-active ${unitOf}`), 'active');
};

/** Somebody's own certificate for the API server, of a CA of their own: it stays, and is named. */
const foreign = async (t: Stage): Promise<void> => {
  await sh(
    t,
    `cd /etc/kubernetes/pki && cp -p apiserver-kubelet-client.crt /tmp/kept.crt && \
openssl req -x509 -newkey rsa:2048 -nodes -keyout /tmp/other.key -out apiserver-kubelet-client.crt -days 2 \
-subj /CN=kube-apiserver-kubelet-client 2>/dev/null && sha256sum apiserver-kubelet-client.crt >/tmp/foreign.sum`,
  );
  const { code, stderr } = await t.on('kw-1', `${script} all`);
  assert.equal(code, 1);
  assert.match(stderr, /apiserver-kubelet-client\.crt: left as it is: another CA than \S+ has signed it/);
  await sh(t, 'cd /etc/kubernetes/pki && sha256sum -c /tmp/foreign.sum');
  await sh(t, 'cp -p /tmp/kept.crt /etc/kubernetes/pki/apiserver-kubelet-client.crt');
};
