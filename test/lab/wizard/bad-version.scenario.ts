/**
 * Versions that cannot serve: a flag, a configuration, a program. Found by the gate, put back by itself, under a client
 * that writes; also where the run is killed in the midst of putting back.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { defaultCache, resolveArtifacts, writeMirror } from '../../../src/artifacts/index.js';
import { debianVersion } from '../../../src/catalog/index.js';
import { parseJournal } from '../../../src/engine/journal.js';
import type { Event } from '../../../src/model/event.js';
import type { Stage } from '../scenario.js';
import { type Client, client } from './client.js';
import { readyNodes, writeCluster } from './cluster.js';
import { until } from './hosts.js';
import { burden, lost } from './load.js';

export const name = 'a version that cannot serve: flag, configuration and program, put back by itself under writes';
export const minutes = 25;
export const rotates = true;

const hosts = ['kw-1', 'kw-2', 'kw-3'];
const version = debianVersion;
/** Seconds from the failed gate to the old state that serves. */
const bar = 60;

export const run = async (t: Stage): Promise<void> => {
  const lab = await t.lab(hosts.length);
  const mirror = join(t.dir, 'mirror');
  await t.step('a mirror of our own', async () => {
    const wanted = { source: 'debian', kubernetes: version, arch: 'amd64' } as const;
    const how = { cache: defaultCache(process.env), progress: () => undefined };
    await writeMirror(await resolveArtifacts(wanted, how), mirror);
  });
  await writeCluster(
    t,
    lab,
    { artifacts: { source: 'mirror', mirror } },
    { version: { kubernetes: version, source: 'mirror' } },
  );
  await t.step('up', () => t.ok(['up', '--yes', '--no-verify']));
  const api = await client(t);
  const good = await readFile(join(t.dir, 'cluster.yaml'), 'utf8');
  const flag = edited(good, { apiserver: { extraArgs: { 'event-ttl': 'tomorrow' } } });
  await mistake(t, api, 'flag', 'kube-apiserver', () => wish(t, flag));
  await mistake(t, api, 'configuration', 'kubelet', () =>
    wish(t, edited(good, { kubelet: { config: { evictionHard: { 'memory.available': 'much' } } } })),
  );
  // systemd calls it active between its ends.
  await mistake(t, api, 'scheduler', 'kube-scheduler', () =>
    wish(t, edited(good, { scheduler: { extraArgs: { 'leader-elect-lease-duration': 'tomorrow' } } })),
  );
  await killed(t, flag);
  await wish(t, good);
  await nothingLeft(t, api);
  await mistake(t, api, 'program', 'kube-apiserver', async () => {
    await wish(t, good);
    await spoil(mirror);
  });
};

const wish = (t: Stage, text: string): Promise<void> => writeFile(join(t.dir, 'cluster.yaml'), text);

const edited = (text: string, components: object): string => {
  const file = parse(text) as { readonly components?: object };
  return stringify({ ...file, components: { ...file.components, ...components } });
};

/** Half of the program, with a digest that says it is whole. */
const spoil = async (mirror: string): Promise<void> => {
  const path = `v${version}/bin/linux/amd64/kube-apiserver`;
  const whole = await readFile(join(mirror, path));
  const half = whole.subarray(0, Math.floor(whole.length / 2));
  const digest = createHash('sha256').update(half).digest('hex');
  await writeFile(join(mirror, path), half);
  await writeFile(join(mirror, `${path}.sha256`), digest);
  const manifest = join(mirror, 'kubewizard', `v${version}-amd64.json`);
  const said = JSON.parse(await readFile(manifest, 'utf8')) as { readonly files: object };
  await writeFile(manifest, JSON.stringify({ ...said, files: { ...said.files, [path]: digest } }));
};

