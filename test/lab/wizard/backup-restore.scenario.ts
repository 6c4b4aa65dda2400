/**
 * A backup of 100 MB taken and proven, damaged ones named, a restore that is cut off and goes on, no stale cache; then two
 * disks are lost.
 */
import assert from 'node:assert/strict';
import { newestHere } from '../../../src/artifacts/index.js';
import type { BackupList, Took } from '../../../src/workflow/backup.js';
import type { Stage } from '../scenario.js';
import { writeCluster } from './cluster.js';
import { until } from './hosts.js';

export const name = 'backup of 100 MB proven, damaged ones named, restore cut off and gone on with, two disks lost';
export const minutes = 25;

const hosts = ['kw-1', 'kw-2', 'kw-3'];
const folder = '/var/lib/kubewizard/snapshots';
const ctl =
  'ETCDCTL_API=3 /usr/local/bin/etcdctl --endpoints=https://127.0.0.1:2379 --cacert=/etc/kubernetes/pki/etcd/ca.crt ' +
  '--cert=/etc/kubernetes/pki/etcd/healthcheck-client.crt --key=/etc/kubernetes/pki/etcd/healthcheck-client.key';
const kubectl = 'kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=20s';

export const run = async (t: Stage): Promise<void> => {
  const version = await newestHere();
  t.note(`Kubernetes ${version.kubernetes} from source ${version.source}`);
  const lab = await t.lab(hosts.length);
  await writeCluster(t, lab, {}, { version });
  await t.step('up', () => t.ok(['up', '--yes', '--no-verify']));
  await t.step('the cluster DNS is there', () =>
    t.on('kw-1', `${kubectl} -n kube-system rollout status deployment/coredns --timeout=100s --request-timeout=0`),
  );
  await filled(t);
  await made(t, 'before');
  const took = await taken(t);
  await damagedAreNamed(t);
  await made(t, 'after');
  await proxied(t, 'after', true);
  await restoredOver(t, took);
  await twoDisksLost(t);
};

/** 100 MB that do not shrink. */
const filled = async (t: Stage): Promise<void> => {
  const { code, stderr } = await t.on(
    'kw-1',
    `head -c 520000 /dev/urandom | base64 -w0 >/tmp/v && \
for i in $(seq 1 150); do ${ctl} put /filling/$i </tmp/v; done`,
  );
  assert.equal(code, 0, stderr);
};

/** A ConfigMap, and a Service with an endpoint, as kube-proxy writes it into every host's rules. */
const made = async (t: Stage, which: string): Promise<void> => {
  const { code, stderr } = await t.on(
    'kw-1',
    `${kubectl} create configmap ${which} --from-literal=a=b && \
${kubectl} create service clusterip ${which} --tcp=80 && \
${kubectl} patch service ${which} --type=json -p '[{"op":"remove","path":"/spec/selector"}]' && \
printf 'apiVersion: discovery.k8s.io/v1\\nkind: EndpointSlice\\nmetadata: {name: ${which}, labels: \
{kubernetes.io/service-name: ${which}}}\\naddressType: IPv4\\nports: [{name: "80", port: 80}]\\nendpoints: \
[{addresses: [10.99.99.99]}]\\n' | ${kubectl} create -f -`,
  );
  assert.equal(code, 0, stderr);
};

const proxied = (t: Stage, which: string, there: boolean): Promise<true> =>
  until(`${which} to be ${there ? 'in' : 'out of'} the rules of every host`, 60, async () => {
    const rules = await Promise.all(
      hosts.map(host => t.on(host, 'iptables-save -t nat; nft list ruleset 2>/dev/null')),
    );
    return rules.every(({ stdout }) => stdout.includes(`default/${which}`) === there) ? true : undefined;
  });

const listed = async (t: Stage): Promise<BackupList & { readonly code: number }> => {
  const { code, stdout } = await t.kw(['backup', 'list', '--json']);
  return { ...(JSON.parse(stdout) as BackupList), code };
};

const taken = async (t: Stage): Promise<Took> => {
  const began = Date.now();
  const { stdout } = await t.step('kw backup', () => t.ok(['backup', '--json']));
  const took = JSON.parse(stdout) as Took;
  t.note(`backup of ${took.record.size} bytes, ${took.record.keys} keys: ${Date.now() - began} ms`);
  assert.ok(took.record.size > 100e6, 'as large as it was to be');
  assert.deepEqual([took.record.verdict, took.record.compared], ['proven', true]);
  assert.match(took.record.uid, /^[0-9a-f-]{36}$/);
  assert.ok(took.record.encryption.every(one => one.startsWith('k8s:enc:')));
  const list = await listed(t);
  assert.equal(list.code, 0);
  assert.equal(list.backups.find(({ path }) => path === took.path)?.state, 'proven');
  return took;
};

