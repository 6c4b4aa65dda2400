import { type AddressInfo, connect, createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { exitOf } from '../../src/cli/commands/status.js';
import { askApi } from '../../src/workflow/status/ask-api.js';
import { askHosts, type ComponentRow } from '../../src/workflow/status/ask-hosts.js';
import { healthOf } from '../../src/workflow/status/component.js';
import { statusText } from '../../src/cli/view/status.js';
import type { Status } from '../../src/workflow/status.js';
import { askNames, type Resolved } from '../../src/workflow/status/ask-names.js';
import { holder, metrics, names, quorum } from '../../src/workflow/status/whole.js';
import type { Session } from '../../src/engine/session.js';
import type { ClusterSpec, Host } from '../../src/model/cluster.js';
import { readCluster } from '../../src/spec/index.js';

describe.each<[string, string | undefined, string]>([
  ['active', undefined, 'ok'],
  ['active', 'ok', 'ok'],
  ['active', '', 'unknown'],
  ['active', 'unknown: this host has neither curl nor wget', 'unknown'],
  ['active', 'curl: (7) Failed to connect', 'ill'],
  ['failed', 'ok', 'ill'],
  ['activating', '', 'ill'],
])('a unit that is %s and answers %j', (active, answer, health) => {
  test(`is ${health}`, () => expect(healthOf({ active, ...(answer === undefined ? {} : { answer }) })).toBe(health));
});

test('etcd has its quorum, has lost it, or nobody can tell', () => {
  expect(
    quorum(
      new Map([
        ['a', 'ok'],
        ['b', 'ok'],
        ['c', 'ill'],
      ]),
    ),
  ).toMatchObject({ health: 'ok', says: '2 of 3 members answer, 2 are needed' });
  expect(
    quorum(
      new Map([
        ['a', 'ok'],
        ['b', 'ill'],
        ['c', 'ill'],
      ]),
    ),
  ).toMatchObject({ health: 'ill' });
  expect(
    quorum(
      new Map([
        ['a', 'ok'],
        ['b', 'ill'],
        ['c', undefined],
      ]),
    ),
  ).toMatchObject({ health: 'unknown', says: '1 of 3 members answer, 2 are needed; unseen: c' });
});

test('the virtual address is on one host, on none, on two, or somewhere in the dark', () => {
  expect(
    holder(
      '10.0.0.9',
      new Map([
        ['a', false],
        ['b', true],
      ]),
    ),
  ).toMatchObject({ health: 'ok', says: 'on b' });
  expect(
    holder(
      '10.0.0.9',
      new Map([
        ['a', false],
        ['b', false],
      ]),
    ),
  ).toMatchObject({ health: 'ill', says: 'on no host' });
  expect(
    holder(
      '10.0.0.9',
      new Map([
        ['a', true],
        ['b', true],
      ]),
    ),
  ).toMatchObject({ health: 'ill' });
  expect(
    holder(
      '10.0.0.9',
      new Map([
        ['a', false],
        ['b', undefined],
      ]),
    ),
  ).toMatchObject({ health: 'unknown' });
});

const asked = (more: Partial<Resolved> = {}): Resolved => ({
  address: '10.244.1.2',
  node: 'a',
  from: 'b',
  seen: true,
  ...more,
});

test('the cluster DNS is well only where a name was found over the pod network', () => {
  const rows = [
    names([asked(), asked({ node: 'b' })]),
    names([]),
    names(undefined),
    names([asked(), asked({ node: 'b', why: 'no answer within 5 s' })]),
    names([asked({ seen: false, why: 'no other host could ask it' })]),
  ];
  expect(rows.map(row => row.health)).toEqual(['ok', 'ill', 'unknown', 'ill', 'unknown']);
  expect(rows[3]?.says).toContain('the pod on b finds no name when b asks it: no answer');
  expect(names([asked(), asked()]).says).toContain('all on one host');
});

describe('a name is asked of a DNS pod through another host', () => {
  /** @param answer What the pod says to a question; '' hangs up. */
  const through = async (answer: (query: Buffer) => Buffer, spec = specOf()) => {
    const server = createServer(socket => {
      socket.once('data', query => socket.end(answer(query)));
    });
    await new Promise<void>(ready => server.listen(0, '127.0.0.1', ready));
    const [via, to] = [[] as string[], [] as string[]];
    const connections = async (host: string) => {
      via.push(host);
      return {
        forward: async (address: string, port: number) => {
          to.push(`${address}:${port}`);
          return connect((server.address() as AddressInfo).port, '127.0.0.1');
        },
      };
    };
    const session = { spec, connections, lost: new Map([['b', {}]]) } as unknown as Session;
    const [resolved] = await askNames(session, [{ address: '10.244.1.2', node: 'a' }]);
    server.close();
    return { resolved, via, to };
  };
  /** The question again, and one address behind it. */
  const address =
    (bytes: readonly number[]) =>
    (query: Buffer): Buffer => {
      const body = Buffer.concat([query.subarray(2), Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, ...bytes])]);
      body.writeUInt16BE(0x8180, 2);
      body.writeUInt16BE(1, 6);
      return Buffer.concat([Buffer.from([body.length >> 8, body.length & 255]), body]);
    };
  test('not its own, and none that is lost', async () => {
    const { resolved, via, to } = await through(address([10, 96, 0, 1]));
    expect([via, to]).toEqual([['c'], ['10.244.1.2:53']]);
    expect(resolved).toEqual({ address: '10.244.1.2', node: 'a', from: 'c', seen: true });
  });
  test('and not through a host that is no node: it has no way into the pod network', async () => {
    const spec = specOf();
    const hosts = [{ ...(spec.hosts[1] as Host), name: 'e', roles: ['etcd'] as const }, ...spec.hosts];
    expect((await through(address([10, 96, 0, 1]), { ...spec, hosts })).via).toEqual(['c']);
  });
  test.each<[string, (query: Buffer) => Buffer, string]>([
    ['another address', address([10, 0, 0, 9]), 'is 10.0.0.9, and not 10.96.0.1'],
    ['nothing', () => Buffer.alloc(0), 'it hung up'],
    ['junk', () => Buffer.from([0, 4, 1, 2, 3, 4]), 'another question'],
    [
      'that there is no such name',
      query => {
        const said = Buffer.from(query);
        said.writeUInt16BE(0x8183, 4);
        return said;
      },
      'does not know kubernetes.default.svc.cluster.local (code 3)',
    ],
  ])('an answer of %s is no name', async (_, answer, why) => {
    expect((await through(answer)).resolved?.why).toContain(why);
  });
});

