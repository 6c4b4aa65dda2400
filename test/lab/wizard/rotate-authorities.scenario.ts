/**
 * The CAs of the front proxy and of etcd are exchanged on three control planes and a worker, phase by phase, while a
 * client writes and reads through the endpoint: no request fails, and between two phases nothing is to be done and
 * nobody is ill.
 */
import assert from 'node:assert/strict';
import type { Stage } from '../scenario.js';
import { type Client, client } from './client.js';
import { writeCluster } from './cluster.js';
import { burden, lost } from './load.js';
import { nobodyIll } from './well.js';

export const name = 'rotate authorities: two CAs exchanged under load, and no request fails';
export const minutes = 30;
export const rotates = true;

const pki = '/etc/kubernetes/pki';
const things = [
  { name: 'front-proxy-ca', file: `${pki}/front-proxy-ca`, leaf: `${pki}/front-proxy-client.crt` },
  { name: 'etcd-ca', file: `${pki}/etcd/ca`, leaf: `${pki}/etcd/peer.crt` },
] as const;

export const run = async (t: Stage): Promise<void> => {
  const lab = await t.lab(4);
  await writeCluster(t, lab);
  await t.step('up', () => t.ok(['up', '--yes', '--no-verify']));
  const api = await client(t);
  const load = burden(api, 'rotate');
  for (const thing of things) {
    const old = await sum(t, thing.file);
    for (const phase of ['trust-both', 'sign-with-new', 'drop-old'] as const) {
      await t.step(`${thing.name}: ${phase}`, () => turned(t, thing.name, phase));
      await t.step(`${thing.name}: between the phases`, () => nothingToDo(t));
    }
    assert.notEqual(await sum(t, thing.file), old, `${thing.name} is a new one`);
    await alone(t, thing);
  }
  await noRequestFailed(t, api, load);
};

const turned = async (t: Stage, thing: string, phase: string): Promise<void> => {
  const { code, stdout, stderr } = await t.kw(['rotate', thing, '--yes']);
  assert.equal(code, 0, `${stdout.slice(-4000)}${stderr.slice(-2000)}`);
  assert.ok(stdout.includes(phase) || stderr.includes(phase), stdout.slice(-3000));
};

const nothingToDo = async (t: Stage): Promise<void> => {
  const plan = await t.kw(['plan']);
  assert.equal(plan.code, 0, `${plan.stdout}${plan.stderr}`);
  await nobodyIll(t, 'between the phases');
};

const sum = async (t: Stage, file: string): Promise<string> => (await t.on('kw-1', `sha256sum <${file}.crt`)).stdout;

/** One CA is left in the file, its own key lies beside it, it has signed the leaf, and no mark is left. */
const alone = async (t: Stage, { file, leaf }: (typeof things)[number]): Promise<void> => {
  for (const host of ['kw-1', 'kw-2', 'kw-3']) {
    const { code, stdout, stderr } = await t.on(
      host,
      `set -e; [ "$(grep -c BEGIN ${file}.crt)" = 1 ]; openssl verify -CAfile ${file}.crt ${leaf}
[ "$(openssl x509 -noout -pubkey -in ${file}.crt)" = "$(openssl pkey -pubout -in ${file}.key)" ]
[ -z "$(find ${pki}/rotation -type f 2>/dev/null)" ]
systemctl start kw-renew-certificates.service`,
    );
    assert.equal(code, 0, `${host}: ${stdout}${stderr}`);
  }
};

const noRequestFailed = async (t: Stage, api: Client, load: ReturnType<typeof burden>): Promise<void> => {
  const { longest, acknowledged, failures, slow, said } = await load.stop();
  for (const line of said) t.note(line);
  t.note(
    `${acknowledged.length} writes, ${failures} requests failed, longest stall ${longest.writes.toFixed(2)} s of ` +
      `writes, ${longest.reads.toFixed(2)} s of reads`,
  );
  t.bar('requests without an answer in two seconds', slow, 0);
  assert.deepEqual(await lost(api, 'rotate', acknowledged), []);
  assert.equal(failures, 0);
};
