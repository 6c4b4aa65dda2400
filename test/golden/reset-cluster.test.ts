import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { resetCluster } from '../../src/blueprint/reset/reset-cluster.js';
import { kindsAt, type AnyKind } from '../../src/resources/index.js';
import { readCluster } from '../../src/spec/index.js';
import { debian, inputFor } from './input.js';

const kinds = kindsAt(() => new Date(0)) as unknown as Readonly<Record<string, AnyKind>>;

test('etcd goes after what needs it on its host, and no host waits for another', () => {
  const checked = readCluster(
    readFileSync(new URL('five-hosts.yaml', import.meta.url), 'utf8').replace('VERSION', '1.20.2'),
    'five-hosts.yaml',
  );
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  const resources = resetCluster(inputFor(checked.value, debian), (kind, key, want) => kinds[kind]?.undo?.(key, want));
  const etcd = resources.find(({ host, key }) => host === 'kw-2' && key === 'etcd.service');
  expect(etcd?.after).toContain('kw-2/service/kube-apiserver.service');
  expect(resources.filter(({ host, after }) => after.some(id => !id.startsWith(`${host}/`)))).toEqual([]);
});
