import { expect, test } from 'vitest';
import { cluster } from '../../src/blueprint/cluster.js';
import { idOf } from '../../src/model/resource.js';
import { readCluster } from '../../src/spec/index.js';
import { inputFor, released } from './input.js';

const wanted = (provider: string) => {
  const checked = readCluster(
    `apiVersion: kubewizard/v1\nkind: Cluster\nname: demo\nkubernetes: 1.29.3\nhosts: [{ name: a, address: ` +
      `10.0.0.1 }]\nnetwork: { provider: ${provider} }\n`,
    'cluster.yaml',
  );
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return cluster(inputFor(checked.value, released('1.29.3', '1.7.27')));
};
const waits = (provider: string): readonly string[] =>
  wanted(provider)
    .filter(resource => resource.kind === 'api')
    .map(idOf);

test('without our network nothing waits for what its owner brings later: Ready nodes, a DNS that answers', () => {
  expect(waits('vxlan')).toContain('cluster/api//api/v1/nodes/a');
  expect(waits('none')).toEqual(['cluster/api//readyz']);
  const ids = new Set(wanted('none').map(idOf));
  expect(
    wanted('none')
      .flatMap(({ after }) => after)
      .filter(id => !ids.has(id)),
  ).toEqual([]);
  expect(ids).toContain('cluster/object//api/v1/nodes/a');
});
