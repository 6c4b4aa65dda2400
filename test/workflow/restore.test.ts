/** Law: nothing on a host is touched before each is told to be ours, the lock is held, and somebody agreed. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { EventBody } from '../../src/model/event.js';
import { command } from '../../src/resources/command.js';
import { readCluster } from '../../src/spec/index.js';
import type { ClusterFile } from '../../src/workflow/cluster-file.js';
import type { ConsentAnswer, ConsentRequest, Ports } from '../../src/workflow/ports.js';
import { recover } from '../../src/workflow/recover.js';
import { restore } from '../../src/workflow/restore.js';
import { type World, world } from '../engine/world.js';
import { released } from '../golden/input.js';
import { recordedPorts } from './recorded-ports.js';
import { addressOf, simulated } from './simulated-host.js';

let open: World | undefined;
afterEach(() => open?.clean());

const names = ['kw-1', 'kw-2', 'kw-3'];
const text = `name: prod\nkubernetes: 1.36.3\nendpoint: {address: 10.88.1.100}\nhosts:\n${names
  .map(name => `  - {name: ${name}, address: ${addressOf(name)}, roles: [etcd, controlPlane]}\n`)
  .join('')}`;

type Did = 'identity' | 'lock' | 'unlock' | 'question' | 'list' | 'salvage' | 'hash' | 'read' | 'other';

/** What a script is for. All but the last two of these only look. */
const kindOf = (script: string): Did | undefined => {
  if (script.includes('kw_carried')) return 'identity';
  if (script.includes('fi; kw_release )')) return 'unlock';
  if (script.includes('fi; kw_take )')) return 'lock';
  if (script.includes('echo quorum=yes')) return 'question';
  const verb = /^set -- (\w+)/.exec(script)?.[1];
  if (verb === 'list' || verb === 'salvage' || verb === 'hash') return verb;
  if (script.includes('restore-prepared') || script.includes('the old data of etcd are in place')) return 'read';
  return script.includes('/etc/kubernetes/pki/ca.key') ? undefined : 'other';
};

interface Holds {
  readonly revision: number;
  readonly history: number;
}

const digest = 'ab'.repeat(32);
const path = '/var/lib/kubewizard/snapshots/recovered-20261128T230606Z.db';
const recordOf = ({ revision }: Holds): string =>
  JSON.stringify({
    ...{ version: 1, verdict: 'proven', problem: '', sha256: digest, size: 4128, at: 1, revision, keys: revision },
    ...{ hash: 1, compared: true, uid: '0f4c9a3e-1111-4222-8333-444455556666', etcd: '3.6.8', encryption: '' },
    ...{ authorities: '', seconds: 1 },
  });

