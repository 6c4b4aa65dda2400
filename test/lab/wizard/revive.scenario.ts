/**
 * Every leaf of every host ended 400 days ago, and what has them was started again: nothing answers. One command brings
 * the cluster back within two minutes; the pods of before are the pods of after.
 */
import assert from 'node:assert/strict';
import type { Stage } from '../scenario.js';
import { client } from './client.js';
import { readyNodes } from './cluster.js';
import { alive, built, hosts, isDead, must, pods, restarted } from './dead-cluster.js';
import { endedLeaves } from './ended-leaves.js';

export const name = 'every certificate ended 400 days ago: one command, two minutes, no pod taken from its node';
export const minutes = 20;
export const rotates = true;

export const run = async (t: Stage): Promise<void> => {
  const before = await built(t);
  const ended = await t.step('every leaf of every host ends', () => endedLeaves(t, hosts, 400));
  assert.ok(ended >= 35, `${ended} leaves`);
  await t.step('what has them is started again', () => restarted(t));
  await t.step('nothing answers any more', () => isDead(t));
  await told(t);

  const began = Date.now();
  const { stdout, stderr } = await t.step('kw revive', () => t.ok(['revive', '--yes', '--no-verify']));
  const seconds = Math.round((Date.now() - began) / 1000);
  t.bar(`${ended} leaves ended 400 days ago; seconds from the command to its end`, seconds, 120);
  assert.match(stdout + stderr, /certificates on .* have ended, the first on \d{4}-\d\d-\d\d/);
  await alive(t, before);
  await t.step('once more: nothing to do', () => t.ok(['revive', '--yes', '--no-verify']));
  const plan = await t.step('and no changes', () => t.kw(['plan']));
  assert.equal(plan.code, 0, `nothing to do: ${plan.stdout}${plan.stderr}`);
  await trap(t);
  await t.step('and the cluster carries traffic', () => t.ok(['verify']));
  assert.deepEqual(await pods(t), before, 'the pods of before, none started again');
};

/** What a person finds who asks before they act. */
const told = async (t: Stage): Promise<void> => {
  const certs = await t.kw(['certs']);
  assert.equal(certs.code, 2);
  assert.match(certs.stdout, /kw revive/);
  const plan = await t.step('kw plan', () => t.kw(['plan']));
  assert.equal(plan.code, 2, plan.stderr);
  assert.match(plan.stdout + plan.stderr, /Controller manager and scheduler are held/);
  const doctor = await t.step('kw doctor', () => t.kw(['doctor']));
  assert.match(doctor.stdout, /kw revive/);
};

/** The kubelet's credential is gone altogether, and so is what it would ask for another one with. */
const trap = async (t: Stage): Promise<void> => {
  await must(
    t,
    'kw-3',
    'systemctl stop kubelet; rm -f /etc/kubernetes/kubelet.conf /etc/kubernetes/bootstrap-kubelet.conf ' +
      '/var/lib/kubelet/pki/kubelet-client-*; systemctl --no-block start kubelet',
  );
  await endedLeaves(t, ['kw-1', 'kw-2'], 400);
  await restarted(t);
  await isDead(t);
  await t.step('kw up, with kubelet.conf of kw-3 gone', () => t.ok(['up', '--yes', '--no-verify']));
  assert.deepEqual(await readyNodes(await client(t)), hosts.slice(0, 3));
};
