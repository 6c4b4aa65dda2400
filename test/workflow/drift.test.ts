/** `kw drift` without a terminal: hosts that are this machine's shell, a journal of theirs that tests write. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { rememberedIn } from '../../src/engine/applied.js';
import type { Input } from '../../src/blueprint/input.js';
import type { Resource } from '../../src/model/resource.js';
import { file as fileKind } from '../../src/resources/file.js';
import { kwBuild } from '../../src/model/version.js';
import { sh } from '../../src/shell/sh.js';
import { readCluster } from '../../src/spec/index.js';
import { main } from '../../src/cli/run.js';
import { driftText } from '../../src/cli/view/drift/text.js';
import type { ClusterFile } from '../../src/workflow/cluster-file.js';
import { type Drift, drift, verdictOf } from '../../src/workflow/drift.js';
import { history } from '../../src/workflow/history.js';
import { up } from '../../src/workflow/up.js';
import { type World, world } from '../engine/world.js';
import { released, sha256 } from '../golden/input.js';
import { recordedPorts } from './recorded-ports.js';
import { addressOf, simulated } from './simulated-host.js';

let open: World | undefined;
afterEach(() => open?.clean());

const hosts = ['kw-1', 'kw-2', 'kw-3'];
const textWith = (more = ''): string => `apiVersion: kubewizard/v1
kind: Cluster
name: demo
kubernetes: 1.29.3
hosts:
${hosts.map((name, n) => `  - { name: ${name}, address: ${addressOf(name)}, roles: [${n === 0 ? 'etcd, controlPlane' : 'worker'}] }`).join('\n')}
${more}`;

/** Two files on each host; one of them holds a number of the cluster file. */
const given = () => {
  const w = world(hosts.map(host => ({ host, name: 'a', want: { text: '' } })));
  open = w;
  const wanted = ({ spec, facts }: Input): readonly Resource[] =>
    hosts
      .filter(host => facts.has(host))
      .flatMap(host =>
        [
          ['fixed', `fixed on ${host}\nsecond line\n`],
          ['mtu', `mtu ${spec.network.mtu}\n`],
          ['key', 'key: <hidden here>\n'],
        ].map(
          ([name = '', text = '']): Resource => ({
            kind: 'file',
            host,
            key: w.path(`${host}/${name}`),
            want: { content: [text], sha256: sha256(text), mode: 0o644 },
            stage: 'host',
            because: 'the test wants it',
            after: [],
          }),
        ),
      );
  const bin = join(w.root, 'bin');
  mkdirSync(bin);
  const says = (program: string, text: string): void => {
    writeFileSync(join(bin, `${program}.txt`), text);
    writeFileSync(join(bin, program), `#!/bin/sh\ncat '${bin}/${program}.txt'\n`);
    chmodSync(join(bin, program), 0o755);
  };
  for (const program of ['journalctl', 'last']) says(program, '');
  const told = recordedPorts({
    connect: async host => {
      const connection = await simulated(w.host(host.name));
      return {
        ...connection,
        run: (script, options) =>
          connection.run(script.includes('_COMM=sudo') ? sh`PATH=${bin}:$PATH; eval ${script}` : script, options),
      };
    },
    artifacts: { resolve: async () => released('1.29.3', '1.7.0'), atHand: async () => released('1.29.3', '1.7.0') },
    craft: { kinds: { file: fileKind }, wanted },
  });
  const fileOf = (text: string): ClusterFile => {
    const checked = readCluster(text, 'cluster.yaml');
    if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
    return { spec: checked.value, text, dir: join(w.root, 'control-machine'), warnings: [] };
  };
  const build = (text = textWith()) => up(fileOf(text), told.ports, { verify: false, yes: true });
  const look = (text = textWith()) => drift(fileOf(text), told.ports);
  const sudo = (command: string, user = 'anna'): string =>
    `${JSON.stringify({
      __REALTIME_TIMESTAMP: String(Math.floor(Date.now() * 1000)),
      _EXE: '/usr/bin/sudo',
      MESSAGE: `${user} : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=${command}`,
    })}\n`;
  return { w, build, look, says, sudo, ...told };
};

