/** Somebody changes a host and the API behind Kubewizard's back: what `kw drift` says of it, and of whom. */
import assert from 'node:assert/strict';
import type { Drift } from '../../../src/workflow/drift.js';
import type { Stage } from '../scenario.js';

const must = async (t: Stage, command: string): Promise<string> => {
  const { code, stdout, stderr } = await t.on('kw-1', command);
  assert.equal(code, 0, `${command}: ${stderr}`);
  return stdout.trim();
};

/** An administrator of the host, beside the user that kw logs in as. */
export const addAnna = (t: Stage): Promise<string> =>
  must(t, "useradd --create-home anna && echo 'anna ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/anna");

const proxy = '/var/lib/kube-proxy/config.yaml';
const binding = 'kubewizard:node-autoapprove-rotation';
const kubectl = '/usr/local/bin/kubectl --kubeconfig /etc/kubernetes/super-admin.conf';

interface Seen extends Drift {
  readonly code: number;
}
const looked = async (t: Stage): Promise<Seen> => {
  const { code, stdout, stderr } = await t.kw(['drift', '--json']);
  assert.ok(stdout.startsWith('{'), stderr);
  return { ...(JSON.parse(stdout) as Drift), code };
};

const none = async (t: Stage, when: string): Promise<void> => {
  const { code, differences, unseen } = await looked(t);
  assert.deepEqual([code, differences, unseen], [0, [], []], when);
};

/**
 * Edits a file, stops a service and edits an object, all by sudo; and a file without sudo. What is at home in /root
 * would be found by whoever looks for traces of Kubewizard.
 */
const edited = async (t: Stage): Promise<void> => {
  const anna = (command: string): Promise<string> => must(t, `runuser -u anna -- sudo ${command}`);
  await anna(`sed -i '$ a # looked at by anna' ${proxy}`);
  await anna('systemctl stop kube-scheduler');
  await anna(`env HOME=/tmp KUBE_EDITOR='sed -i s/system:nodes$/anna/' ${kubectl} edit clusterrolebinding ${binding}`);
  await must(t, 'chmod 644 /etc/kubernetes/audit-policy.yaml');
};

export const drifted = async (t: Stage): Promise<void> => {
  await none(t, 'nothing after an up');
  await edited(t);
  const began = Date.now();
  const { code, stdout } = await t.kw(['drift']);
  t.note(`kw drift, ${Date.now() - began} ms:\n${stdout}`);
  assert.equal(code, 2);
  const { differences, unseen, examined } = await looked(t);
  assert.deepEqual(unseen, []);
  assert.ok(examined > 100);
  const who = (key: string) => differences.find(one => one.key === key || one.key.endsWith(`/${key}`));
  const people = (key: string) => who(key)?.by.map(by => ('who' in by ? `${by.how} ${by.who}` : by.how));
  assert.deepEqual(
    differences.map(({ kind, origin }) => `${kind} ${origin}`).sort(),
    ['file host', 'file host', 'object host', 'service host'],
    JSON.stringify(differences, null, 1),
  );
  assert.deepEqual(people('config.yaml'), ['sudo anna']);
  assert.deepEqual(people('kube-scheduler.service'), ['sudo anna']);
  assert.equal(people(binding)?.[0], 'sudo anna');
  assert.ok(
    people(binding)?.some(one => one.startsWith('api ')),
    'and the user of the API',
  );
  assert.deepEqual(people('audit-policy.yaml'), [], 'of whom nothing is known nobody is named');
  for (const { since } of differences)
    assert.ok(Math.abs(Date.parse(since?.at ?? '') - began) < 120_000, JSON.stringify(differences));
  await t.step('up takes it back', () => t.ok(['up', '--yes', '--no-verify']));
  await none(t, 'nothing once it was taken back');
};
