/**
 * Administrators that are bound: an older cluster moves over by a plain up, a binding that somebody deleted is found,
 * healed and restored, and while the very role is gone kw itself still sees and cures.
 */
import assert from 'node:assert/strict';
import type { Stage } from '../scenario.js';
import { writeCluster } from './cluster.js';

export const name =
  'administrators are bound: an older cluster moves over, and a binding or role that is gone comes back';
export const minutes = 10;
export const rotates = true;

const conf = '/etc/kubernetes/admin.conf';
const glass = '/etc/kubernetes/super-admin.conf';
const binding = 'kubewizard:administrators';
const up = ['up', '--yes', '--no-verify'];

export const run = async (t: Stage): Promise<void> => {
  await writeCluster(t, await t.lab(1));
  await t.step('a first build', () => t.ok(up));
  await bound(t);

  // admin.conf of system:masters, and nothing else, as kw left it before.
  await t.on('kw-1', `mv ${glass} ${conf} && kubectl --kubeconfig ${conf} delete clusterrolebinding ${binding}`);
  assert.match(await subjectOf(t), /O ?= ?system:masters/);
  await t.step('an older cluster moves over', () => t.ok(up));
  await bound(t);

  await gone(t);
  await t.step('up makes a deleted binding again', () => t.ok(up));
  await bound(t);

  await gone(t);
  await t.step('the doctor finds it, and heal makes it again', async () => {
    await named(t, 'forbidden-for-user/administrator');
    await t.ok(['heal', '--yes']);
  });
  await bound(t);

  await t.step('the role itself is deleted, found and healed', async () => {
    await t.on('kw-1', `kubectl --kubeconfig ${glass} delete clusterrole cluster-admin`);
    await named(t, 'forbidden-for-user/cluster-admin');
    await t.ok(['heal', '--yes']);
  });
  await bound(t);
};

const named = async (t: Stage, unhealthy: string): Promise<void> => {
  const { code, stdout, stderr } = await t.kw(['doctor']);
  assert.notEqual(code, 0);
  assert.ok(`${stdout}${stderr}`.includes(unhealthy), `${unhealthy} is named: ${stdout}${stderr}`);
};

const gone = async (t: Stage): Promise<void> => {
  const { code, stderr } = await t.on('kw-1', `kubectl --kubeconfig ${conf} delete clusterrolebinding ${binding}`);
  assert.equal(code, 0, stderr);
  assert.match((await t.on('kw-1', `kubectl --kubeconfig ${conf} get nodes 2>&1`)).stdout, /forbidden/);
};

const subjectOf = async (t: Stage): Promise<string> => {
  const read =
    `sed -n 's/^ *client-certificate-data: *"\\{0,1\\}\\([A-Za-z0-9+/=]*\\).*/\\1/p' ${conf} | base64 -d | ` +
    'openssl x509 -noout -subject';
  return (await t.on('kw-1', read)).stdout;
};

/** admin.conf is let in by the binding alone, the other file without one; kw asks as itself. */
const bound = async (t: Stage): Promise<void> => {
  const subject = await subjectOf(t);
  assert.match(subject, /kubewizard:admin:kw-1/);
  assert.doesNotMatch(subject, /system:masters/);
  for (const file of [conf, glass]) {
    const { stdout } = await t.on('kw-1', `kubectl --kubeconfig ${file} auth can-i '*' '*'; stat -c %a%U ${file}`);
    assert.deepEqual(stdout.trim().split('\n'), ['yes', '600root'], file);
  }
  assert.equal((await t.kw(['plan'])).code, 0, 'nothing is left to do');
  const last = `grep -o '"username":"kubewizard:[a-z-]*"' /var/log/kubernetes/audit.log | tail -n 1`;
  assert.match((await t.on('kw-1', last)).stdout, /kubewizard:control-machine/, 'kw asks as itself');
};