/** @param holds What each host's etcd has; a host that is not named is blank. */
const given = (
  holds: Readonly<Record<string, Holds>>,
  answer: (request: ConsentRequest) => ConsentAnswer,
  unreadable: readonly string[] = [],
) => {
  const w = world(names.map(host => ({ host, name: 'a', want: { text: 'one' } })));
  open = w;
  const did: (readonly [Did | 'consent', string])[] = [];
  const answerOf = (host: string, script: string): { code: number; stdout: string; stderr: string } | undefined => {
    const kind = kindOf(script);
    if (kind !== undefined) did.push([kind, host]);
    const has = holds[host];
    const said = (stdout: string, code = 0, stderr = '') => ({ code, stdout, stderr });
    switch (kind) {
      case 'question':
        return said(`etcd=3.6.8\n${has ? 'data=yes\n' : ''}end=yes\n`);
      case 'list': {
        const record = has ? Buffer.from(recordOf(has)).toString('base64') : '';
        return said(has ? `yes ${digest} 4128 1 ${record} ${path}\nend\n` : 'end\n');
      }
      case 'salvage':
        if (unreadable.includes(host)) return said('', 1, 'panic: freepages');
        return has ? said(`raft 3 ${has.revision}\n${path}\n${recordOf(has)}\n`) : said('', 5);
      case 'hash':
        return said(`${has?.history ?? 0} 1\n`);
      default:
        return undefined;
    }
  };
  const recorded = recordedPorts({
    answer: request => {
      did.push(['consent', request.risk]);
      return answer(request);
    },
    connect: async ({ name: host }) => {
      const connection = await simulated(w.host(host));
      return {
        ...connection,
        run: async (script, options) => answerOf(host, script) ?? connection.run(script, options),
        open: () => Promise.reject(new Error('a plan is carried out')),
      };
    },
    artifacts: { resolve: async () => released('1.36.3', '2.1.9'), atHand: async () => released('1.36.3', '2.1.9') },
    craft: { kinds: { command }, wanted: () => [] },
  });
  const checked = readCluster(text, 'cluster.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  const file: ClusterFile = { spec: checked.value, text, dir: join(w.root, 'control', 'prod'), warnings: [] };
  const notes = (): string =>
    recorded.events
      .map(event => ((event as EventBody).type === 'note' ? (event as { says: string }).says : ''))
      .join('\n');
  return { w, did, file, notes, ...recorded };
};

const first = (did: readonly (readonly [string, string])[], kind: string): number =>
  did.findIndex(([one]) => one === kind);
const count = (did: readonly (readonly [string, string])[], kind: string): number =>
  did.filter(([one]) => one === kind).length;
const stories: Readonly<Record<string, (file: ClusterFile, ports: Ports) => Promise<unknown>>> = {
  restore: (file, ports) => restore(file, ports),
  'etcd recover': (file, ports) => recover(file, ports),
};
const one = { 'kw-1': { revision: 9, history: 7 } };

describe.each(Object.keys(stories))('kw %s', command => {
  const story = stories[command] as NonNullable<(typeof stories)[string]>;

  test('looks under the lock, once every host said whose it is, and gives it back after a no', async () => {
    const { file, ports, did } = given(one, () => false);
    expect(await story(file, ports)).toEqual({ ended: 'refused' });
    expect(first(did, 'lock')).toBeGreaterThan(did.findLastIndex(([kind]) => kind === 'identity'));
    expect(first(did, 'question')).toBeGreaterThan(first(did, 'lock'));
    expect(count(did, 'salvage') + count(did, 'other')).toBe(0);
    expect(count(did, 'unlock')).toBe(3);
  });

  test('asks no host anything, and touches nothing, while somebody else holds the lock', async () => {
    const { w, file, ports, did } = given(one, () => true);
    for (const name of names) {
      mkdirSync(join(w.host(name).root, 'home'), { recursive: true });
      const owner = JSON.stringify({
        owner: 'ada',
        machine: 'x',
        pid: 1,
        started: '1',
        run: 'other',
        command: 'kw up',
        since: 'now',
      });
      writeFileSync(join(w.host(name).root, 'home/lock'), `${Math.floor(Date.now() / 1000) + 60}\nother\n${owner}\n`);
    }
    await expect(story(file, ports)).rejects.toMatchObject({ failure: { class: 'locked' } });
    expect(did.filter(([kind]) => !['identity', 'lock', 'unlock'].includes(kind))).toEqual([]);
  });

  test('is refused with the name of another cluster, before any host is connected', async () => {
    const { file, ports, did } = given(one, () => true);
    const act = command === 'restore' ? restore : recover;
    await expect(act(file, ports, { phrase: 'prod-2' })).rejects.toMatchObject({
      problems: [{ code: 'wrong-phrase' }],
    });
    expect(did).toEqual([]);
  });
});

describe('kw etcd recover', () => {
  const three = { 'kw-1': { revision: 9, history: 7 }, 'kw-3': { revision: 8, history: 7 } };
  const data = (request: ConsentRequest): ConsentAnswer => (request.risk === 'data' ? undefined : true);

  test('stops etcd only when a person has agreed to that, and asks for the name once the proof is there', async () => {
    const { file, ports, did, notes } = given(one, data);
    expect(await recover(file, ports)).toEqual({ ended: 'refused' });
    const consents = did.flatMap(([kind], at) => (kind === 'consent' ? [at] : []));
    expect(consents).toHaveLength(2);
    expect(first(did, 'salvage')).toBeGreaterThan(consents[0] ?? 0);
    expect(first(did, 'salvage')).toBeLessThan(consents[1] ?? 0);
    expect(did.filter(([kind]) => kind === 'salvage')).toEqual([['salvage', 'kw-1']]);
    expect(notes()).toContain('kw-1 is the only one that has data');
    expect(notes()).toContain('.kw-before-');
    expect(count(did, 'unlock')).toBe(3);
  });

  test('is refused without a terminal and without the name', async () => {
    const { file, ports, did } = given(one, () => true);
    const { consent: _, ...alone } = ports;
    await expect(recover(file, alone)).rejects.toMatchObject({ problems: [{ code: 'no-consent' }] });
    expect(count(did, 'salvage')).toBe(0);
  });

  test('a member that cannot be read stops it, unless a person names the one whose data are taken', async () => {
    const stopped = given(three, data, ['kw-3']);
    const named = (world: typeof stopped, member?: string) => recover(world.file, world.ports, { member });
    await expect(named(stopped)).rejects.toMatchObject({
      failure: { message: expect.stringContaining('a quorum of 3') },
    });
    const one = given(three, data, ['kw-3']);
    expect(await named(one, 'kw-1')).toEqual({ ended: 'refused' });
    expect(one.notes()).toContain('panic: freepages');
    const other = given(three, data, ['kw-3']);
    await expect(named(other, 'kw-3')).rejects.toMatchObject({
      failure: { class: 'refused', help: expect.stringContaining('--member kw-1') },
    });
  });

  test('the newest of one history is taken', async () => {
    const world = given(three, data);
    await recover(world.file, world.ports, { member: 'kw-1' });
    expect(world.notes()).toContain('kw-1 is the newest, and holds all that kw-3 hold');
  });
});
