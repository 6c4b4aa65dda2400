/** What works on an adopted cluster and changes nothing that runs: backups, credentials, tokens, therapies. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BackupList, Took } from '../../../src/workflow/backup.js';
import type { MadeToken } from '../../../src/workflow/token.js';
import type { Stage } from '../scenario.js';
import { listing } from './digests.js';

/** Before any key was copied. */
export const withoutKeys = async (t: Stage): Promise<void> => {
  const { stdout } = await t.step('kw backup', () => t.ok(['backup', '--json', '--accept-new']));
  const { record, path } = JSON.parse(stdout) as Took;
  t.note(`${path}: ${record.size} bytes, ${record.keys} keys, etcd ${record.etcd}, proven in ${record.seconds} s`);
  assert.deepEqual([record.verdict, record.compared], ['proven', true]);
  assert.ok(record.keys > 100, 'all objects are in it');
  const list = await t.kw(['backup', 'list', '--json', '--accept-new']);
  assert.equal(list.code, 0, list.stdout + list.stderr);
  assert.deepEqual(
    (JSON.parse(list.stdout) as BackupList).backups.map(one => [one.path, one.state]),
    [[path, 'proven']],
  );
  const made = await t.step('kw token create', () => t.ok(['token', 'create', '--json', '--accept-new']));
  const { id, kubeconfig } = JSON.parse(made.stdout) as MadeToken;
  await lets(t, kubeconfig, 'create', 'certificatesigningrequests');
  assert.match((await t.ok(['token', 'list', '--accept-new'])).stdout, new RegExp(id));
  await t.ok(['token', 'delete', id, '--accept-new']);
  assert.doesNotMatch(listing(t.dir), /\.key |sa\.pub|ca\.crt/, 'no key was copied');
};

export const withKeys = async (t: Stage): Promise<void> => {
  const silent = await t.kw(['kubeconfig', '--accept-new']);
  assert.equal(silent.code, 64, 'nobody can be asked whether keys may be copied');
  assert.match(silent.stderr, /copied from its control planes/);
  const { stdout } = await t.step('kw kubeconfig', () => t.ok(['kubeconfig', '--yes', '--accept-new']));
  await lets(t, stdout, 'delete', 'nodes');
  const view = await t.ok(['kubeconfig', '--user', 'anna', '--role', 'view', '--accept-new']);
  await lets(t, view.stdout, 'list', 'pods');
  await t.ok(['kubeconfig', '--revoke', 'anna', '--accept-new']);
  assert.match((await t.ok(['kubeconfig', '--issued'])).stdout, /anna/);
  const kept = listing(join(t.dir, '.kubewizard'));
  assert.match(kept, /^kubernetes-[0-9a-f]{12}\/pki\/ca\.key /m);
  assert.doesNotMatch(kept, /encryption/, 'nothing was made');
};

/** By the credential itself, from a host. */
const lets = async (t: Stage, kubeconfig: string, verb: string, what: string): Promise<void> => {
  const conf = '/run/kw-test.conf';
  const text = Buffer.from(kubeconfig).toString('base64');
  const { code, stdout, stderr } = await t.on(
    'kw-1',
    `echo ${text} | base64 -d >${conf}; kubectl --kubeconfig ${conf} auth can-i ${verb} ${what} -A; \
c=$?; rm ${conf}; exit $c`,
  );
  assert.equal(code, 0, stdout + stderr);
};

/** A kubelet whose certificate has ended is cured by the file, with the CA's key; no container is restarted. */
export const healed = async (t: Stage): Promise<void> => {
  await t.ok(['lab', 'break', 'kubelet-client-certificate-expired', '--name', t.labName]);
  const { code, stdout } = await t.step('kw heal', () => t.kw(['heal', '--yes', '--json', '--accept-new']));
  // 2: cured, and told for a while that the kubelet had restarted again and again.
  assert.ok(code === 0 || code === 2, stdout);
  assert.match(stdout, /"takenBack":\[\]/);
  assert.match(stdout, /"cured":\["kubelet-client-certificate-expired/);
  const journal = await t.ok(['history', '--json']);
  assert.match(journal.stdout, /kw heal/);
  assert.ok(readFileSync(join(t.dir, 'cluster.yaml'), 'utf8').includes('\nadopted:'));
};
