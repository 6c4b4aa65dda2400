/**
 * CAs at their end are signed anew by their own keys. Thirty days before it `kw up` does so under load, and no request
 * fails; 400 days after it nothing answers, and one command brings the cluster back: the pods of before are the pods of
 * after, and our own add-ons have read whom to trust.
 */
import assert from 'node:assert/strict';
import type { Stage } from '../scenario.js';
import { client } from './client.js';
import { alive, built, hosts, isDead, kubectl, must, pods, restarted } from './dead-cluster.js';
import { agedAuthorities, endedLeaves } from './ended-leaves.js';
import { burden, lost } from './load.js';
import { nobodyIll } from './well.js';

export const name = 'CAs at their end: signed anew by their own keys, under load before it, by kw revive after it';
export const minutes = 25;
export const rotates = true;

export const run = async (t: Stage): Promise<void> => {
  const before = await built(t);
  const keys = await seen(t, '-pubkey');
  await t.step('the CAs end in 30 days', () => agedAuthorities(t, hosts, 30));
  await underLoad(t);
  await anew(t, keys);
  assert.deepEqual(await pods(t), before, 'the pods of before, none started again');

  await t.step('every leaf of every host ends', () => endedLeaves(t, hosts, 400));
  await t.step('the CAs have ended, too', () => agedAuthorities(t, hosts, -400));
  await t.step('what has them is started again', () => restarted(t));
  await t.step('nothing answers any more', () => isDead(t));
  const began = Date.now();
  const { stdout, stderr } = await t.step('kw revive', () => t.ok(['revive', '--yes', '--no-verify']));
  const seconds = Math.round((Date.now() - began) / 1000);
  t.bar('CAs and leaves ended 400 days ago; seconds from the command to its end', seconds, 120);
  assert.match(stdout + stderr, /signed anew, each by its own key/);
  await alive(t, before);
  await anew(t, keys);
  await t.step('and the cluster carries traffic', () => t.ok(['verify']));
  assert.deepEqual(await pods(t), before, 'the pods of before, none started again');
};

const underLoad = async (t: Stage): Promise<void> => {
  const api = await client(t);
  const load = burden(api, 'renew');
  await t.step('kw up', () => t.ok(['up', '--yes', '--no-verify']));
  const { longest, acknowledged, failures, slow, said } = await load.stop();
  for (const line of said) t.note(line);
  t.note(`${acknowledged.length} writes, ${failures} failed, longest stall ${longest.writes.toFixed(2)} s of writes`);
  t.bar('requests without an answer in two seconds', slow, 0);
  assert.deepEqual(await lost(api, 'renew', acknowledged), []);
  assert.equal(failures, 0);
};

/** Of each CA on each host. */
const seen = async (t: Stage, what: string): Promise<readonly string[]> =>
  Promise.all(
    hosts.map(host =>
      must(
        t,
        host,
        `for f in ca etcd/ca front-proxy-ca; do f=/etc/kubernetes/pki/$f.crt; [ ! -e $f ] || \
openssl x509 -noout ${what} -in $f; done`,
      ),
    ),
  );

/** The keys of before; years to go; all that pods are given is that; nothing is left to do, and nobody is ill. */
const anew = async (t: Stage, keys: readonly string[]): Promise<void> => {
  assert.deepEqual(await seen(t, '-pubkey'), keys);
  await seen(t, '-checkend 300000000');
  const given = await must(
    t,
    'kw-1',
    `${kubectl} get configmaps -A --field-selector metadata.name=kube-root-ca.crt \
-o 'jsonpath={range .items[*]}{.data.ca\\.crt}{end}' | tr -d '\\n' | sed 's/-----BEGIN/\\n&/g' | grep BEGIN >/tmp/given
wc -l </tmp/given; sort -u /tmp/given; tr -d '\\n' </etc/kubernetes/pki/ca.crt`,
  );
  const [count, one, own, ...more] = given.split('\n');
  assert.ok(Number(count) >= 4, given);
  assert.deepEqual([one, more], [own, []]);
  const plan = await t.kw(['plan']);
  assert.equal(plan.code, 0, `nothing to do: ${plan.stdout}${plan.stderr}`);
  await nobodyIll(t, 'after the renewal');
};