test('nodes: roles, cordoned, since when, those that are not in the file, and hosts that are no node', async () => {
  const node = (name: string, more: object = {}) => ({
    metadata: { name, labels: { 'node-role.kubernetes.io/control-plane': '' } },
    ...more,
    status: { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-11-28T10:00:00Z' }] },
  });
  const items = [node('a', { spec: { unschedulable: true } }), node('b'), node('stray')];
  const api = {
    request: async (_: string, path: string) => ({ status: 200, body: path.endsWith('/nodes') ? { items } : {} }),
  };
  const seen = await askApi(
    { spec: specOf(), api: async () => api, lost: new Map() } as unknown as Session,
    new Date('2026-11-28T10:05:00Z'),
  );
  expect(seen.missing).toEqual(['c']);
  expect(seen.nodes.map(one => [one.name, one.cordoned, one.inFile, one.since, one.roles])).toEqual([
    ['a', true, true, 300, ['control-plane']],
    ['b', false, true, 300, ['control-plane']],
    ['stray', false, false, 300, ['control-plane']],
  ]);
  const text = statusText({ ...seen, components: [], unseen: [] }, false);
  expect(text).toMatch(/a +yes +5 min +control-plane +cordoned/);
  expect(text).toMatch(/stray .*not in the cluster file/);
  expect(text).toMatch(/c +no +in the cluster file, and not a node/);
  expect(exitOf({ ...seen, whole: [], components: [], unseen: [] })).toBe(2);
});

const specOf = (): ClusterSpec => {
  const checked = readCluster(
    'apiVersion: kubewizard/v1\nkind: Cluster\nname: demo\nkubernetes: 1.29.3\nhosts: [{ name: a, address: ' +
      '10.0.0.1 }, { name: b, address: 10.0.0.2 }, { name: c, address: 10.0.0.3 }]\nendpoint: { address: ' +
      '10.0.0.100 }\n',
    'cluster.yaml',
  );
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.value;
};

const healthy =
  '100.0\nId=etcd.service\nActiveState=active\nSubState=running\nNRestarts=0\nStateChangeTimestampMonotonic=0\n\n\nProbe=etcd.service\nok\n';

test('a host that answers garbage is unseen, not a bug, and its member is not counted as well', async () => {
  const spec = specOf();
  const answers = new Map<string, { readonly raw: string }>(
    spec.hosts.flatMap(
      ({ name }) =>
        [
          [name, { raw: name === 'c' ? 'garbage' : healthy }],
          [`${name} 10.0.0.100`, { raw: name === 'b' ? '2: eth0 inet 10.0.0.100/32\n' : '' }],
        ] as const,
    ),
  );
  const { components, unseen, whole } = await askHosts({ spec, ask: async () => answers } as unknown as Session);
  expect(components.map(row => [row.host, row.unit, row.health])).toEqual([
    ['a', 'etcd.service', 'ok'],
    ['b', 'etcd.service', 'ok'],
  ]);
  expect(unseen).toEqual([{ host: 'c', why: expect.stringContaining('no uptime') }]);
  expect(whole).toMatchObject([
    { what: 'etcd quorum', health: 'ok', says: expect.stringContaining('unseen: c') },
    { health: 'ok', says: 'on b' },
    { what: 'availability', health: 'unknown', says: expect.stringContaining('no other control plane may be lost') },
  ]);
});

test('an API that does not answer leaves names unknown; one without a DNS pod says ill', async () => {
  const spec = specOf();
  const silent = {
    spec,
    api: async () => {
      throw new Error('nobody answers');
    },
  } as unknown as Session;
  expect(await askApi(silent, new Date())).toMatchObject({
    api: 'nobody answers',
    whole: [{ health: 'unknown' }, { health: 'unknown' }],
  });
  const api = {
    request: async (_: string, path: string) => ({
      status: 200,
      body: path.endsWith('/nodes')
        ? { items: [] }
        : path.includes('/apiservices/')
          ? { status: { conditions: [{ type: 'Available', status: 'False', message: 'no endpoints' }] } }
          : { subsets: [{ notReadyAddresses: [{}] }] },
    }),
  };
  expect(await askApi({ spec, api: async () => api } as unknown as Session, new Date())).toMatchObject({
    api: 'ok',
    whole: [
      { what: 'cluster DNS', health: 'ill' },
      { what: 'metrics API', health: 'ill', says: 'no endpoints' },
    ],
  });
});

test('the metrics API is well where the API server can use it, and unknown where nobody says', () => {
  const of = (status: string) => ({ status: 200, body: { status: { conditions: [{ type: 'Available', status }] } } });
  const healths = [of('True'), of('False'), { status: 200, body: {} }, { status: 503, body: {} }, undefined];
  expect(healths.map(one => metrics(one).health)).toEqual(['ok', 'ill', 'unknown', 'unknown', 'unknown']);
});

test('ill is 2, unknown is 3, and neither is told as well', () => {
  const row = { host: 'a', unit: 'kubelet.service', active: 'active', sub: 'running', restarts: 0, since: 10 };
  const status = (health: ComponentRow['health'], more: Partial<Status> = {}): Status => ({
    components: [{ ...row, health, answer: 'unknown: this host has neither curl nor wget' }],
    unseen: [],
    nodes: [],
    missing: [],
    api: 'ok',
    whole: [],
    ...more,
  });
  expect([
    exitOf(status('ok')),
    exitOf(status('unknown')),
    exitOf(status('ill')),
    exitOf(status('ok', { whole: [names([])] })),
    exitOf(status('ok', { unseen: [{ host: 'b', why: '' }] })),
  ]).toEqual([0, 3, 2, 2, 3]);
  expect(statusText(status('unknown', { whole: [names(undefined)] }), false)).toMatch(
    /kubelet +unknown .*neither curl nor wget[\s\S]*cluster DNS +unknown/,
  );
});
