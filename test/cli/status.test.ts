import { describe, expect, test } from 'vitest';
import { exitOf } from '../../src/cli/commands/status.js';
import { askApi } from '../../src/workflow/status/ask-api.js';
import { askHosts, type ComponentRow } from '../../src/workflow/status/ask-hosts.js';
import { healthOf } from '../../src/workflow/status/component.js';
import { statusText } from '../../src/cli/view/status.js';
import type { Status } from '../../src/workflow/status.js';
import { holder, names, quorum } from '../../src/workflow/status/whole.js';
import type { Session } from '../../src/engine/session.js';
import type { ClusterSpec } from '../../src/model/cluster.js';
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

test('names are found where a pod is ready behind the service', () => {
  expect([names(2), names(0), names(undefined)].map(row => row.health)).toEqual(['ok', 'ill', 'unknown']);
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
          [`${name} address`, { raw: name === 'b' ? '2: eth0 inet 10.0.0.100/32\n' : '' }],
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
  ]);
});

test('an API that does not answer leaves names unknown; one without a DNS pod says ill', async () => {
  const spec = specOf();
  expect(
    await askApi({
      spec,
      api: async () => {
        throw new Error('nobody answers');
      },
    }),
  ).toMatchObject({ api: 'nobody answers', whole: [{ health: 'unknown' }] });
  const api = {
    request: async (_: string, path: string) => ({
      status: 200,
      body: path.endsWith('/nodes') ? { items: [] } : { subsets: [{ notReadyAddresses: [{}] }] },
    }),
  };
  expect(await askApi({ spec, api: async () => api } as unknown as Session)).toMatchObject({
    api: 'ok',
    whole: [{ what: 'cluster DNS', health: 'ill' }],
  });
});

test('ill is 2, unknown is 3, and neither is told as well', () => {
  const row = { host: 'a', unit: 'kubelet.service', active: 'active', sub: 'running', restarts: 0, since: 10 };
  const status = (health: ComponentRow['health'], more: Partial<Status> = {}): Status => ({
    components: [{ ...row, health, answer: 'unknown: this host has neither curl nor wget' }],
    unseen: [],
    nodes: [],
    api: 'ok',
    whole: [],
    ...more,
  });
  expect([
    exitOf(status('ok')),
    exitOf(status('unknown')),
    exitOf(status('ill')),
    exitOf(status('ok', { whole: [names(0)] })),
    exitOf(status('ok', { unseen: [{ host: 'b', why: '' }] })),
  ]).toEqual([0, 3, 2, 2, 3]);
  expect(statusText(status('unknown', { whole: [names(undefined)] }), false)).toMatch(
    /kubelet +unknown .*neither curl nor wget[\s\S]*cluster DNS +unknown/,
  );
});
