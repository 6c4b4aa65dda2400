/**
 * A cluster of the newest minor on real hosts: up, again, changed, examined. Its programs cannot be built from Debian: this
 * needs a mirror that holds them (newest-mirror.ts makes one), named by KW_TEST_MIRROR, and its version by KW_TEST_VERSION.
 * Without one it is skipped, and says so.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { fieldPresence } from '../../../src/catalog/index.js';
import type { Report } from '../../../src/clinic/examine/report.js';
import { type LabState, withLab } from '../../../src/lab/index.js';
import { namesOf, ofTheMachine } from '../clinic/play-fault.js';
import { stage } from '../stage.js';
import { client, readyNodes, writeCluster } from './cluster.js';
import { changed, marks } from './hosts.js';

const { KW_TEST_MIRROR: mirror, KW_TEST_VERSION: version } = process.env;
const hosts = ['kw-1', 'kw-2', 'kw-3'];
const unitFile = '/etc/systemd/system/kube-scheduler.service';

test.skipIf(!mirror || !version)(
  'a cluster of the newest minor comes up unchanged from a mirror that holds it (KW_TEST_MIRROR, KW_TEST_VERSION)',
  { timeout: 20 * 60_000 },
  async () => {
    const dir = await mkdtemp(join(tmpdir(), 'kw-newest-'));
    await withLab({ name: 'newest-minor', hosts: hosts.length, ephemeral: true }, async lab => {
      const t = stage(resolve('.'), dir, 'newest-minor', join(dir, 'log'));
      await writeCluster(t, lab, clusterOf());
      await t.step('up, and its proof', () => t.ok(['up', '--yes']));
      expect(await readyNodes(await client(t))).toEqual(hosts);
      expect((await t.kw(['plan'])).code).toBe(0);
      await nothingTwice(t);
      await healthy(t);
      await onlyTheSchedulers(t, lab);
      await healthy(t);
    });
    await rm(dir, { recursive: true });
  },
);

type Stage = ReturnType<typeof stage>;

/** Kubelets of this age refuse cgroup v1 unless the owner insists, which only a machine that has no other does here. */
const clusterOf = (scheduler: Readonly<Record<string, string>> = {}): Readonly<Record<string, unknown>> => ({
  kubernetes: version,
  artifacts: { source: 'mirror', mirror },
  components: {
    ...(existsSync('/sys/fs/cgroup/cgroup.controllers') ||
    fieldPresence('kubelet', 'failCgroupV1', version ?? '') !== 'yes'
      ? {}
      : { kubelet: { config: { failCgroupV1: false } } }),
    scheduler: { extraArgs: scheduler },
  },
});

const nothingTwice = async (t: Stage): Promise<void> => {
  const before = await marks(t, hosts);
  await t.step('up with nothing to do', () => t.ok(['up', '--yes']));
  expect(changed(before, await marks(t, hosts))).toEqual([]);
};

const onlyTheSchedulers = async (t: Stage, lab: LabState): Promise<void> => {
  const before = await marks(t, hosts);
  await writeCluster(t, lab, clusterOf({ 'kube-api-qps': '61' }));
  await t.step('one argument more for the scheduler', () => t.ok(['up', '--yes', '--no-verify']));
  expect(changed(before, await marks(t, hosts))).toEqual(
    hosts
      .flatMap(host => [
        `${host}: file /etc/systemd/system`,
        `${host}: file ${unitFile}`,
        `${host}: unit kube-scheduler.service`,
      ])
      .sort(),
  );
};

const healthy = async (t: Stage): Promise<void> => {
  const { stdout, stderr } = await t.step('doctor', () => t.kw(['doctor', '--json']));
  expect(stdout, stderr).toMatch(/^\{/);
  expect(namesOf((JSON.parse(stdout) as Report).causes).filter(one => !ofTheMachine.includes(one))).toEqual([]);
};
