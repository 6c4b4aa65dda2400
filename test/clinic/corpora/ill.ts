/** One illness for each builder, in its own words: that nothing is said of a healthy one is not blindness. */
import type { Chart } from '../../../src/clinic/chart/chart.js';
import { onHosts, withSection } from '../foreign/rebuilt.js';
import { type Builder, builderOf } from './builder.js';
import { chartOf } from './lay.js';

interface Ill {
  readonly builder: string;
  readonly says: string;
  readonly chart: () => Chart;
  /** The case that must be named. */
  readonly named: string;
}

/** A word of its files or command lines, changed everywhere. */
const spoilt = (name: string, from: string, to: string): Chart => {
  const text = JSON.stringify(builderOf(name));
  const inner = (one: string): string => JSON.stringify(one).slice(1, -1);
  if (!text.includes(inner(from))) throw new Error(`${name} has no ${from}`);
  return chartOf(JSON.parse(text.replaceAll(inner(from), inner(to))) as Builder);
};

const withoutForwarding = (chart: Chart): Chart =>
  onHosts(chart, (host, number) =>
    number === 4 ? withSection(host, 'sysctls', old => ({ ...old, 'net.ipv4.ip_forward': '0' })) : host,
  );

const ahead = (chart: Chart): Chart =>
  onHosts(chart, (host, number) =>
    number === 2 && 'value' in host.clock
      ? { ...host, clock: { ...host.clock, value: { ...host.clock.value, ahead: 900 } } }
      : host,
  );

const words = (builder: string, says: string, named: string, from: string, to: string): Ill => ({
  builder,
  says,
  named,
  chart: () => spoilt(builder, from, to),
});

const ofK0s = '--tls-cert-file=/var/lib/k0s/pki/server.crt';

export const ills: readonly Ill[] = [
  words(
    'kubespray',
    'no server of the proxy is asked for its health',
    'not-highly-available',
    ' check check-ssl verify none',
    '',
  ),
  words(
    'RKE2',
    'the file of etcd names a certificate that is gone',
    'pem-unreadable',
    'tls/etcd/peer-server-client.crt',
    'tls/etcd/gone.crt',
  ),
  words(
    'RKE1',
    'kubelet and Docker name two drivers',
    'cgroup-driver-mismatch',
    '--cgroup-driver=systemd',
    '--cgroup-driver=cgroupfs',
  ),
  words(
    'k0s',
    'the API server is to show a certificate that is gone',
    'pem-unreadable',
    ofK0s,
    '--tls-cert-file=/var/lib/k0s/pki/gone.crt',
  ),
  words('OpenShift', 'kubelets tell pods another DNS', 'cluster-dns-missing', '- 10.96.0.10', '- 10.96.0.11'),
  words('KubeKey', 'one control plane is told of no advertisement', 'vrrp-clash', '    192.0.2.13\n', ''),
  words('Cluster API', 'kubelets tell pods another DNS', 'cluster-dns-missing', '- 10.96.0.10', '- 10.96.0.11'),
  words(
    'kubeadm with its guide',
    'the balancer leads to two of three',
    'not-highly-available',
    'server kw-3 192.0.2.13:6443 check verify none',
    '',
  ),
  words(
    'Kubernetes the Hard Way',
    'the plugin is one that nobody installed',
    'node-not-ready-cni',
    '"type": "bridge"',
    '"type": "ptp"',
  ),
  words(
    'kubeasz',
    'a key of the kubelet that is gone',
    'pem-unreadable',
    'tlsPrivateKeyFile: "/var/lib/kubelet/kubelet.key"',
    'tlsPrivateKeyFile: "/var/lib/kubelet/gone.key"',
  ),
  words(
    'binaries by hand',
    'kubelets tell pods another DNS',
    'cluster-dns-missing',
    '- "10.96.0.10"',
    '- "10.96.0.11"',
  ),
  {
    builder: 'k3s',
    says: 'an agent does not forward',
    named: 'bridge-nf-ipforward',
    chart: () => withoutForwarding(chartOf(builderOf('k3s'))),
  },
  {
    builder: 'MicroK8s',
    says: 'a clock is ahead',
    named: 'clock-skew',
    chart: () => ahead(chartOf(builderOf('MicroK8s'))),
  },
];
