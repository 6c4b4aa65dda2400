/**
 * A control plane of three moves to another address, first while it has both, then after the former is gone, under
 * writes and reads through the endpoint; and a worker whose former address is gone.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import { labSshArgv } from '../../../src/lab/index.js';
import { addressIn } from '../../../src/lab/layout.js';
import type { Stage } from '../scenario.js';
import { type Client, client } from './client.js';
import { readyNodes, writeCluster } from './cluster.js';
import { until } from './hosts.js';
import { burden, lost } from './load.js';
import { nobodyIll } from './well.js';

export const name = 'move: a control plane and a worker at another address, and clients hardly notice';
export const minutes = 20;
export const rotates = true;

const up = ['up', '--yes', '--no-verify'];

interface File {
  readonly hosts: readonly { readonly name: string; readonly address: string; readonly ssh?: object }[];
}

export const run = async (t: Stage): Promise<void> => {
  const lab = await t.lab(4);
  await writeCluster(t, lab);
  await t.step('up', () => t.ok(up));
  const api = await client(t);
  const [first, second] = [addressIn(lab.subnet, 62), addressIn(lab.subnet, 72)];
  const was = addressIn(lab.subnet, 12);

  await t.on('kw-2', `ip addr add ${first}/24 dev eth0`);
  await moves(t, 'kw-2', first);
  await told(t, was, first);
  await under(t, api, 'both', () => t.step('a control plane that has both addresses', () => t.ok(up)));
  await settled(t, api, 'kw-2', first);

  // Once nobody asks for it there any more it goes; then the new one goes too, all at once.
  await goesTo(t, 'kw-2', was, first);
  // What the host had open from there is cut off without a word, its members' streams too.
  await until('what was open from the former address to be gone', async () =>
    (await t.kw(['plan'])).code === 0 && (await t.kw(['doctor'])).code === 0 ? true : undefined,
  );
  await settled(t, api, 'kw-2', first);
  await goesTo(t, 'kw-2', first, second);
  await moves(t, 'kw-2', second);
  // That it was cut off clients notice, as of any host that is; what is measured is that it comes back.
  await steady(api);
  await under(t, api, 'gone', () => t.step('a control plane whose former address is gone', () => t.ok(up)));
  await settled(t, api, 'kw-2', second);

  const worker = addressIn(lab.subnet, 84);
  await goesTo(t, 'kw-4', addressIn(lab.subnet, 14), worker);
  await moves(t, 'kw-4', worker);
  await t.step('a worker whose former address is gone', () => t.ok(up));
  await settled(t, api, 'kw-4', worker);
};

/** In the file; ssh goes there too. */
const moves = async (t: Stage, host: string, address: string): Promise<void> => {
  const path = join(t.dir, 'cluster.yaml');
  const file = parse(await readFile(path, 'utf8')) as File;
  const hosts = file.hosts.map(one => (one.name === host ? { ...one, address } : one));
  await writeFile(path, stringify({ ...file, hosts }));
};

/** The host has the one address alone from then on. */
const goesTo = async (t: Stage, host: string, from: string, to: string): Promise<void> => {
  const there = await at(t, host, from);
  const script =
    `sleep 1; ip addr del ${from}/24 dev eth0; ip -4 -o addr show eth0 | grep -q ' ${to}/' || ` +
    `ip addr add ${to}/24 dev eth0`;
  await there(`systemd-run --quiet --collect sh -c ${JSON.stringify(script)}`);
  const here = await at(t, host, to);
  await until(`${host} at ${to} alone`, async () => {
    const shown = await here('ip -4 -o addr show eth0').catch(() => '');
    return shown.includes(` ${to}/`) && !shown.includes(` ${from}/`) ? true : undefined;
  });
};

/** The lab knows a host by the address that it began with, and so does its list of ssh keys. */
const at = async (t: Stage, host: string, address: string): Promise<(script: string) => Promise<string>> => {
  const [program = 'ssh', ...argv] = await labSshArgv(t.labName, host);
  const began = argv.pop()?.replace(/^.*@/, '') ?? '';
  return async script => {
    const how = ['-o', `HostKeyAlias=${began}`, '-o', 'ConnectTimeout=5', `root@${address}`, script];
    return (await promisify(execFile)(program, [...argv, ...how])).stdout;
  };
};

/** Twenty answers in a row. */
const steady = async (api: Client): Promise<void> => {
  let well = 0;
  await until('the endpoint to answer all that it is asked', async () => {
    const asked = await api
      .ask('GET', '/api/v1/namespaces/default', undefined, { timeoutMs: 2000 })
      .catch(() => undefined);
    well = asked?.status === 200 ? well + 1 : 0;
    return well >= 20 ? true : undefined;
  });
};

/** Said before anything is done. */
const told = async (t: Stage, from: string, to: string): Promise<void> => {
  const { stdout, stderr } = await t.kw(['plan']);
  assert.match(stdout + stderr, new RegExp(`kw-2 moves from ${from} to ${to}: its member of etcd starts again there`));
};

/** The virtual address may be on the host that moves: what is in flight there is cut off once. */
const under = async (t: Stage, api: Client, word: string, act: () => Promise<unknown>): Promise<void> => {
  const load = burden(api, word);
  await act();
  const { longest, acknowledged, failures, slow, said } = await load.stop();
  for (const line of said) t.note(line);
  t.note(`${word}: ${acknowledged.length} writes, ${failures} requests failed, ${slow} without an answer in 2 s`);
  t.bar('the longest time without an answer, in seconds', Math.max(longest.writes, longest.reads), 5);
  assert.deepEqual(await lost(api, word, acknowledged), []);
  assert.ok(failures <= 3, said.join('\n'));
};

const settled = async (t: Stage, api: Client, host: string, address: string): Promise<void> => {
  const plan = await t.kw(['plan']);
  assert.equal(plan.code, 0, `${plan.stdout}${plan.stderr}`);
  await nobodyIll(t, 'after the move');
  assert.deepEqual(await readyNodes(api), ['kw-1', 'kw-2', 'kw-3', 'kw-4']);
  const { body } = await api.ask('GET', `/api/v1/nodes/${host}`);
  const node = body as { readonly status: { readonly addresses: readonly { readonly address: string }[] } };
  assert.ok(
    node.status.addresses.some(one => one.address === address),
    JSON.stringify(node.status.addresses),
  );
  if (host !== 'kw-2') return;
  const members = await t.on('kw-1', '/usr/local/lib/kubewizard/etcd-member others; cat /etc/kubernetes/etcd-member');
  assert.match(members.stdout, new RegExp(`kw-2=https://${address}:2380`));
  const slices = await api.ask('GET', '/api/v1/namespaces/default/endpoints/kubernetes');
  assert.ok(JSON.stringify(slices.body).includes(`"${address}"`), JSON.stringify(slices.body));
};
