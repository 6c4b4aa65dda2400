/**
 * A cluster of the newest minor on real hosts, of programs built from Go modules: up, again, changed, examined. Without
 * a Go that is new enough nothing can be built, and the scenario says so.
 */
import assert from 'node:assert/strict';
import { newestHere } from '../../../src/artifacts/index.js';
import { debianVersion } from '../../../src/catalog/index.js';
import type { Stage } from '../scenario.js';
import { client } from './client.js';
import { readyNodes, writeCluster } from './cluster.js';
import { changed, marks } from './hosts.js';
import { comesBack, figures, scales } from './metrics.js';
import { nobodyIll } from './well.js';

export const name = 'the newest minor, built from Go modules: up, no-op, one change, healthy';
export const minutes = 30;

const hosts = ['kw-1', 'kw-2', 'kw-3'];
const unitFile = '/etc/systemd/system/kube-scheduler.service';

export const run = async (t: Stage): Promise<void> => {
  const version = await newestHere();
  t.note(`Kubernetes ${version.kubernetes} from source ${version.source}`);
  if (version.kubernetes === debianVersion) {
    t.note(`NOT PLAYED: no Go 1.26 on this machine; Kubernetes ${debianVersion} is what the other scenarios play`);
    return;
  }
  const lab = await t.lab(hosts.length);
  await writeCluster(t, lab);
  await t.step('up, and its proof', () => t.ok(['up', '--yes']));
  assert.deepEqual(await readyNodes(await client(t)), hosts);
  assert.equal((await t.kw(['plan'])).code, 0);
  assert.equal((await t.kw(['status'])).code, 0);
  await t.step('up with nothing to do', () => nothingTwice(t));
  await t.step('the doctor gives no alarm', () => nobodyIll(t, 'on three hosts just built'));
  await t.step('kubectl top answers for all nodes', () => figures(t, hosts));
  await t.step('an autoscaler scales by it', () => scales(t));
  await t.step('it comes back when its pods are killed, and the doctor gives no alarm', () =>
    comesBack(t, () => nobodyIll(t, 'while it comes back')),
  );
  await t.step('one argument more for the scheduler', async () => {
    const before = await marks(t, hosts);
    await writeCluster(t, lab, { components: { scheduler: { extraArgs: { 'kube-api-qps': '61' } } } });
    await t.ok(['up', '--yes', '--no-verify']);
    assert.deepEqual(changed(before, await marks(t, hosts)), onlyTheSchedulers);
  });
  await t.step('the doctor gives no alarm after it', () => nobodyIll(t, 'after one change'));
};

const nothingTwice = async (t: Stage): Promise<void> => {
  const before = await marks(t, hosts);
  await t.ok(['up', '--yes']);
  assert.deepEqual(changed(before, await marks(t, hosts)), []);
};

const onlyTheSchedulers = hosts
  .flatMap(host => [
    `${host}: file /etc/systemd/system`,
    `${host}: file ${unitFile}`,
    // What stood before was kept there until the new one served.
    `${host}: file /var/lib/kubewizard/before`,
    `${host}: unit kube-scheduler.service`,
  ])
  .sort();
