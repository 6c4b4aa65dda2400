/** Healthy networks that are made of Open vSwitch: Antrea, and OVN-Kubernetes without a kube-proxy. */
import type { Chart } from '../../../src/clinic/chart/chart.js';
import { files, network, onHosts, plugins, pods, processes, rules } from './rebuilt.js';

const others = (number: number): readonly number[] => [1, 2, 3, 4, 5].filter(one => one !== number);
const gateway = (number: number): string => `10.244.${number - 1}.1`;
const share = (number: number): string => `10.244.${number - 1}.0/24`;

const accepted = (chain: string, link: string): readonly string[] => [
  `-A FORWARD -j ${chain}`,
  `-A ${chain} -i ${link} -j ACCEPT`,
  `-A ${chain} -o ${link} -j ACCEPT`,
];

export const antrea = (chart: Chart): Chart =>
  pods(
    onHosts(
      chart,
      files(() => ({
        '/etc/cni/net.d/10-antrea.conflist': {
          cniVersion: '0.3.0',
          name: 'antrea',
          plugins: [
            { type: 'antrea', ipam: { type: 'host-local' } },
            { type: 'portmap', capabilities: { portMappings: true } },
            { type: 'bandwidth', capabilities: { bandwidth: true } },
          ],
        },
      })),
      plugins('antrea'),
      network(number => ({
        links: [
          { name: 'ovs-system', mtu: 1500, up: false, kind: 'openvswitch' },
          { name: 'genev_sys_6081', mtu: 65000, up: true, kind: 'geneve' },
          { name: 'antrea-gw0', mtu: 1450, up: true, kind: 'openvswitch' },
          { name: 'coredns--8e650a', mtu: 1450, up: true, kind: 'veth', master: 'ovs-system' },
        ],
        addresses: [{ link: 'antrea-gw0', address: gateway(number), prefix: 24 }],
        routes: [
          { to: share(number), link: 'antrea-gw0', protocol: 'kernel' },
          ...others(number).map(one => ({ to: share(one), via: gateway(one), link: 'antrea-gw0' })),
        ],
      })),
      rules('DROP', ['ANTREA-FORWARD'], accepted('ANTREA-FORWARD', 'antrea-gw0')),
    ),
    'antrea-agent',
  );

/** Services are its own work: no kube-proxy, and routes for all pods through one port of the switch. */
export const ovnKubernetes = (chart: Chart): Chart =>
  pods(
    onHosts(
      chart,
      files(() => ({
        '/etc/cni/net.d/10-ovn-kubernetes.conf': {
          cniVersion: '1.0.0',
          name: 'ovn-kubernetes',
          type: 'ovn-k8s-cni-overlay',
          ipam: {},
          dns: {},
          logFile: '/var/log/ovn-kubernetes/ovn-k8s-cni-overlay.log',
          logLevel: '5',
        },
      })),
      plugins('ovn-k8s-cni-overlay'),
      network(number => ({
        links: [
          { name: 'ovs-system', mtu: 1500, up: false, kind: 'openvswitch' },
          { name: 'br-int', mtu: 1400, up: false, kind: 'openvswitch' },
          { name: 'genev_sys_6081', mtu: 65000, up: true, kind: 'geneve' },
          { name: 'ovn-k8s-mp0', mtu: 1400, up: true, kind: 'openvswitch' },
          { name: '5f3c1de2a9b04c7', mtu: 1400, up: true, kind: 'veth', master: 'ovs-system' },
        ],
        addresses: [{ link: 'ovn-k8s-mp0', address: `10.244.${number - 1}.2`, prefix: 24 }],
        routes: [
          { to: share(number), link: 'ovn-k8s-mp0', protocol: 'kernel' },
          { to: '10.244.0.0/16', via: gateway(number), link: 'ovn-k8s-mp0' },
          { to: '10.96.0.0/12', via: '169.254.0.4', link: 'eth0' },
        ],
      })),
      processes(one => (one.program === 'kube-proxy' ? undefined : one)),
      rules(
        'ACCEPT',
        ['OVN-KUBE-EXTERNALIP'],
        ['-A FORWARD -i ovn-k8s-mp0 -j ACCEPT', '-A FORWARD -o ovn-k8s-mp0 -j ACCEPT'],
      ),
    ),
    'ovnkube-node',
  );
