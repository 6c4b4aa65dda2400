/** Healthy networks of Calico, Cilium, flannel, Canal and kube-router, as each lays them on a host. */
import type { Chart } from '../../../src/clinic/chart/chart.js';
import { caliLast, caliRules, docker } from './cali-rules.js';
import { files, network, onHosts, plugins, pods, rules } from './rebuilt.js';

/** The others of five hosts. */
const others = (number: number): readonly number[] => [1, 2, 3, 4, 5].filter(one => one !== number);

/** Its addresses are blocks of a pool, and have nothing to do with the podCIDR of a node. */
export const calico = (chart: Chart, overlay: 'ipip' | 'vxlan', policy: 'ACCEPT' | 'DROP'): Chart => {
  const link = overlay === 'ipip' ? 'tunl0' : 'vxlan.calico';
  const links = ['cali3f1e9a7c001', 'cali3f1e9a7c002'];
  const cali = caliRules(links);
  const laid = onHosts(
    chart,
    files(() => ({
      '/etc/cni/net.d/10-calico.conflist': {
        name: 'k8s-pod-network',
        cniVersion: '0.3.1',
        plugins: [
          {
            type: 'calico',
            log_level: 'info',
            datastore_type: 'kubernetes',
            mtu: 0,
            ipam: { type: 'calico-ipam' },
            policy: { type: 'k8s' },
            kubernetes: { kubeconfig: '/etc/cni/net.d/calico-kubeconfig' },
          },
          { type: 'portmap', snat: true, capabilities: { portMappings: true } },
          { type: 'bandwidth', capabilities: { bandwidth: true } },
        ],
      },
    })),
    plugins('calico', 'calico-ipam'),
    network(number => ({
      links: [
        { name: link, mtu: overlay === 'ipip' ? 1480 : 1450, up: true, kind: overlay },
        ...links.map(name => ({ name, mtu: overlay === 'ipip' ? 1480 : 1450, up: true, kind: 'veth' })),
      ],
      addresses: [{ link, address: `10.233.7${number}.0`, prefix: 32 }],
      routes: [
        { to: `10.233.7${number}.0/26`, protocol: 'bird' },
        ...links.map((name, at) => ({ to: `10.233.7${number}.${at + 1}`, link: name })),
        ...others(number).map(one => ({
          to: `10.233.7${one}.0/26`,
          via: overlay === 'ipip' ? `192.0.2.1${one}` : `10.233.7${one}.0`,
          link,
          protocol: overlay === 'ipip' ? 'bird' : '80',
        })),
      ],
    })),
    policy === 'DROP'
      ? rules('DROP', [...cali.chains, 'DOCKER', 'DOCKER-USER'], [...cali.lines, ...docker, ...caliLast])
      : rules('ACCEPT', cali.chains, [...cali.lines, ...caliLast]),
  );
  return pods(pods(laid, 'calico-node'), 'calico-kube-controllers', number => `10.233.7${number}.1`);
};

/** Its programs in the kernel carry most packets past iptables; where a policy drops, it accepts by links. */
export const cilium = (chart: Chart, policy: 'ACCEPT' | 'DROP'): Chart => {
  const laid = onHosts(
    chart,
    files(() => ({
      '/etc/cni/net.d/05-cilium.conflist': {
        cniVersion: '0.3.1',
        name: 'cilium',
        plugins: [{ type: 'cilium-cni', 'enable-debug': false, 'log-file': '/var/run/cilium/cilium-cni.log' }],
      },
    })),
    plugins('cilium-cni'),
    network(number => ({
      links: [
        { name: 'cilium_net', mtu: 1500, up: true, kind: 'veth' },
        { name: 'cilium_host', mtu: 1500, up: true, kind: 'veth' },
        { name: 'cilium_vxlan', mtu: 1500, up: true, kind: 'vxlan' },
        { name: 'lxc_health', mtu: 1500, up: true, kind: 'veth' },
        { name: 'lxc7c5a1b2d3e4f', mtu: 1500, up: true, kind: 'veth' },
      ],
      addresses: [{ link: 'cilium_host', address: `10.0.${number}.21`, prefix: 32 }],
      routes: [
        { to: `10.0.${number}.0/24`, via: `10.0.${number}.21`, link: 'cilium_host', protocol: 'kernel' },
        ...others(number).map(one => ({ to: `10.0.${one}.0/24`, via: `10.0.${number}.21`, link: 'cilium_host' })),
      ],
    })),
    rules(
      policy,
      ['CILIUM_FORWARD'],
      [
        '-A FORWARD -m comment --comment "cilium-feeder: CILIUM_FORWARD" -j CILIUM_FORWARD',
        ...['-o cilium_host', '-i cilium_host', '-i lxc+', '-i cilium_net'].map(
          way => `-A CILIUM_FORWARD ${way} -m comment --comment "cilium: any" -j ACCEPT`,
        ),
      ],
    ),
  );
  return pods(pods(laid, 'cilium'), 'hubble-relay', number => `10.0.${number}.77`);
};

