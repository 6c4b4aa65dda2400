/** A whole `up` without a terminal: hosts that are this machine's shell, ports that keep every word and answer. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { parseJournal } from '../../src/engine/journal.js';
import { WorldFailed } from '../../src/model/event.js';
import { readCluster } from '../../src/spec/index.js';
import type { ClusterFile } from '../../src/workflow/cluster-file.js';
import type { ConsentAnswer, ConsentRequest } from '../../src/workflow/ports.js';
import { up } from '../../src/workflow/up.js';
import { kinds, type Wanted, type World, world } from '../engine/world.js';
import { released } from '../golden/input.js';
import { recordedPorts } from './recorded-ports.js';
import { addressOf, simulated } from './simulated-host.js';

let open: World | undefined;
afterEach(() => open?.clean());

const workers = ['kw-2', 'kw-3'];
const things: readonly Wanted[] = [
  { host: 'kw-1', name: 'a', want: { text: 'one' } },
  { host: 'kw-1', name: 'b', want: { text: 'two' }, after: ['kw-1/a'] },
];

const entry = (name: string, n: number): string =>
  `  - { name: ${name}, address: ${addressOf(name)}, roles: [${n === 0 ? 'etcd, controlPlane' : 'worker'}] }`;

const fileIn = (folder: string, hosts: readonly string[]): ClusterFile => {
  const text = `apiVersion: kubewizard/v1
kind: Cluster
name: demo
kubernetes: 1.29.3
hosts:
${hosts.map(entry).join('\n')}
`;
  const checked = readCluster(text, 'cluster.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return { spec: checked.value, text, dir: join(folder, 'control-machine'), warnings: [] };
};

/** A world of these hosts, whose cluster is two files on kw-1. */
const given = (hosts: readonly string[], answer?: (request: ConsentRequest) => ConsentAnswer) => {
  const w = world([...things, ...hosts.slice(1).map(host => ({ host, name: 'c', want: { text: 'three' } }))]);
  open = w;
  const recorded = recordedPorts({
    ...(answer ? { answer } : {}),
    connect: host => simulated(w.host(host.name)),
    artifacts: { resolve: async () => released('1.29.3', '1.7.0'), atHand: async () => released('1.29.3', '1.7.0') },
    craft: { kinds, wanted: () => w.resources },
  });
  return { w, file: fileIn(w.root, hosts), ...recorded };
};

test('plan, question, work: every word in its order, the journal with what is worth remembering', async () => {
  const { w, file, ports, types, asked, events } = given(['kw-1'], () => true);
  expect(await up(file, ports, { verify: false })).toMatchObject({
    ended: 'ran',
    outcome: { ok: true, mended: 2 },
    proven: true,
    unseen: [],
  });
  expect([w.read('kw-1/a'), w.read('kw-1/b')]).toEqual(['one', 'two']);
  expect(asked).toEqual([{ risk: 'none', says: expect.stringContaining('first build of demo, on 1 host ') }]);
  expect(types().filter(type => type !== 'preflight')).toEqual([
    'host-connecting',
    'host-ready',
    'plan',
    'consent-needed',
    'consent-given',
    'run-started',
    'step-started',
    'step-done',
    'step-started',
    'step-done',
    'run-ended',
    'applied',
  ]);
  expect(events.map(event => event.n)).toEqual(events.map((_, index) => index + 1));
  const [name = ''] = readdirSync(join(file.dir, 'journal'));
  const journal = parseJournal(readFileSync(join(file.dir, 'journal', name), 'utf8')).map(event => event.type);
  expect(journal[0]).toBe('run-started');
  expect(journal).toEqual(expect.arrayContaining(['plan', 'consent-given', 'step-done', 'run-ended']));
  expect(journal).not.toContain('host-ready');
});

test('who says no, and who is not there to be asked, has nothing changed', async () => {
  const no = given(['kw-1'], () => false);
  expect(await up(no.file, no.ports, { verify: false })).toEqual({ ended: 'refused' });
  expect(no.types().at(-1)).toBe('consent-refused');
  expect(existsSync(join(no.file.dir, 'journal'))).toBe(false);
  no.w.clean();
  const nobody = given(['kw-1']);
  await expect(up(nobody.file, nobody.ports, { verify: false })).rejects.toMatchObject({
    problems: [{ code: 'no-consent' }],
  });
  expect(nobody.w.read('kw-1/a')).toBe('');
});

test('an option agrees as well, and a second run has nothing to ask', async () => {
  const { file, ports, asked, types } = given(['kw-1']);
  await up(file, ports, { verify: false, yes: true });
  expect(types()).toContain('consent-given');
  const again = recordedPorts({ ...ports });
  expect(await up(file, { ...ports, emit: again.ports.emit }, { verify: false })).toMatchObject({
    outcome: { mended: 0, converged: 0, ok: true },
  });
  expect([asked, again.types().filter(type => type.startsWith('consent'))]).toEqual([[], []]);
});

test('a host that cannot be seen stops a first build before its first change, unless it is named', async () => {
  const { w, file, ports, events } = given(['kw-1', ...workers]);
  w.host('kw-3').down = true;
  const refused = await up(file, ports, { verify: false, yes: true }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(WorldFailed);
  expect((refused as WorldFailed).failure).toMatchObject({
    class: 'unreachable',
    message: expect.stringContaining('kw-3: no route to host'),
    help: expect.stringContaining('--without kw-3'),
  });
  expect([w.read('kw-1/a'), events.some(event => event.type === 'run-started')]).toEqual(['', false]);
  const ended = await up(file, ports, { verify: false, yes: true, without: ['kw-3'] });
  expect(ended).toMatchObject({ ended: 'ran', unseen: [{ host: 'kw-3' }] });
  expect([w.read('kw-1/a'), w.read('kw-2/c'), w.read('kw-3/c')]).toEqual(['one', 'three', '']);
});

test('no first build goes without a control plane, or without a host that nobody knows', async () => {
  const { file, ports } = given(['kw-1', ...workers]);
  for (const [name, code] of [
    ['kw-1', 'without-control-plane'],
    ['kw-9', 'unknown-host'],
  ] as const)
    await expect(up(file, ports, { without: [name] })).rejects.toMatchObject({ problems: [{ code }] });
});
