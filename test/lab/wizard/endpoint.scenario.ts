/**
 * The endpoint of three control planes moves to another virtual address in two steps, and back, while a client writes
 * and reads through the old one and another through the new one: no request fails, and what is dropped is said before.
 */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { debianVersion } from '../../../src/catalog/index.js';
import { addressIn } from '../../../src/lab/layout.js';
import type { Stage } from '../scenario.js';
import { type Client, client } from './client.js';
import { writeCluster } from './cluster.js';
import { burden, lost } from './load.js';
import { nobodyIll } from './well.js';

export const name = 'endpoint: another virtual address in two steps and back, and no request fails';
export const minutes = 30;
export const rotates = true;

const hosts = ['kw-1', 'kw-2', 'kw-3', 'kw-4'];
const up = ['up', '--yes', '--no-verify'];

export const run = async (t: Stage): Promise<void> => {
  const lab = await t.lab(4);
  const gateway = addressIn(lab.subnet, 1);
  const old = `${addressIn(lab.subnet, 250)}:8443`;
  const next = `${addressIn(lab.subnet, 251)}:9443`;
  await writeCluster(t, lab, {}, { version: { kubernetes: debianVersion, source: 'debian' } });
  await t.step('up', () => t.ok(up));
  const before = await client(t);
  const through = { old: burden(before, 'old') };
  await refused(t, `${gateway}:8443`);
  await atOnce(t, next, old);
  await wish(t, next, old);
  await armed(t);
  await t.step('first step: both are served', () => t.ok(up));
  await told(t, next);
  await settled(t);
  const after = await client(t);
  assert.ok(after.server.includes(next), after.server);
  const load = burden(after, 'new');
  await sleep(10_000);
  await wish(t, next);
  await stillUsed(t, old, gateway);
  await ended(t, before, 'old', through.old);
  await t.step('second step: the old one is dropped', () => t.ok(up));
  await nobodyHas(t, old);
  await settled(t);
  await wish(t, old, next);
  await t.step('and back: both are served', () => t.ok(up));
  await told(t, old);
  await ended(t, after, 'new', load);
  await settled(t);
};

/** Endpoints as `address:port`; the cluster uses the first. */
const wish = async (t: Stage, main: string, ...also: readonly string[]): Promise<void> => {
  const path = join(t.dir, 'cluster.yaml');
  const file = parse(await readFile(path, 'utf8')) as object;
  const [address, port] = main.split(':');
  const endpoint = { address, port: Number(port), ...(also.length > 0 ? { also } : {}) };
  await writeFile(path, stringify({ ...file, endpoint }));
};

/** Somebody answers there: nothing is changed. */
const refused = async (t: Stage, taken: string): Promise<void> => {
  await wish(t, taken);
  const before = await fingerprint(t);
  const { code, stdout, stderr } = await t.kw(up);
  assert.notEqual(code, 0);
  assert.match(stdout + stderr, /somebody else answers at the virtual address/);
  assert.equal(await fingerprint(t), before);
};

const fingerprint = async (t: Stage): Promise<string> =>
  (
    await Promise.all(
      hosts.map(host =>
        t.on(host, 'cat /etc/kubernetes/*/*.cfg /etc/kubernetes/*.conf /etc/kubernetes/pki/*.crt | sha256sum'),
      ),
    )
  )
    .map(({ stdout }) => stdout)
    .join('');

const atOnce = async (t: Stage, next: string, old: string): Promise<void> => {
  await wish(t, next);
  const { stdout, stderr } = await t.kw(['plan']);
  assert.match(stdout + stderr, new RegExp(`${old} gives way to the new endpoint in this run`));
  assert.match(stdout + stderr, new RegExp(`also: \\[${old}\\]`));
};

/** The turns of the load balancers have their way back on the host. */
const armed = async (t: Stage): Promise<void> => {
  const { stdout } = await t.kw(['plan', '--json']);
  const plan = JSON.parse(stdout) as {
    readonly rollout?: { readonly waves: readonly { readonly turns?: readonly Turn[] }[] };
  };
  const turns = (plan.rollout?.waves ?? []).flatMap(wave => wave.turns ?? []);
  const ofBalancers = turns.filter(({ units }) => units.some(({ unit }) => unit === 'kw-haproxy.service'));
  assert.equal(ofBalancers.length, 3, stdout.slice(0, 2000));
  for (const turn of ofBalancers) {
    assert.equal(turn.armed, true);
    assert.ok(turn.units.every(({ unit, writes }) => unit !== 'kw-haproxy.service' || writes.length > 0));
  }
};

interface Turn {
  readonly armed?: boolean;
  readonly units: readonly { readonly unit: string; readonly writes: readonly string[] }[];
}

const told = async (t: Stage, address: string): Promise<void> => {
  for (const host of hosts)
    assert.match(
      (await t.on(host, 'grep server: /etc/kubernetes/kubelet.conf')).stdout,
      new RegExp(`https://${address}`),
    );
};

/** Who is connected to it is named, before anything is done. */
const stillUsed = async (t: Stage, old: string, from: string): Promise<void> => {
  const { stdout, stderr } = await t.kw(['plan']);
  assert.match(stdout + stderr, new RegExp(`${old} is served no more from then on`));
  assert.match(stdout + stderr, new RegExp(`connected to it now: .*${from.replaceAll('.', '\\.')} \\(\\d+ connection`));
};

const nobodyHas = async (t: Stage, address: string): Promise<void> => {
  for (const host of hosts)
    assert.equal((await t.on(host, `ip -o -4 addr show to ${address.replace(/:.*/, '')}/32`)).stdout.trim(), '');
};

const settled = async (t: Stage): Promise<void> => {
  const plan = await t.kw(['plan']);
  assert.equal(plan.code, 0, `${plan.stdout}${plan.stderr}`);
  await nobodyIll(t, 'with the new address');
};

const ended = async (t: Stage, api: Client, word: string, load: ReturnType<typeof burden>): Promise<void> => {
  const { longest, acknowledged, failures, slow, said } = await load.stop();
  for (const line of said) t.note(line);
  t.note(
    `through the ${word} one: ${acknowledged.length} writes, ${failures} requests failed, longest stall ` +
      `${longest.writes.toFixed(2)} s of writes, ${longest.reads.toFixed(2)} s of reads`,
  );
  t.bar(`requests through the ${word} one without an answer in two seconds`, slow, 0);
  assert.deepEqual(await lost(api, word, acknowledged), []);
  assert.equal(failures, 0);
};