export const flannel = (chart: Chart, policy: 'ACCEPT' | 'DROP'): Chart =>
  pods(
    onHosts(
      chart,
      files((_, number) => ({
        '/etc/cni/net.d/10-flannel.conflist': {
          name: 'cbr0',
          cniVersion: '0.3.1',
          plugins: [
            { type: 'flannel', delegate: { hairpinMode: true, isDefaultGateway: true } },
            { type: 'portmap', capabilities: { portMappings: true } },
          ],
        },
        '/run/flannel/subnet.env':
          `FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.${number - 1}.1/24\nFLANNEL_MTU=1450\n` +
          'FLANNEL_IPMASQ=true\n',
      })),
      plugins('flannel'),
      network(number => ({
        links: [
          { name: 'flannel.1', mtu: 1450, up: true, kind: 'vxlan' },
          { name: 'cni0', mtu: 1450, up: true, kind: 'bridge' },
          { name: 'veth5f0c11aa', mtu: 1450, up: true, kind: 'veth', master: 'cni0' },
        ],
        addresses: [
          { link: 'flannel.1', address: `10.244.${number - 1}.0`, prefix: 32 },
          { link: 'cni0', address: `10.244.${number - 1}.1`, prefix: 24 },
        ],
        routes: [
          { to: `10.244.${number - 1}.0/24`, link: 'cni0', protocol: 'kernel' },
          ...others(number).map(one => ({
            to: `10.244.${one - 1}.0/24`,
            via: `10.244.${one - 1}.0`,
            link: 'flannel.1',
          })),
        ],
      })),
      rules(
        policy,
        ['FLANNEL-FWD'],
        [
          '-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD',
          '-A FLANNEL-FWD -s 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT',
          '-A FLANNEL-FWD -d 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT',
        ],
        [
          '-A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG',
          '-A FLANNEL-POSTRTG -s 10.244.0.0/16 ! -d 224.0.0.0/4 -m comment --comment "flanneld masq" -j MASQUERADE',
        ],
      ),
    ),
    'kube-flannel',
  );

/** Calico's policies on flannel's network, the default of RKE2: addresses of the node's own podCIDR. */
export const canal = (chart: Chart): Chart => {
  const cali = caliRules(['cali9d0b77e1001']);
  return pods(
    onHosts(
      chart,
      files((_, number) => ({
        '/etc/cni/net.d/10-canal.conflist': {
          name: 'k8s-pod-network',
          cniVersion: '0.3.1',
          plugins: [
            {
              type: 'calico',
              datastore_type: 'kubernetes',
              mtu: 1450,
              ipam: { type: 'host-local', ranges: [[{ subnet: 'usePodCidr' }]] },
              policy: { type: 'k8s' },
            },
            { type: 'portmap', snat: true, capabilities: { portMappings: true } },
          ],
        },
        '/run/flannel/subnet.env': `FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.${number - 1}.1/24\n`,
      })),
      plugins('calico'),
      network(number => ({
        links: [
          { name: 'flannel.1', mtu: 1450, up: true, kind: 'vxlan' },
          { name: 'cali9d0b77e1001', mtu: 1450, up: true, kind: 'veth' },
        ],
        addresses: [{ link: 'flannel.1', address: `10.244.${number - 1}.0`, prefix: 32 }],
        routes: [
          { to: `10.244.${number - 1}.9`, link: 'cali9d0b77e1001' },
          ...others(number).map(one => ({
            to: `10.244.${one - 1}.0/24`,
            via: `10.244.${one - 1}.0`,
            link: 'flannel.1',
          })),
        ],
      })),
      rules('DROP', cali.chains, [...cali.lines, ...caliLast]),
    ),
    'rke2-canal',
  );
};

/** k0s' default. */
export const kubeRouter = (chart: Chart): Chart =>
  pods(
    onHosts(
      chart,
      files((_, number) => ({
        '/etc/cni/net.d/10-kuberouter.conflist': {
          cniVersion: '0.3.0',
          name: 'mynet',
          plugins: [
            {
              name: 'kubernetes',
              type: 'bridge',
              mtu: 1480,
              bridge: 'kube-bridge',
              isDefaultGateway: true,
              hairpinMode: false,
              ipam: { type: 'host-local', subnet: `10.244.${number - 1}.0/24` },
            },
            { type: 'portmap', capabilities: { snat: true, portMappings: true } },
          ],
        },
      })),
      plugins(),
      network(number => ({
        links: [{ name: 'kube-bridge', mtu: 1480, up: true, kind: 'bridge' }],
        addresses: [{ link: 'kube-bridge', address: `10.244.${number - 1}.1`, prefix: 24 }],
        routes: [
          { to: `10.244.${number - 1}.0/24`, link: 'kube-bridge', protocol: 'kernel' },
          ...others(number).map(one => ({
            to: `10.244.${one - 1}.0/24`,
            via: `192.0.2.1${one}`,
            link: 'eth0',
            protocol: '17',
          })),
        ],
      })),
      rules(
        'DROP',
        ['KUBE-ROUTER-FORWARD'],
        [
          '-A FORWARD -m comment --comment "kube-router netpol" -j KUBE-ROUTER-FORWARD',
          '-A FORWARD -i kube-bridge -m comment --comment "allow outbound traffic from pods" -j ACCEPT',
          '-A FORWARD -o kube-bridge -m comment --comment "allow inbound traffic to pods" -j ACCEPT',
          '-A KUBE-ROUTER-FORWARD -m mark --mark 0x20000/0x20000 -j ACCEPT',
        ],
      ),
    ),
    'kube-router',
  );
