/** `kw replace` without a terminal: what it refuses, what it asks, when it writes the file, and what it plans. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Input } from '../../src/blueprint/input.js';
import { openVault } from '../../src/engine/vault.js';
import { readCluster } from '../../src/spec/index.js';
import type { ClusterFile } from '../../src/workflow/cluster-file.js';
import type { ConsentAnswer, ConsentRequest } from '../../src/workflow/ports.js';
import { replace, type ReplaceOptions } from '../../src/workflow/replace.js';
import { kinds, type World, world } from '../engine/world.js';
import { released } from '../golden/input.js';
import { recordedPorts } from './recorded-ports.js';
import { addressOf, simulated } from './simulated-host.js';

const all = ['kw-1', 'kw-2', 'kw-3'];
const peer = (name: string): string => `${name}=https://${addressOf(name)}:2380`;

const fileText = (hosts: readonly string[] = all): string => `apiVersion: kubewizard/v1
kind: Cluster
name: demo
kubernetes: 1.29.3
endpoint: { address: 10.88.1.250, balance: external }
hosts:
${hosts.map(name => `  - { name: ${name}, address: ${addressOf(name)}, roles: [etcd, controlPlane] }`).join('\n')}
`;

/** What a control plane says of itself that was built by this file. */
const built = (name: string): string =>
  [
    'etcd=exists',
    'etcdOurs=yes',
    'lived-member=yes',
    'lived-node=yes',
    `etcdMembers=${all.map(peer).join(',')}`,
    `podCidr=10.244.${Number(name.slice(-1)) - 1}.0/24`,
    '',
  ].join('\n');

/** As `etcdctl member list` has it, and who answers. */
const members = (answering: readonly string[], quorum = true): string =>
  [
    ...all.map(name => `1${name.slice(-1)}, started, ${name}, https://${addressOf(name)}:2380, x, false`),
    ...answering.map(name => `answers ${addressOf(name)}`),
    ...(quorum ? ['quorum'] : []),
    '',
  ].join('\n');

let open: World | undefined;
afterEach(() => open?.clean());

interface Given {
  /** Members that answer; the others are off, or, if they are in `empty`, were installed anew. */
  readonly living: readonly string[];
  readonly empty?: readonly string[];
  readonly hosts?: readonly string[];
  readonly quorum?: boolean;
  readonly answer?: (request: ConsentRequest) => ConsentAnswer;
}

