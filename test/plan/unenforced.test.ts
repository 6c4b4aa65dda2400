import { expect, test } from 'vitest';
import type { ClusterSpec } from '../../src/model/cluster.js';
import type { Plan } from '../../src/model/plan.js';
import { unenforcedText } from '../../src/plan/unenforced.js';

const plan = (...keys: readonly string[]): Pick<Plan, 'steps'> => ({
  steps: keys.map(key => ({ kind: 'file', key })) as unknown as Plan['steps'],
});
const network = (provider: ClusterSpec['network']['provider']) => ({ network: { provider } as ClusterSpec['network'] });
const cni = '/etc/cni/net.d/10-kubewizard.conflist';

test.each(['vxlan', 'routes'] as const)('a plan that sets up %s says that it enforces no NetworkPolicy', provider => {
  expect(unenforcedText(network(provider), plan('/etc/crictl.yaml', cni))).toContain(
    `the network ${provider} enforces none`,
  );
});

test('an owner’s network, and a plan that touches none, are not spoken of', () => {
  expect(unenforcedText(network('none'), plan(cni))).toBe('');
  expect(unenforcedText(network('vxlan'), plan('/etc/crictl.yaml'))).toBe('');
});
