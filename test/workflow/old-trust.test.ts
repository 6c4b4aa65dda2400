/** Who still has the certificate of before, once a CA was signed anew, is told by name. */
import { expect, test } from 'vitest';
import type { EventBody } from '../../src/model/event.js';
import { tellOldTrust } from '../../src/workflow/build/old-trust.js';

const since = '2026-06-01T12:00:00.000Z';
const pod = (name: string, startedAt: string, token = true) => ({
  metadata: { namespace: 'shop', name },
  spec: token ? { volumes: [{ projected: { sources: [{ serviceAccountToken: {} }] } }] } : {},
  status: { phase: 'Running', containerStatuses: [{ state: { running: { startedAt } } }] },
});
const told = async (pods: readonly object[], names: readonly ('ca' | 'etcd/ca')[] = ['ca']): Promise<string> => {
  const said: EventBody[] = [];
  const api = { request: async () => ({ status: 200, body: { items: pods } }) };
  const renewed = names.map(name => ({ name, ends: '2026-06-30T00:00:00.000Z' }));
  await tellOldTrust({ api: async () => api } as never, { renewed, input: { renewed: since } as never }, one =>
    said.push(one),
  );
  return said.map(one => (one.type === 'note' ? one.says : '')).join('\n');
};

test('pods with a token that run since before, and when their certificate ends', async () => {
  const says = await told([
    pod('old', '2026-06-01T11:00:00Z'),
    pod('new', '2026-06-01T12:30:00Z'),
    pod('mute', '2020-01-01T00:00:00Z', false),
  ]);
  expect(says).toMatch(/anew: shop\/old\. .*2026-06-30/);
});

test('ten are named, and the others counted', async () => {
  const says = await told(Array.from({ length: 12 }, (_, n) => pod(`p${n}`, '2026-06-01T11:00:00Z')));
  expect(says).toMatch(/shop\/p9, and 2 more\. /);
});

test('nothing where nobody is old, or pods trust another CA', async () => {
  expect(await told([pod('new', '2026-06-01T12:30:00Z')])).toBe('');
  expect(await told([pod('old', '2026-06-01T11:00:00Z')], ['etcd/ca'])).toBe('');
});
