/** Disks that are away, hosts that were installed anew: no second etcd, no blank member, and a quorum takes them in. */
import assert from 'node:assert/strict';
import { labReset, labStartHost, labStopHost } from '../../../src/lab/index.js';
import type { Stage } from '../scenario.js';
import { writeCluster } from './cluster.js';
import { until } from './hosts.js';

export const name =
  'no second etcd: a host installed anew joins, a disk that is away starts nobody, two lost disks stop it';
export const minutes = 25;
export const rotates = true;

const up = ['up', '--yes', '--no-verify', '--until', 'etcd'];
const ctl =
  'ETCDCTL_API=3 /usr/local/bin/etcdctl --endpoints=https://127.0.0.1:2379 --cacert=/etc/kubernetes/pki/etcd/ca.crt ' +
  '--cert=/etc/kubernetes/pki/etcd/healthcheck-client.crt --key=/etc/kubernetes/pki/etcd/healthcheck-client.key';

export const run = async (t: Stage): Promise<void> => {
  const lab = await t.lab(3);
  await writeCluster(t, lab);
  await t.step('up --until etcd', () => t.ok(up));
  await t.on('kw-1', `${ctl} put before-all kept`);
  const marks = await Promise.all(['kw-1', 'kw-2', 'kw-3'].map(host => markOf(t, host)));
  assert.equal(new Set(marks.map(({ cluster }) => cluster)).size, 1, 'one cluster, as each of them has it');
  assert.equal(new Set(marks.map(({ member }) => member)).size, 3, 'three members');
  assert.equal((await t.kw(['plan', '--until', 'etcd'])).code, 0, 'nothing is left to do');

  await installedAnew(t, marks[0]?.cluster ?? '');
  await diskAway(t);
  await twoLost(t);
};

const markOf = async (t: Stage, host: string): Promise<{ readonly cluster: string; readonly member: string }> => {
  const { stdout } = await t.on(host, 'cat /etc/kubernetes/etcd-member');
  const found = /^cluster=([0-9a-f]{16})\nmember=([0-9a-f]{16})\n/.exec(stdout);
  assert.ok(found, `${host} has no mark of its member: ${stdout}`);
  return { cluster: found[1] ?? '', member: found[2] ?? '' };
};

const installedAnew = async (t: Stage, cluster: string): Promise<void> => {
  const was = await t.on('kw-3', 'cat /etc/kubernetes/etcd-member');
  await labReset(t.labName, 'kw-3');
  await t.step('kw-3 is installed anew: up takes it in', () => t.ok(up));
  const now = await markOf(t, 'kw-3');
  assert.equal(now.cluster, cluster, 'it joined, and founded nothing');
  assert.doesNotMatch(was.stdout, new RegExp(now.member), 'as a member of its own');
  assert.match((await t.on('kw-3', `${ctl} get before-all`)).stdout, /kept/);
  const { stdout } = await t.on('kw-1', `${ctl} member list`);
  assert.equal(stdout.match(/, started, /g)?.length, 3, stdout);
  assert.notEqual((await t.on('kw-3', 'ls /etc/systemd/system/etcd.service.d/kw-join.conf')).code, 0);
  assert.equal((await t.kw(['plan', '--until', 'etcd'])).code, 0);
};

/** Moved aside inside of the host: the lab mounts it from outside. */
const diskAway = async (t: Stage): Promise<void> => {
  const away = await t.on(
    'kw-2',
    'systemctl stop etcd && mkdir -p /mnt/disk && mount --bind /var/lib/etcd /mnt/disk && umount /var/lib/etcd && ' +
      'grep -q ^mount=/var/lib/etcd /etc/kubernetes/etcd-member && systemctl start --no-block etcd',
  );
  assert.equal(away.code, 0, away.stderr);
  await t.step('a disk that is away', () =>
    until('etcd to be held back', async () => {
      const { stdout } = await t.on('kw-2', 'journalctl -u etcd -n 40 -o cat');
      return stdout.includes('its disk is not mounted') ? true : undefined;
    }),
  );
  assert.equal((await t.on('kw-2', 'ls -A /var/lib/etcd')).stdout, '', 'no blank member was started');
  assert.equal((await t.on('kw-2', 'mount --bind /mnt/disk /var/lib/etcd')).code, 0);
  await t.step('the disk is back: etcd starts by itself', () =>
    until('etcd to answer', async () =>
      (await t.on('kw-2', `${ctl} get before-all`)).stdout.includes('kept') ? true : undefined,
    ),
  );
};

const twoLost = async (t: Stage): Promise<void> => {
  await Promise.all(['kw-2', 'kw-3'].map(host => labReset(t.labName, host)));
  const refused = async (says: RegExp): Promise<void> => {
    const { code, stdout, stderr } = await t.kw(up);
    assert.notEqual(code, 0);
    assert.match(stdout + stderr, says);
    for (const host of ['kw-2', 'kw-3'])
      assert.notEqual((await t.on(host, 'ls /etc/systemd/system/etcd.service')).code, 0, 'nothing was begun');
  };
  await t.step('two disks are lost, the third is there', () => refused(/no quorum of 3/));
  await labStopHost(t.labName, 'kw-1');
  await t.step('two disks are lost, the third is off', () => refused(/second, empty etcd/));
  await labStartHost(t.labName, 'kw-1');
};