const damagedAreNamed = async (t: Stage): Promise<void> => {
  const { code, stderr } = await t.on(
    'kw-2',
    `set -e; mkdir -p ${folder}; cd ${folder}; ${ctl} snapshot save x >/dev/null 2>&1; \
cp x etcd-cut.db; truncate -s -100 etcd-cut.db; cp x etcd-flipped.db; \
printf X | dd of=etcd-flipped.db bs=1 seek=50000 conv=notrunc; : >etcd-empty.db; mv x etcd-open.db`,
  );
  assert.equal(code, 0, stderr);
  const list = await t.step('kw backup list, with damaged ones', () => listed(t));
  assert.equal(list.code, 2);
  const states = Object.fromEntries(list.backups.map(({ path, state }) => [path.split('/').at(-1), state]));
  assert.deepEqual(
    [states['etcd-cut.db'], states['etcd-flipped.db'], states['etcd-empty.db'], states['etcd-open.db']],
    ['cut', 'changed', 'empty', 'unproven'],
  );
  const refused = await t.kw(['restore', 'kw-2:etcd-flipped.db', '--yes-i-mean', 'demo']);
  assert.equal(refused.code, 14, refused.stderr);
  await t.on('kw-2', `rm -f ${folder}/etcd-*`);
};

const restoredOver = async (t: Stage, took: Took): Promise<void> => {
  const named = `${took.host}:${took.path.split('/').at(-1)}`;
  const again = ['restore', named, '--yes-i-mean', 'demo', '--no-verify'];
  const off = new AbortController();
  const watch = until('the API to be stopped', 120, async () => {
    const { code } = await t.on('kw-3', 'ls /var/lib/kubewizard/restore/*/stopped');
    return code === 0 ? true : undefined;
  }).then(() => off.abort());
  await t.step('restore, cut off once the API is stopped', async () => {
    await Promise.allSettled([t.kw(again, { signal: off.signal }), watch]);
  });
  const began = Date.now();
  await t.step('restore again goes on', () =>
    t.ok(again).catch(async (error: unknown) => {
      for (const what of ['get pods -o wide', 'describe pods', 'get endpointslices -A', 'get events'])
        await t.on('kw-1', `${kubectl} -n kube-system ${what}`);
      await t.on(
        'kw-1',
        `for p in $(${kubectl} -n kube-system get pods -o name); do ${kubectl} -n kube-system logs --tail=20 $p; done`,
      );
      await t.on('kw-1', 'journalctl -u kube-scheduler -u kube-controller-manager -u kubelet -n 60 -o cat');
      throw error;
    }),
  );
  t.note(`gone on with to the end: ${Date.now() - began} ms`);
  for (const host of hosts) {
    const address = (await t.on(host, 'hostname -I')).stdout.split(' ')[0];
    const seen = await t.on(host, `${kubectl} --server https://${address}:6443 get configmap,service -o name`);
    for (const kind of ['configmap', 'service'])
      assert.match(seen.stdout, new RegExp(`${kind}/before\n`), `${host}: what was before`);
    assert.doesNotMatch(seen.stdout, /after/, `${host}: what came after`);
  }
  await proxied(t, 'after', false);
  await proxied(t, 'before', true);
  await t.step('and the cluster carries traffic', () => t.ok(['verify']));
  assert.equal((await t.kw(['plan'])).code, 0, 'nothing is left to do');
  const whole = Date.now();
  await t.step('a whole restore', () => t.ok(again));
  t.note(`a whole restore: ${Date.now() - whole} ms`);
};

const twoDisksLost = async (t: Stage): Promise<void> => {
  await made(t, 'last');
  const living = await t.kw(['etcd', 'recover', '--yes-i-mean', 'demo']);
  assert.equal(living.code, 14, 'an etcd with its quorum is not touched');
  for (const host of ['kw-2', 'kw-3']) await t.on(host, 'systemctl stop etcd; find /var/lib/etcd -mindepth 1 -delete');
  const began = Date.now();
  const { stdout, stderr } = await t.step('two disks lost: etcd recover', () =>
    t.ok(['etcd', 'recover', '--yes-i-mean', 'demo', '--no-verify']),
  );
  t.note(`two of three disks lost, to serving: ${Date.now() - began} ms`);
  assert.match(stdout + stderr, /kw-1 is the only one that has data: what the others alone had acknowledged is lost/);
  assert.match(stdout + stderr, /kw-1: revision \d+, \d+ keys, term \d+, index \d+/);
  const { stdout: seen } = await t.on('kw-2', `${kubectl} get configmap,service -o name`);
  assert.match(seen, /configmap\/last\n/);
  await t.step('and the cluster carries traffic', () => t.ok(['verify']));
  assert.equal((await t.kw(['plan'])).code, 0, 'nothing is left to do');
};
