/** One control plane becomes three, then five, by editing the file; two of them give etcd up again; a client writes. */
import assert from 'node:assert/strict';
import { newestHere } from '../../../src/artifacts/index.js';
import { clusterFileForLab, type LabState } from '../../../src/lab/index.js';
import type { Stage } from '../scenario.js';
import { client } from './client.js';
import { writeCluster } from './cluster.js';
import { until } from './hosts.js';
import { burden, lost } from './load.js';

export const name = 'etcd grows from one host to three and five, and shrinks to three, while a client writes';
export const minutes = 35;
export const rotates = true;

const up = ['up', '--yes', '--no-verify'];
const ctl =
  'ETCDCTL_API=3 /usr/local/bin/etcdctl --endpoints=https://127.0.0.1:2379 --cacert=/etc/kubernetes/pki/etcd/ca.crt ' +
  '--cert=/etc/kubernetes/pki/etcd/healthcheck-client.crt --key=/etc/kubernetes/pki/etcd/healthcheck-client.key';

export const run = async (t: Stage): Promise<void> => {
  const lab = await t.lab(5);
  await wants(t, lab, 1);
  await t.step('up: one control plane, four workers', () => t.ok(up));
  const began = await startOf(t, 'kw-1');

  await whileWriting(
    t,
    'first',
    async () => {
      await wants(t, lab, 3);
      await t.step('one becomes three', () => t.ok(up));
    },
    { alone: true },
  );
  await votes(t, ['kw-1', 'kw-2', 'kw-3']);
  assert.equal(await startOf(t, 'kw-1'), began, 'the member that was there has not been restarted');

  await whileWriting(t, 'second', async () => {
    await wants(t, lab, 5);
    await t.step('three become five: cut off after ten seconds', () =>
      t.kw(up, { signal: AbortSignal.timeout(10_000) }),
    );
    await t.step('three become five: gone on with', () => t.ok(up));
  });
  await votes(t, ['kw-1', 'kw-2', 'kw-3', 'kw-4', 'kw-5']);
  assert.equal(await startOf(t, 'kw-1'), began, 'the member that was there has not been restarted');

  await whileWriting(t, 'third', async () => {
    await wants(t, lab, 5, ['kw-3', 'kw-4', 'kw-5']);
    await t.step('five become three, the first of all leaves', () => t.ok(up));
  });
  await votes(t, ['kw-3', 'kw-4', 'kw-5']);
  for (const host of ['kw-1', 'kw-2']) {
    assert.equal((await t.on(host, 'ls -d /var/lib/etcd/member.before')).code, 0, 'its data are kept aside');
    const left = await t.on(host, 'ls /etc/kubernetes/etcd-member /etc/systemd/system/etcd.service');
    assert.equal(left.stdout, '', 'its mark and its unit are gone');
  }
};

/** The file with so many control planes; `members`: those of them that hold etcd; absent: all. */
const wants = async (t: Stage, lab: LabState, planes: number, members?: readonly string[]): Promise<void> => {
  const virtualAddress = lab.hosts[0]?.address.replace(/\d+$/, '250') ?? '';
  const want = { name: 'demo', controlPlanes: planes, virtualAddress, version: await newestHere() };
  const { hosts, components } = clusterFileForLab(lab, want) as {
    readonly hosts: readonly { readonly name: string }[];
    readonly components?: { readonly kubelet?: { readonly config?: object } };
  };
  const roles = (host: string): object =>
    members === undefined ? {} : { roles: members.includes(host) ? ['etcd', 'controlPlane'] : ['controlPlane'] };
  // On a machine whose disk is nearly full kubelets throw images away, which the next plan then misses.
  const evictionHard = { 'imagefs.available': '1%', 'nodefs.available': '1%', 'memory.available': '100Mi' };
  const kubelet = { config: { ...components?.kubelet?.config, evictionHard, imageGCHighThresholdPercent: 100 } };
  await writeCluster(
    t,
    lab,
    { hosts: hosts.map(host => ({ ...host, ...roles(host.name) })), components: { kubelet } },
    want,
  );
};

/**
 * Nothing that was acknowledged is lost; what failed and how long nobody answered is said. `alone`: there is one API
 * server to begin with, which restarts.
 */
const whileWriting = async (
  t: Stage,
  word: string,
  work: () => Promise<void>,
  { alone = false } = {},
): Promise<void> => {
  const api = await client(t);
  const load = burden(api, word);
  await work();
  const { acknowledged, failures, longest, said } = await load.stop();
  for (const line of said) t.note(line);
  t.note(`${acknowledged.length} written, ${failures} failed, at longest ${longest.writes.toFixed(1)} s without one`);
  assert.ok(acknowledged.length > 50, 'the client wrote');
  // Sessions to an API server that is being stopped are closed, and with each what is under way on it at that moment.
  assert.ok(alone || failures <= 2 * 5, 'each restart of an API server costs a client one request at most');
  assert.deepEqual(await lost(await client(t), word, acknowledged), [], 'nothing that was acknowledged is lost');
  assert.equal((await t.kw(['plan'])).code, 0, 'nothing is left to do');
};

const votes = async (t: Stage, hosts: readonly string[]): Promise<void> => {
  const [first = ''] = hosts;
  const { stdout } = await t.on(first, `${ctl} member list`);
  const found = [...stdout.matchAll(/, started, ([^,]+), .*, false$/gm)].map(([, member]) => member);
  assert.deepEqual(found.toSorted(), hosts.toSorted(), stdout);
  const revisions = await until('all members to have the same revision', async () => {
    const all = await Promise.all(
      hosts.map(async host => /"revision":(\d+)/.exec((await t.on(host, `${ctl} get h -w json`)).stdout)?.[1]),
    );
    return all.every(one => one !== undefined) ? all : undefined;
  });
  assert.equal(revisions.length, hosts.length);
  for (const host of hosts)
    assert.equal((await t.on(host, 'grep -c ^members= /etc/kubernetes/etcd-member')).stdout.trim(), '1');
};

/** When etcd was started there. */
const startOf = async (t: Stage, host: string): Promise<string> =>
  (await t.on(host, 'systemctl show -p ActiveEnterTimestampMonotonic etcd.service')).stdout.trim();