/** A world of three control planes, whose cluster is a file on each; and whoever came. */
const given = async ({ living, empty = [], hosts = all, quorum = true, answer }: Given) => {
  const w = world([...hosts, 'kw-9'].map(host => ({ host, name: 'a', want: { text: host } })));
  open = w;
  for (const host of hosts) if (![...living, ...empty].includes(host)) w.host(host).down = true;
  const inputs: Input[] = [];
  const written: string[] = [];
  const list = members(living, quorum);
  const recorded = recordedPorts({
    ...(answer ? { answer } : {}),
    connect: async host => {
      const lives = living.includes(host.name) && host.address === addressOf(host.name);
      const at = host.address === addressOf('kw-9') ? 'kw-9' : host.name;
      if (!lives) return simulated(w.host(at));
      const to = { 'answers $at': list, 'echo quorum': list };
      return simulated(w.host(host.name), 'name=demo\nmarked=yes\netcd=yes\nend=yes\n', {
        facts: built(host.name),
        to,
      });
    },
    artifacts: { resolve: async () => released('1.29.3', '1.7.0'), atHand: async () => released('1.29.3', '1.7.0') },
    craft: {
      kinds,
      wanted: input => {
        inputs.push(input);
        return w.resources.filter(({ host }) => input.facts.has(host));
      },
    },
  });
  const text = fileText(hosts);
  const checked = readCluster(text, 'cluster.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  const file: ClusterFile = { spec: checked.value, text, dir: join(w.root, 'control-machine'), warnings: [] };
  mkdirSync(file.dir, { recursive: true });
  await openVault(file.dir, file.spec, { now: () => new Date(), found: async () => [] });
  const run = (options: Partial<ReplaceOptions> & Pick<ReplaceOptions, 'names'>) =>
    replace(file, recorded.ports, {
      path: 'cluster.yaml',
      verify: false,
      save: async now => {
        written.push(now);
      },
      ...options,
    });
  return { w, ...recorded, inputs, written, run, journal: join(file.dir, 'journal') };
};

test('by itself, emptied: its old member goes, nobody must type a name, and the file stays as it is', async () => {
  const { w, run, inputs, written, asked } = await given({ living: ['kw-2', 'kw-3'], empty: ['kw-1'] });
  expect(await run({ names: ['kw-1'], yes: true })).toMatchObject({ ended: 'ran', outcome: { ok: true } });
  expect(inputs.at(-1)?.gone).toEqual([{ name: 'kw-1', members: [] }]);
  expect([w.read('kw-1/a'), written, asked]).toEqual(['kw-1', [], []]);
});

test('by another host: --yes is not enough, and before the name is typed nothing is written', async () => {
  const { run, written, journal, events } = await given({ living: ['kw-2', 'kw-3'] });
  const moved = { names: ['kw-1'], address: addressOf('kw-9') };
  await expect(run({ ...moved, yes: true })).rejects.toMatchObject({
    problems: [{ code: 'no-consent', help: expect.stringContaining('--yes-i-mean demo') }],
  });
  await expect(run({ ...moved, phrase: 'other' })).rejects.toMatchObject({ problems: [{ code: 'wrong-phrase' }] });
  expect([written, existsSync(journal)]).toEqual([[], false]);
  expect(events.some(({ type }) => type === 'file-change')).toBe(true);
});

test('by another host, with the name: the file is written with its address, then the work begins', async () => {
  const { run, written, inputs, types } = await given({ living: ['kw-2', 'kw-3'] });
  const ended = await run({ names: ['kw-1'], address: addressOf('kw-9'), phrase: 'demo' });
  expect(ended).toMatchObject({ ended: 'ran', outcome: { ok: true } });
  expect(written).toEqual([fileText().replace(addressOf('kw-1'), addressOf('kw-9'))]);
  expect(inputs.at(-1)?.gone).toEqual([{ name: 'kw-1', members: [addressOf('kw-1')] }]);
  expect(types().indexOf('file-change')).toBeLessThan(types().indexOf('run-started'));
});

test('a person who is asked is told what is at stake, and who types another word has nothing changed', async () => {
  const { w, run, asked, written } = await given({ living: ['kw-2', 'kw-3'], answer: () => 'no' });
  expect(await run({ names: ['kw-1'], address: addressOf('kw-9') })).toEqual({ ended: 'refused' });
  expect(asked).toMatchObject([{ risk: 'data', phrase: 'demo', says: expect.stringContaining('kw-1 (10.88.1.11)') }]);
  expect([written, w.read('kw-2/a')]).toEqual([[], '']);
});

test.each([
  ['nobody is named', [], { living: all }, 'no-host'],
  ['a name that nobody knows', ['kw-7'], { living: all }, 'unknown-host'],
  ['the host was not reached', ['kw-1'], { living: ['kw-2', 'kw-3'] }, 'replace-unseen'],
  ['no member has a quorum', ['kw-1'], { living: ['kw-3'], empty: ['kw-1'], quorum: false }, 'replace-no-quorum'],
  ['another one is away, too', ['kw-1'], { living: ['kw-2'], empty: ['kw-1'] }, 'replace-others-away'],
] as const)('refused, and nothing is changed: %s', async (_, names, how, code) => {
  const { w, run, journal } = await given(how);
  await expect(run({ names, yes: true, phrase: 'demo' })).rejects.toMatchObject({ problems: [{ code }] });
  expect([existsSync(journal), w.read('kw-3/a')]).toEqual([false, '']);
});

test('one that answers as a member is not dead: another host does not come in its place', async () => {
  const { run, written } = await given({ living: all });
  const moved = run({ names: ['kw-1'], address: addressOf('kw-9'), phrase: 'demo' });
  await expect(moved).rejects.toMatchObject({ problems: [{ code: 'replace-lives' }] });
  expect(written).toEqual([]);
});
