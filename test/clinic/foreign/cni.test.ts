/** CNI configurations as networks write them, each in words of its own: what a runtime makes of them. */
import { expect, test } from 'vitest';
import { cniConfigs } from '../../../src/clinic/read/cni.js';
import { bridgeOf } from '../../../src/clinic/read/pod-ends.js';
import { files, kubeadm, onHosts } from './rebuilt.js';

interface Form {
  readonly name: string;
  readonly files: Readonly<Record<string, unknown>>;
  /** Of the file that wins. */
  readonly types: readonly string[];
  readonly bridge?: string;
  readonly problem?: RegExp;
}

const calico = { name: 'k8s-pod-network', plugins: [{ type: 'calico', ipam: { type: 'calico-ipam' } }] };
const multus = { cniVersion: '0.3.1', name: 'multus-cni-network', type: 'multus' };

const forms: readonly Form[] = [
  { name: 'Calico', files: { '10-calico.conflist': calico }, types: ['calico', 'calico-ipam'] },
  {
    name: 'Cilium',
    files: { '05-cilium.conflist': { name: 'cilium', plugins: [{ type: 'cilium-cni' }] } },
    types: ['cilium-cni'],
  },
  {
    name: 'Cilium of before, in a .conf',
    files: { '05-cilium.conf': { cniVersion: '0.3.1', name: 'cilium', type: 'cilium-cni' } },
    types: ['cilium-cni'],
  },
  {
    name: 'one plugin under the ending of a list',
    files: { '05-cilium.conflist': { cniVersion: '0.3.1', name: 'cilium', type: 'cilium-cni' } },
    types: ['cilium-cni'],
    problem: /must end in \.conf$/,
  },
  {
    name: 'a list under the ending of one plugin',
    files: { '10-calico.conf': calico },
    types: ['calico', 'calico-ipam'],
    problem: /not named \.conflist/,
  },
  {
    name: 'flannel, its bridge by default',
    files: {
      '10-flannel.conflist': { name: 'cbr0', plugins: [{ type: 'flannel', delegate: {} }, { type: 'portmap' }] },
    },
    types: ['flannel', 'portmap'],
    bridge: 'cni0',
  },
  {
    name: 'flannel, its bridge by name',
    files: { '10-flannel.conflist': { name: 'x', plugins: [{ type: 'flannel', delegate: { bridge: 'pods0' } }] } },
    types: ['flannel'],
    bridge: 'pods0',
  },
  {
    name: 'multus with its network inside',
    files: { '00-multus.conf': { ...multus, delegates: [{ name: 'default', type: 'flannel' }] } },
    types: ['multus', 'flannel'],
    bridge: 'cni0',
  },
  {
    name: 'multus with a list inside',
    files: { '00-multus.conf': { ...multus, delegates: [calico] } },
    types: ['multus', 'calico', 'calico-ipam'],
  },
  {
    name: 'multus with the path of its network, as it has it in its own container',
    files: {
      '00-multus.conf': { ...multus, clusterNetwork: '/host/etc/cni/net.d/10-calico.conflist' },
      '10-calico.conflist': calico,
    },
    types: ['multus', 'calico', 'calico-ipam'],
  },
  {
    name: 'multus with the name of its network',
    files: { '00-multus.conf': { ...multus, clusterNetwork: 'k8s-pod-network' }, '10-calico.conflist': calico },
    types: ['multus', 'calico', 'calico-ipam'],
  },
  {
    name: 'kube-router',
    files: {
      '10-kuberouter.conflist': {
        name: 'mynet',
        plugins: [{ type: 'bridge', bridge: 'kube-bridge', ipam: { type: 'host-local' } }],
      },
    },
    types: ['bridge', 'host-local'],
    bridge: 'kube-bridge',
  },
  {
    name: 'an empty list',
    files: { '10-x.conflist': { name: 'x', plugins: [] } },
    types: [],
    problem: /names no plugin/,
  },
  { name: 'no JSON', files: { '10-x.conflist': '{' }, types: [], problem: /not JSON/ },
];

test.each(forms.map(one => [one.name, one] as const))('%s', (_, { files: written, types, bridge, problem }) => {
  const made = Object.fromEntries(Object.entries(written).map(([name, text]) => [`/etc/cni/net.d/${name}`, text]));
  const [host] = onHosts(
    kubeadm(),
    files(() => made),
  ).hosts.values();
  if (!host) throw new Error('the base chart has no host');
  const [first] = cniConfigs(host);
  expect(first?.types).toEqual(types);
  if (problem) expect(first?.problem).toMatch(problem);
  else expect(first?.problem).toBeUndefined();
  if (!problem) expect(bridgeOf(host)).toBe(bridge);
});
