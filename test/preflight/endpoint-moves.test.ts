/** An endpoint that moves to an address at which somebody answers already. */
import { describe, expect, test } from 'vitest';
import type { HolderFacts } from '../../src/facts/host/holder.js';
import { keepalivedConfig } from '../../src/blueprint/render/paths.js';
import { addressTaken } from '../../src/preflight/judge-endpoint.js';
import { readCluster } from '../../src/spec/index.js';
import { endpointFree } from '../../src/workflow/build/endpoint-free.js';

const checked = readCluster(
  `apiVersion: kubewizard/v1
kind: Cluster
name: demo
kubernetes: 1.29.3
endpoint: { address: 10.88.1.77, balance: virtual-address }
hosts:
${[1, 2, 3].map(n => `  - { name: kw-${n}, address: 10.88.1.1${n}, roles: [etcd, controlPlane] }`).join('\n')}
`,
  'cluster.yaml',
);
if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
const spec = checked.value;

const heard = {
  self: { who: 'self', mac: '' },
  other: { who: 'other', mac: '' },
  nobody: { who: 'nobody', mac: '' },
} as const;
type Word = keyof typeof heard | 'silent';
const words: readonly Word[] = ['self', 'other', 'nobody', 'silent'];

describe('every combination of three load balancers', () => {
  test.each(words.flatMap(a => words.flatMap(b => words.map(c => [a, b, c] as const))))('%s %s %s', (...all) => {
    const seen = all.map((word, n): [string, HolderFacts | undefined] => [
      `kw-${n + 1}`,
      word === 'silent' ? undefined : heard[word],
    ]);
    const codes = addressTaken(spec.endpoint.address, seen).map(one => `${one.severity} ${one.code}`);
    const expected = all.includes('self')
      ? []
      : all.includes('silent')
        ? ['warning address-unknown']
        : all.includes('other')
          ? ['error address-taken']
          : [];
    expect(codes).toEqual(expected);
  });
});

const step = (key: string, host = 'kw-1') => ({ host, kind: 'file', key }) as never;
const living = new Map(
  spec.hosts.map(({ name }) => [name, { podCidr: '10.244.0.0/24', etcdDataExists: true } as never]),
);
const fresh = new Map(spec.hosts.map(({ name }) => [name, { podCidr: '', etcdDataExists: false } as never]));
const asking = (asked: string[]) => ({
  spec,
  ask: async (queries: readonly { readonly id: string; readonly host: string }[]) => {
    asked.push(...queries.map(one => one.host));
    return new Map(queries.map(one => [one.id, { raw: 'who=other\nmac=52:54:00:00:00:01\n' }]));
  },
});

test('it is asked where keepalived changes on a cluster that lives, and nowhere else', async () => {
  const of = async (key: string, facts: typeof living) => {
    const asked: string[] = [];
    return { found: await endpointFree(asking(asked), { steps: [step(key)] }, facts), asked };
  };
  expect(await of(keepalivedConfig, living)).toMatchObject({
    found: [{ host: 'kw-1', code: 'address-taken', says: expect.stringContaining('10.88.1.77 (52:54:00:00:00:01)') }],
    asked: ['kw-1', 'kw-2', 'kw-3'],
  });
  expect(await of('/etc/hosts', living)).toEqual({ found: [], asked: [] });
  expect(await of(keepalivedConfig, fresh)).toEqual({ found: [], asked: [] });
});