/** The clock of files is not finer than a tick of the kernel. */
const tick = () => new Promise(resolve => setTimeout(resolve, 30));
const shown = (seen: Drift, width = 80): string =>
  driftText(seen, { color: false, width, now: new Date(), verbose: false });
/** The API of these hosts never answers: that is told, and is not what is tested here. */
const ofHosts = ({ unseen }: Drift) => unseen.filter(({ host }) => host !== 'cluster');

test('nothing after an up; then exactly what was edited, since when and by whom; the file of the cluster is no drift', {
  timeout: 300_000,
}, async () => {
  const { w, build, look, says, sudo } = given();
  await build();
  const clean = await look();
  expect([verdictOf(clean), clean.differences, ofHosts(clean)]).toEqual(['none', [], []]);
  expect(clean).toMatchObject({ last: { command: 'kw up' }, fileChanged: false, examined: 9 });
  expect(shown(clean)).toContain('Nothing has drifted: 9 things looked at.');

  await tick();
  const path = w.path('kw-2/fixed');
  writeFileSync(path, 'fixed on kw-2\nedited\x1b[31m\n');
  says('journalctl', sudo(`/usr/bin/vi ${path}`));
  const seen = await look();
  expect(verdictOf(seen)).toBe('drift');
  expect(seen.differences).toMatchObject([
    { host: 'kw-2', kind: 'file', key: path, origin: 'host', next: 'back', by: [{ how: 'sudo', who: 'anna' }] },
  ]);
  expect(Math.abs(Date.parse(seen.differences[0]?.since?.at ?? '') - Date.now())).toBeLessThan(600_000);
  const text = shown(seen);
  expect(text).toMatch(/-second line\n +\+edited\\x1b\[31m\n/);
  expect(text).toContain('by anna, with sudo at');
  expect(text).toContain('1 thing of 9 has drifted, in 1 place.');
  expect(Math.max(...text.split('\n').map(line => line.length))).toBeLessThanOrEqual(Math.max(80, path.length + 9));

  // The file asks for another number everywhere, and for what is edited on kw-2 nobody asks.
  const both = await look(textWith('network: { mtu: 1400 }\n'));
  expect(both.differences.map(({ host, key, origin }) => [host, key.split('/').at(-1), origin])).toEqual([
    ['kw-1', 'mtu', 'file'],
    ['kw-2', 'fixed', 'host'],
    ['kw-2', 'mtu', 'file'],
    ['kw-3', 'mtu', 'file'],
  ]);
  expect(both.fileChanged).toBe(true);
  expect(shown(both).replaceAll(/\s+/g, ' ')).toContain('Not drift: the cluster file asks for it');

  // Once it is applied there is nothing left to tell, though the run before had another file.
  await build(textWith('network: { mtu: 1400 }\n'));
  expect((await look(textWith('network: { mtu: 1400 }\n'))).differences).toEqual([]);
});

test('the file alone was edited: no host has drifted, exit code of nothing', async () => {
  const { build, look } = given();
  await build();
  const seen = await look(textWith('network: { mtu: 1400 }\n'));
  expect([verdictOf(seen), new Set(seen.differences.map(({ origin }) => origin))]).toEqual(['none', new Set(['file'])]);
});

test('what the host was changed to is what the file asks for by now: drift that kw up leaves', async () => {
  const { w, build, look } = given();
  await build();
  await tick();
  for (const host of hosts) writeFileSync(w.path(`${host}/mtu`), 'mtu 1400\n');
  const seen = await look(textWith('network: { mtu: 1400 }\n'));
  expect(seen.differences.map(({ origin, next }) => [origin, next])).toEqual(hosts.map(() => ['host', 'stays']));
  expect(shown(seen)).toContain('on 3 hosts: kw-[1-3]');
  // An up has nothing to do with it, and remembers all the same that this is how it is now.
  await build(textWith('network: { mtu: 1400 }\n'));
  expect(await history(join(w.root, 'control-machine'))).toMatchObject([
    { command: 'kw up', ended: 'done', steps: 0 },
    { command: 'kw up', ended: 'done', steps: 9 },
  ]);
  expect((await look(textWith('network: { mtu: 1400 }\n'))).differences).toEqual([]);
  writeFileSync(w.path('kw-1/mtu'), `mtu 1500\n`);
  const [back] = (await look(textWith('network: { mtu: 1400 }\n'))).differences;
  expect(back).toMatchObject({ host: 'kw-1', origin: 'host', next: 'back' });
});

test('a host that is away is named, and nothing is not none', async () => {
  const { w, build, look } = given();
  await build();
  w.host('kw-3').down = true;
  const seen = await look();
  expect([verdictOf(seen), ofHosts(seen).map(({ host }) => host)]).toEqual(['unseen', ['kw-3']]);
  expect(shown(seen)).toContain('Nothing has drifted on what was seen');
  expect(shown(seen)).toContain('Not seen: kw-3');
  rmSync(w.path('kw-2/key'));
  expect(verdictOf(await look())).toBe('drift');
});

test('a host that is emptied is told as a whole; without a memory of runs nobody is accused', async () => {
  const { w, build, look } = given();
  await build();
  for (const name of ['fixed', 'mtu', 'key']) rmSync(w.path(`kw-2/${name}`));
  const seen = await look();
  expect(seen.differences).toMatchObject([{ host: 'kw-2', kind: 'host', origin: 'host' }]);
  rmSync(join(w.root, 'control-machine/journal'), { recursive: true });
  writeFileSync(w.path('kw-1/mtu'), 'other\n');
  const unknown = await look();
  expect(unknown.differences).toMatchObject([
    { host: 'kw-1', kind: 'file', origin: 'unknown' },
    { host: 'kw-2', kind: 'host', origin: 'unknown' },
  ]);
  expect(verdictOf(unknown)).toBe('drift');
  expect(shown(unknown)).toContain('remembers no run');
});

/** As another version of kw would have written it. */
const rewriteApplied = (root: string, by: (event: Record<string, unknown>) => Record<string, unknown>): void => {
  const folder = join(root, 'control-machine/journal');
  for (const name of readdirSync(folder)) {
    const lines = readFileSync(join(folder, name), 'utf8').split('\n');
    const made = lines.map(line => (line.includes('"type":"applied"') ? JSON.stringify(by(JSON.parse(line))) : line));
    writeFileSync(join(folder, name), made.join('\n'));
  }
};

test('a file that is as old as before the run, and another than was left, is drift', async () => {
  const { w, build, look, says, sudo } = given();
  mkdirSync(w.path('old'), { recursive: true });
  for (const name of ['fixed', 'mtu', 'key']) writeFileSync(join(w.path('old'), name), 'from before\n');
  await tick();
  await build();
  renameSync(w.path('kw-2'), w.path('away'));
  renameSync(w.path('old'), w.path('kw-2'));
  says('journalctl', sudo(`/usr/bin/mv ${w.path('old')} ${w.path('kw-2')}`));
  const seen = await look();
  expect(verdictOf(seen)).toBe('drift');
  expect(seen.differences.map(({ host, origin, since }) => [host, origin, since])).toEqual(
    ['fixed', 'mtu', 'key'].map(() => ['kw-2', 'host', undefined]),
  );
  expect(shown(seen)).toContain('by anna, with sudo');
  expect(shown(seen)).toContain('since when: not known');
});

test('another version of kw: what it wanted too is drift, what it did not is a wish', async () => {
  const { w, build, look } = given();
  await build();
  await tick();
  writeFileSync(w.path('kw-2/fixed'), 'edited\n');
  rewriteApplied(w.root, event => ({ ...event, version: '0.0.1' }));
  expect((await look()).differences).toMatchObject([{ host: 'kw-2', origin: 'host' }]);
  // It left nothing of these names.
  rewriteApplied(w.root, event => ({ ...event, wants: '' }));
  const wished = await look();
  expect([verdictOf(wished), wished.differences.map(({ origin }) => origin)]).toEqual(['none', ['wish']]);
  expect(shown(wished)).toContain('Not drift: kw was another version then');
  // Of the same version nothing is a wish.
  rewriteApplied(w.root, ({ version: _, ...event }) => ({ ...event, version: kwBuild }));
  expect((await look()).differences).toMatchObject([{ host: 'kw-2', origin: 'host' }]);
  // Another version wrote no wants down: nobody can say what it wanted.
  rewriteApplied(w.root, ({ version: _, wants: __, ...event }) => event);
  expect((await look()).differences).toMatchObject([{ host: 'kw-2', origin: 'host' }]);
});

test('a host that was emptied is not called new where the file of the last run cannot be read', async () => {
  const { w, build, look } = given();
  await build();
  rewriteApplied(w.root, event => ({ ...event, file: 'kind: Other\n' }));
  for (const host of hosts) for (const name of ['fixed', 'mtu', 'key']) rmSync(w.path(`${host}/${name}`));
  const seen = await look();
  expect([seen.newHosts, seen.differences.map(({ host, kind }) => [host, kind])]).toEqual([
    [],
    hosts.map(host => [host, 'host']),
  ]);
  expect(verdictOf(seen)).toBe('drift');
});

test('a journal that is too long to be read is named, and never is nothing', async () => {
  const { w, build, look } = given();
  await build();
  const long = join(w.root, 'control-machine/journal/2099-x.jsonl');
  writeFileSync(long, '');
  truncateSync(long, 257 * 1024 * 1024);
  const seen = await look();
  expect(seen).toMatchObject({ differences: [], unreadJournal: { journal: long } });
  expect([verdictOf(seen), seen.last]).toEqual(['unseen', undefined]);
  expect(shown(seen, 1000)).toContain(`${long} was not read, for it has 257 MB`);
  expect(shown(seen, 1000)).not.toContain('Nothing has drifted:');
});

test('the text of the cluster file goes into the journal, and to nobody who reads what is told', async () => {
  const { w, build, events } = given();
  await build();
  await build(textWith('network: { mtu: 1400 }\n'));
  const told = JSON.stringify(events);
  expect(told).toContain('"type":"applied"');
  expect(told).not.toContain('kind: Cluster');
  expect(events.filter(({ type }) => type === 'applied').every(event => !('file' in event || 'wants' in event))).toBe(
    true,
  );
  expect((await rememberedIn(join(w.root, 'control-machine'))).last?.file).toContain('mtu: 1400');
});

test('nothing is written anywhere, and no lock is taken', async () => {
  const { w, build, look, events } = given();
  await build();
  const listed = (): string =>
    readdirSync(w.root, { recursive: true, encoding: 'utf8' })
      .filter(name => !name.startsWith('bin'))
      .map(name => {
        const path = join(w.root, name);
        return `${name} ${existsSync(path) && !name.includes('.') ? '' : sha256(readFileSync(path, 'utf8'))}`;
      })
      .sort()
      .join('\n');
  const before = listed();
  events.length = 0;
  await look();
  expect(listed()).toBe(before);
  expect(events.map(({ type }) => type)).not.toContain('run-started');
});

test('the journal: an up that failed is not remembered, a reset forgets, history can read it', async () => {
  const { w, build } = given();
  await build();
  const dir = join(w.root, 'control-machine');
  expect(await rememberedIn(dir)).toMatchObject({ last: { command: 'kw up', without: [], file: textWith() } });
  expect(await history(dir)).toMatchObject([{ command: 'kw up', ended: 'done' }]);
  const line = (event: object): string => `${JSON.stringify({ n: 1, at: '2099-01-01T00:00:00.000Z', ...event })}\n`;
  const started = { type: 'run-started', run: 'x', cluster: 'demo', steps: 1, plan: '', owner: 'bea@desk' };
  const step = { type: 'step-done', step: 'kw-1/file//x', host: 'kw-1', how: 'mended', seconds: 1 };
  writeFileSync(join(dir, 'journal/2099-x.jsonl'), line({ ...started, command: 'kw heal' }) + line(step));
  expect(await rememberedIn(dir)).toMatchObject({
    last: { command: 'kw up' },
    later: [{ id: 'kw-1/file//x', command: 'kw heal', owner: 'bea@desk' }],
  });
  writeFileSync(join(dir, 'journal/2100-x.jsonl'), line({ ...started, command: 'kw reset' }));
  expect((await rememberedIn(dir)).last).toBeUndefined();
});

test('kw drift without a cluster file is the user’s mistake', async () => {
  const told: string[] = [];
  const write = (text: string): void => void told.push(text);
  expect(await main(['drift', '-f', '/nonexistent.yaml'], { writeOut: write, writeErr: write }, false)).toBe(64);
});