const mistake = async (
  t: Stage,
  api: Client,
  what: string,
  program: string,
  plant: () => Promise<void>,
): Promise<void> => {
  const before = await runsOf(t, program);
  await plant();
  const load = burden(api, what);
  const { code, stdout, stderr } = await t.step(`a bad ${what} of ${program}`, () =>
    t.kw(['up', '--yes', '--no-verify']),
  );
  const { longest, acknowledged, failures, said } = await load.stop();
  for (const line of said) t.note(line);
  assert.notEqual(code, 0, stdout + stderr);
  assert.match(stdout, new RegExp(`kw-1: .*: new: .*; put back: .*${program}.* again as before after \\d+ s`));
  const events = await lastRun(t);
  const seconds = times(events);
  t.note(
    `${what}: found ${seconds.found.toFixed(1)} s after its step began, the old state proven ${seconds.back.toFixed(1)} s ` +
      `later; ${acknowledged.length} writes, ${failures} requests failed, longest stall ${longest.writes.toFixed(2)} s`,
  );
  t.bar(`${what}: seconds until the old state was proven`, seconds.back, bar);
  assert.deepEqual(await lost(api, what, acknowledged), []);
  // An API server of 1.20 that drains may close a connection under a request; the one that is put back does not.
  const meanwhile = said.filter(line => line.slice(0, 12) >= seconds.failed && line.slice(0, 12) <= seconds.served);
  assert.deepEqual(meanwhile, []);
  const after = await runsOf(t, program);
  assert.deepEqual(after.slice(1), before.slice(1), 'no later host was touched');
  assert.match((await t.ok(['history'])).stdout, /put back: /);
  await empty(t);
};

/** What a unit was started as, on each host. */
const runsOf = (t: Stage, program: string): Promise<readonly string[]> =>
  Promise.all(hosts.map(async host => (await t.on(host, `systemctl show -p InvocationID ${program}`)).stdout.trim()));

const empty = async (t: Stage): Promise<void> => {
  for (const host of hosts)
    assert.equal((await t.on(host, 'ls -A /var/lib/kubewizard/before 2>/dev/null')).stdout.trim(), '', host);
};

const journals = (t: Stage): string => join(t.dir, '.kubewizard', 'demo', 'journal');

const lastRun = async (t: Stage): Promise<readonly Event[]> => {
  const names = (await readdir(journals(t))).sort();
  return parseJournal(await readFile(join(journals(t), names.at(-1) ?? ''), 'utf8'));
};

interface Times {
  readonly found: number;
  readonly back: number;
  /** Times of the day. */
  readonly failed: string;
  readonly served: string;
}

const times = (events: readonly Event[]): Times => {
  const failed = events.find(event => event.type === 'step-failed');
  const began = events.find(event => event.type === 'step-started' && failed && event.step === failed.step);
  const back = events.find(event => event.type === 'put-back');
  if (!failed || !began || back?.type !== 'put-back') throw new Error('the journal does not tell it');
  assert.equal(back.ok, true, back.says);
  const between = (one: Event, other: Event): number => (Date.parse(other.at) - Date.parse(one.at)) / 1000;
  const clock = ({ at }: Event): string => at.slice(11, 23);
  return {
    found: between(began, failed),
    back: between(failed, back),
    failed: clock(failed),
    served: clock(back),
  };
};

/** In the midst of putting back; what was kept is on the host, and the next run knows what it is. */
const killed = async (t: Stage, flag: string): Promise<void> => {
  await wish(t, flag);
  const seen = new Set(await readdir(journals(t)));
  const kill = new AbortController();
  const running = t.kw(['up', '--yes', '--no-verify'], { signal: kill.signal });
  await until(
    'the putting back to begin',
    async () => {
      const [fresh] = (await readdir(journals(t))).filter(one => !seen.has(one));
      if (fresh === undefined) return undefined;
      const text = await readFile(join(journals(t), fresh), 'utf8');
      return text.includes('"put-back-started"') ? true : undefined;
    },
    20,
  );
  kill.abort();
  await running;
  const again = await t.step('killed while putting back: the same wish again', () =>
    t.kw(['up', '--yes', '--no-verify']),
  );
  assert.notEqual(again.code, 0);
  assert.match(again.stdout, /; put back: kube-apiserver serves again as before/);
  await empty(t);
};

const nothingLeft = async (t: Stage, api: Client): Promise<void> => {
  assert.equal((await t.kw(['plan'])).code, 0, 'with the old wish nothing is to be done');
  assert.deepEqual(await readyNodes(api), hosts);
};
