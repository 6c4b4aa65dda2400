/** A backup of 100 MB taken and proven on a host of a living cluster; damaged ones are named; an upgrade is rehearsed with it. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { BackupList, Took } from '../../../src/workflow/backup.js';
import type { RehearsalReport } from '../../../src/workflow/rehearse.js';
import type { Stage } from '../scenario.js';
import { writeCluster } from './cluster.js';

export const name = 'backup of 100 MB taken and proven, damaged ones named';
/** It may be the first of a run that needs the newest minor, and then builds it. */
export const minutes = 30;

const hosts = ['kw-1', 'kw-2', 'kw-3'];
const folder = '/var/lib/kubewizard/snapshots';
const ctl =
  'ETCDCTL_API=3 /usr/local/bin/etcdctl --endpoints=https://127.0.0.1:2379 --cacert=/etc/kubernetes/pki/etcd/ca.crt ' +
  '--cert=/etc/kubernetes/pki/etcd/healthcheck-client.crt --key=/etc/kubernetes/pki/etcd/healthcheck-client.key';

export const run = async (t: Stage): Promise<void> => {
  const lab = await t.lab(hosts.length);
  await writeCluster(t, lab);
  await t.step('up', () => t.ok(['up', '--yes', '--no-verify']));
  await filled(t);
  await taken(t);
  await rehearsed(t);
  await damagedAreNamed(t);
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

const listed = async (t: Stage): Promise<BackupList & { readonly code: number }> => {
  const { code, stdout } = await t.kw(['backup', 'list', '--json']);
  return { ...(JSON.parse(stdout) as BackupList), code };
};

const taken = async (t: Stage): Promise<void> => {
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
};

/** Under the API server of the file: all is there; with a flag that it refuses, its own words say which. */
const rehearsed = async (t: Stage): Promise<void> => {
  const path = join(t.dir, 'cluster.yaml');
  const file = parse(await readFile(path, 'utf8')) as { readonly kubernetes: string; readonly components?: object };
  const ask = async (): Promise<RehearsalReport & { readonly code: number }> => {
    const { code, stdout, stderr } = await t.kw(['upgrade', '--rehearse', file.kubernetes, '--json']);
    const found = stdout.split('\n').find(line => line.startsWith('{"type":"upgrade-rehearsed"'));
    assert.ok(found, stderr);
    return { ...(JSON.parse(found) as RehearsalReport), code };
  };
  const whole = await t.step('kw upgrade --rehearse', ask);
  assert.deepEqual([whole.code, whole.breaks, whole.untried], [0, [], []]);
  assert.ok(whole.objects > 100, `${whole.objects} objects were read`);
  const flag = { apiserver: { extraArgs: { 'event-ttl': 'tomorrow' } } };
  const text = await readFile(path, 'utf8');
  await writeFile(path, stringify({ ...file, components: { ...file.components, ...flag } }));
  const broken = await t.step('kw upgrade --rehearse, with a bad flag', ask);
  await writeFile(path, text);
  const [first] = broken.breaks;
  assert.deepEqual([broken.code, broken.breaks.length, first?.what], [2, 1, 'no-start']);
  assert.match(first?.what === 'no-start' ? first.log : '', /event-ttl/);
  const left = await t.on('kw-1', 'ls /var/lib/kubewizard; ps ax');
  assert.doesNotMatch(left.stdout, /rehears/, 'nothing is left of it');
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
  await t.on('kw-2', `rm -f ${folder}/etcd-*`);
};
