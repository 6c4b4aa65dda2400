/** Interrupted anywhere, it resumes: killed runs, cut connections, a full disk, hosts that disappear in the middle. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LabHost, labReset, labStartHost, type LabState, labStopHost } from '../../../src/lab/index.js';
import type { Output, Stage } from '../scenario.js';
import { client } from './client.js';
import { readyNodes, writeCluster } from './cluster.js';
import { broken, leftovers, until } from './hosts.js';

export const name = 'interrupted anywhere, it resumes: kill -9, a cut connection, a full disk, hosts that disappear';
export const minutes = 35;

const all = ['kw-1', 'kw-2', 'kw-3', 'kw-4', 'kw-5'];
const full = process.env.KW_TEST_FULL !== undefined;
const kills = full ? 20 : 4;
/** A build takes some twenty seconds; a machine on which it takes a minute must not turn a run red for want of time. */
const slow = 60_000;

/** One random moment in each part of the run: parts of the whole run's time. */
const moments = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, n) => (n + Math.random()) / count);

export const run = async (t: Stage): Promise<void> => {
  const lab = await t.lab(5);
  await writeCluster(t, lab);
  const began = performance.now();
  await t.step('up, to know how long it takes', () => t.ok(['up', '--yes', '--no-verify']));
  const whole = performance.now() - began;
  const short = whole > slow && !full;
  if (short)
    t.note('this machine is slow: half of the moments, and one of the hosts that disappear, are left for another day');
  for (const part of moments(short ? kills / 2 : kills)) await killed(t, part * whole);
  await cutAndFull(t, lab);
  for (const victim of short ? [Math.random() < 0.5 ? 'kw-5' : 'kw-3'] : ['kw-5', 'kw-3']) await gone(t, victim);
};

const fresh = (t: Stage): Promise<unknown> =>
  t.step('fresh hosts', () => Promise.all(all.map(host => labReset(t.labName, host))));

/** As it must be after every one of these stories, whatever came before. */
const converges = async (t: Stage, story: string): Promise<void> => {
  await t.step(`${story}: up converges`, () => t.ok(['up', '--yes', '--no-verify']));
  assert.equal((await t.kw(['plan'])).code, 0, 'every file, unit, certificate and object is as wanted');
  assert.deepEqual(await leftovers(t, all), [], 'nothing half-written is left');
  assert.deepEqual(await readyNodes(await client(t)), all);
};

const killed = async (t: Stage, after: number): Promise<void> => {
  await fresh(t);
  const kill = new AbortController();
  const running = t.kw(['up', '--yes', '--no-verify'], { signal: kill.signal });
  await sleep(after);
  kill.abort();
  const { code } = await running;
  await converges(t, `kill -9 after ${(after / 1000).toFixed(1)} s (exit code ${code})`);
};

/** Resolves when the host is in the middle of a large file; its store is read through the mounted root. */
const fetching = (host: LabHost): Promise<true> =>
  until(
    `${host.name} to fetch`,
    async () => {
      const names = await readdir(join(host.root, 'var/lib/kubewizard/store')).catch(() => []);
      return names.some(one => one.endsWith('.part')) ? true : undefined;
    },
    10,
  );

/** kw-5 loses its ssh session in the middle of a file, kw-4 has no room for its files. */
const cutAndFull = async (t: Stage, lab: LabState): Promise<void> => {
  await fresh(t);
  await t.on('kw-4', 'mkdir -p /var/lib/kubewizard && mount -t tmpfs -o size=8m tmpfs /var/lib/kubewizard');
  const five = lab.hosts.find(host => host.name === 'kw-5');
  if (!five) throw new Error('the lab has no kw-5');
  const running = t.kw(['up', '--yes', '--no-verify']);
  await fetching(five);
  // This very session goes as well: its exit code says nothing.
  await t.on('kw-5', "kill -9 $(pgrep -f 'sshd: root@notty')");
  const output = await running;
  assert.notEqual(output.code, 0, 'a host that is full is not a success');
  const text = output.stdout + output.stderr;
  assert.match(text, /kw-4.*[Nn]o space left on device/, `the full disk is named: ${text.slice(-3000)}`);
  assert.match(text, /kw-5: .*(cut off|connecting again)/, 'the cut is told');
  const nodes = await readyNodes(await client(t));
  assert.deepEqual(
    nodes,
    all.filter(host => host !== 'kw-4'),
    'the cut-off host was built all the same',
  );
  await t.on('kw-4', 'umount /var/lib/kubewizard');
  await converges(t, 'cut connection, full disk');
  assert.deepEqual(await broken(t, all), [], 'every file of the store is what its name says');
};

const gone = async (t: Stage, victim: string): Promise<void> => {
  await fresh(t);
  const running = t.kw(['up', '--yes', '--no-verify']);
  await until(
    `${victim} to be at work`,
    async () => ((await t.on(victim, 'ls /var/lib/kubewizard/store/*.ok')).code === 0 ? true : undefined),
    100,
  );
  await labStopHost(t.labName, victim);
  const began = performance.now();
  const output: Output = await running;
  t.note(
    `${victim} disappeared; up ended ${((performance.now() - began) / 1000).toFixed(0)} s later with exit code ` +
      `${output.code}`,
  );
  assert.equal(
    output.code,
    10,
    `a host that is away is told by the exit code: ${output.stdout.slice(-3000)}${output.stderr}`,
  );
  assert.match(output.stdout + output.stderr, new RegExp(`${victim}.*(LOST|unreachable)`));
  assert.deepEqual(
    await readyNodes(await client(t)),
    all.filter(host => host !== victim),
    'the rest is built',
  );
  const again = await t.kw(['up', '--yes', '--no-verify']);
  assert.equal(again.code, 10, `and told again while it stays away: ${again.stdout.slice(-2000)}${again.stderr}`);
  await labStartHost(t.labName, victim);
  await converges(t, `${victim} is back`);
};
