/** A control plane dies under load, the first of all; an emptied host takes its place, and then another host. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { newestHere } from '../../../src/artifacts/index.js';
import { clusterFileForLab, type LabState, labReset, labStopHost } from '../../../src/lab/index.js';
import type { Stage } from '../scenario.js';
import { client } from './client.js';
import { readyNodes, writeCluster } from './cluster.js';
import { until } from './hosts.js';
import { burden, lost } from './load.js';

export const name = 'the first control plane dies while a client writes: replaced by an emptied host, and by another';
export const minutes = 20;
export const rotates = true;

const ctl =
  'ETCDCTL_API=3 /usr/local/bin/etcdctl --endpoints=https://127.0.0.1:2379 --cacert=/etc/kubernetes/pki/etcd/ca.crt ' +
  '--cert=/etc/kubernetes/pki/etcd/healthcheck-client.crt --key=/etc/kubernetes/pki/etcd/healthcheck-client.key';

export const run = async (t: Stage): Promise<void> => {
  const lab = await t.lab(4);
  await threeOf(t, lab);
  await t.step('up: three control planes; a fourth host is not in the file', () =>
    t.ok(['up', '--yes', '--no-verify']),
  );

  await dyingUnderLoad(t, 'first', async () => {
    await refusedWhileItIsAway(t);
    await labReset(t.labName, 'kw-1');
    await replaced(t, 'kw-1, by the same host, emptied', ['replace', 'kw-1', '--yes', '--no-verify']);
  });
  await whole(t, 'kw-2', ['kw-1', 'kw-2', 'kw-3']);

  const spare = lab.hosts[3];
  assert.ok(spare);
  await dyingUnderLoad(t, 'second', async () => {
    const words = ['replace', 'kw-1', '--address', spare.address, '--host-key', spare.hostKey, '--no-verify'];
    const asked = await t.kw([...words, '--yes']);
    assert.equal(asked.code, 64, 'nobody sees that it is dead: --yes is not enough');
    assert.match(asked.stdout + asked.stderr, /--yes-i-mean demo/);
    await t.step('cut off when it is at work', async () => {
      const cut = new AbortController();
      const running = t.kw([...words, '--yes-i-mean', 'demo'], { signal: cut.signal });
      const file = join(t.dir, 'cluster.yaml');
      await until('the file to name the other host', async () =>
        (await readFile(file, 'utf8')).includes(spare.address) ? true : undefined,
      );
      await sleep(4000);
      cut.abort();
      await running;
    });
    await replaced(t, 'kw-1, by another host', ['replace', 'kw-1', '--yes-i-mean', 'demo', '--yes', '--no-verify']);
  });
  await whole(t, 'kw-2', ['kw-1', 'kw-2', 'kw-3']);
  assert.match((await t.on('kw-2', `${ctl} member list`)).stdout, new RegExp(`kw-1, https://${spare.address}:2380`));
};

const threeOf = async (t: Stage, lab: LabState): Promise<void> => {
  const want = { name: 'demo', controlPlanes: 3, version: await newestHere() };
  const { hosts, components } = clusterFileForLab(lab, want) as {
    readonly hosts: readonly object[];
    readonly components?: { readonly kubelet?: { readonly config?: object } };
  };
  // On a machine whose disk is nearly full kubelets throw images away, which the next plan then misses.
  const evictionHard = { 'imagefs.available': '1%', 'nodefs.available': '1%', 'memory.available': '100Mi' };
  const kubelet = { config: { ...components?.kubelet?.config, evictionHard, imageGCHighThresholdPercent: 100 } };
  await writeCluster(t, lab, { hosts: hosts.slice(0, 3), components: { kubelet } }, want);
};

/** kw-1 is killed with everything on it while a client writes; nothing that was acknowledged is lost. */
const dyingUnderLoad = async (t: Stage, word: string, work: () => Promise<void>): Promise<void> => {
  const load = burden(await client(t), word);
  await sleep(4000);
  await labStopHost(t.labName, 'kw-1');
  await work();
  const { acknowledged, failures, longest, said } = await load.stop();
  for (const line of said.slice(0, 10)) t.note(line);
  t.note(`${acknowledged.length} written, ${failures} failed, at longest ${longest.writes.toFixed(1)} s without one`);
  assert.deepEqual(await lost(await client(t), word, acknowledged), [], 'nothing that was acknowledged is lost');
};

const refusedWhileItIsAway = async (t: Stage): Promise<void> => {
  const { code, stdout, stderr } = await t.kw(['replace', 'kw-1', '--yes']);
  assert.equal(code, 64, stdout + stderr);
  assert.match(stdout + stderr, /kw-1 is to be replaced by the host at .* and that one was not reached/);
};

const replaced = async (t: Stage, says: string, words: readonly string[]): Promise<void> => {
  const began = performance.now();
  await t.step(says, () => t.ok(words));
  const seconds = (performance.now() - began) / 1000;
  t.bar(`${says}: seconds`, seconds, 60);
};

/** Who votes, who is Ready, and that nothing is left to do. */
const whole = async (t: Stage, asked: string, hosts: readonly string[]): Promise<void> => {
  const { stdout } = await t.on(asked, `${ctl} member list`);
  const found = [...stdout.matchAll(/, started, ([^,]+), .*, false$/gm)].map(([, member]) => member);
  assert.deepEqual(found.toSorted(), hosts.toSorted(), stdout);
  await until('all nodes to be Ready', async () =>
    (await readyNodes(await client(t))).join() === hosts.join() ? true : undefined,
  );
  assert.equal((await t.kw(['plan'])).code, 0, 'nothing is left to do');
};
