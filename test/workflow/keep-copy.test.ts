/** A version never changes without a snapshot; a reset of a cluster that has no data has none to save. */
import { expect, test } from 'vitest';
import type { Session } from '../../src/engine/session.js';
import { readCluster } from '../../src/spec/index.js';
import type { Drafted } from '../../src/workflow/build/draft.js';
import { keepCopy } from '../../src/workflow/build/keep-copy.js';
import { begin } from '../../src/workflow/story.js';
import { recordedPorts } from './recorded-ports.js';

const checked = readCluster(
  `apiVersion: kubewizard/v1
kind: Cluster
name: prod
kubernetes: 1.29.3
hosts:
  - { name: kw-1, address: 192.0.2.11, roles: [etcd, controlPlane] }
`,
  'cluster.yaml',
);
if (!checked.ok) throw new Error('the cluster file of this test is broken');
const session = { spec: checked.value, dir: '/nonexistent' } as unknown as Session;

/** Hosts that were seen, and whether etcd has data there. */
const saved = (seen: Readonly<Record<string, boolean>>, before: 'reset' | 'upgrade') => {
  const facts = new Map(Object.entries(seen).map(([name, etcdDataExists]) => [name, { etcdDataExists }]));
  const drafted = { input: { facts } } as unknown as Drafted;
  return keepCopy(begin(recordedPorts().ports, []), session, drafted, before);
};

test.each([
  ['without data', { 'kw-1': false }],
  ['that was not seen', {}],
])('no version changes over an etcd %s', async (_what, seen) => {
  await expect(saved(seen, 'upgrade')).rejects.toMatchObject({
    failure: { class: 'refused', message: expect.stringContaining('no data of etcd were seen on kw-1') },
  });
});

test('a reset of a build that was cut off has nothing to save', async () => {
  await expect(saved({ 'kw-1': false }, 'reset')).resolves.toBeUndefined();
});
