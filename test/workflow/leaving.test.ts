/** What is found at the address of a host that left the file decides what is done there. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Session } from '../../src/engine/session.js';
import type { HostFacts } from '../../src/model/host-facts.js';
import { readCluster } from '../../src/spec/index.js';
import { departing } from '../../src/workflow/build/leaving.js';
import { emptyHost } from '../golden/input.js';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kw-leaving-'));
});
afterAll(() => rm(dir, { recursive: true }));

const read = readCluster(
  JSON.stringify({
    name: 'demo',
    kubernetes: '1.29.3',
    endpoint: { address: '10.0.0.100', balance: 'external' },
    hosts: [{ name: 'kw-1', address: '10.0.0.1', roles: ['etcd', 'controlPlane'] }],
  }),
  'cluster.yaml',
);
if (!read.ok) throw new Error(JSON.stringify(read.problems));
const spec = read.value;

const w4 = { name: 'w-4', address: '10.0.0.4', podCidr: '10.244.3.0/24' };
const plane = (begun: boolean): ReadonlyMap<string, HostFacts> => {
  const own = { name: 'kw-1', address: '10.0.0.1', podCidr: '10.244.0.0/24' };
  const left = begun ? { left: [{ ...w4, since: 1 }] } : {};
  const built = { name: 'kw-1', runs: ['apiserver' as const], peers: [own, w4], ...left };
  return new Map([['kw-1', { ...emptyHost('kw-1'), podCidr: own.podCidr, built }]]);
};

const node = (address: string) =>
  JSON.stringify({ status: 200, body: { status: { addresses: [{ type: 'InternalIP', address }] } } });
const absent = JSON.stringify({ status: 404, body: null });
const facts =
  'hostname=w-4\nos=debian\nosVersion=12\narch=x86_64\ncpus=4\nmemory=8388608\ncgroup=v2\ninterface=eth0\nmtu=1500\n' +
  'resolvConf=/etc/resolv.conf\nbuilt=yes\n';

interface Scene {
  readonly carried?: string;
  readonly api: string | undefined;
  readonly begun?: boolean;
}
/** @returns what is found at its address; undefined: nothing of it is touched. */
const found = async ({ carried, api, begun = false }: Scene, asks: string[] = []): Promise<string | undefined> => {
  const failure = { kind: 'unreachable' as const, message: 'no route to host' };
  const session = {
    spec,
    dir,
    lost: new Map(carried === undefined ? [['w-4', failure]] : []),
    reach: async () => {},
    ask: (async questions =>
      new Map(
        questions.map(({ id, question }) => {
          if (question.ask === 'api') return [id, api === undefined ? { missing: 'it is away' } : { raw: api }];
          const isFirst = 'script' in question && String(question.script).includes('kw_carried');
          asks.push(isFirst ? 'whose' : 'facts');
          return [id, { raw: isFirst ? `${carried}end=yes\n` : facts }];
        }),
      )) as Session['ask'],
  };
  const { removes } = await departing(session as unknown as Session, plane(begun), true);
  return removes[0]?.reached.is;
};

const ours = 'marked=yes\nname=demo\ntrace=/etc/kubernetes/kubelet.conf\n';
test.each<readonly [string, Scene, string | undefined]>([
  ['it is a host of this cluster', { carried: ours, api: node(w4.address) }, 'here'],
  ['another cluster is on it', { carried: ours.replace('demo', 'prod'), api: node(w4.address) }, 'strange'],
  ['nothing is on it', { carried: '', api: node(w4.address) }, 'empty'],
  ['it has our marks alone, and nothing of it was begun', { carried: 'marked=yes\n', api: node(w4.address) }, 'empty'],
  ['its reset was cut off when its keys were gone', { carried: 'marked=yes\n', api: absent, begun: true }, 'here'],
  ['its reset went through', { carried: '', api: absent, begun: true }, 'empty'],
  ['it is off', { api: node(w4.address) }, 'unseen'],
  ['the API does not say what its Node is', { carried: ours, api: undefined }, undefined],
  ['a Node of that name has another address', { carried: ours, api: node('10.0.0.9') }, undefined],
])('%s', async (_, scene, is) => {
  expect(await found(scene)).toBe(is);
});

test('what is not ours is asked whose it is, and nothing more', async () => {
  const asks: string[] = [];
  await found({ carried: ours.replace('demo', 'prod'), api: node(w4.address) }, asks);
  expect(asks).toEqual(['whose']);
});
