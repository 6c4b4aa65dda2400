/** Healthy clusters as other builders leave them: their paths, supervisors, balancers and networks. */
import type { Chart } from '../../../src/clinic/chart/chart.js';
import { calico, canal, cilium, flannel, kubeRouter } from './providers.js';
import { k3s, rke1, talos } from './single-program.js';
import { antrea, ovnKubernetes } from './switches.js';
import { fileOf, kubeadm, moved, onHosts, processes, program, withSection } from './rebuilt.js';

export interface Builder {
  readonly name: string;
  /** Where hosts hide what others show: nobody is accused, and the report says what was not seen. */
  readonly hides?: true;
  readonly chart: () => Chart;
}

const masters = ['192.0.2.11', '192.0.2.12', '192.0.2.13'];

const balancer = (bind: string, path: string): string =>
  [
    'defaults',
    '  mode tcp',
    '  default-server check inter 10s fall 2 rise 2',
    'frontend api',
    `  bind ${bind}`,
    '  default_backend api',
    'backend api',
    `  option httpchk GET ${path}`,
    '  http-check expect status 200',
    ...masters.map((address, at) => `  server cp-${at + 1} ${address}:6443 check-ssl verify none`),
  ].join('\n');

/** The guide of kubeadm: haproxy and keepalived beside each control plane, the address of the API on one of them. */
const ofTheGuide = (chart: Chart): Chart =>
  onHosts(chart, (host, number) => {
    if (number > 3) return host;
    const files = [
      fileOf('/etc/haproxy/haproxy.cfg', `${balancer('*:8443', '/healthz')}\n`),
      fileOf(
        '/etc/keepalived/keepalived.conf',
        [
          '$VIP=192.0.2.10',
          'vrrp_script check_apiserver {',
          '  script "/etc/keepalived/check_apiserver.sh"',
          '}',
          'vrrp_instance VI_1 {',
          '  @kw-1 state MASTER',
          '  @^kw-1 state BACKUP',
          '  virtual_router_id 51',
          `  unicast_peer { ${masters.filter((_, at) => at !== number - 1).join('\n    ')} }`,
          '  virtual_ipaddress { $VIP }',
          '}',
        ].join('\n'),
      ),
    ];
    const run = ['haproxy -f /etc/haproxy/haproxy.cfg', '/usr/sbin/keepalived --dont-fork'].map(one =>
      program(one.split(' ')),
    );
    return withSection(
      withSection(host, 'files', old => [...old, ...files]),
      'processes',
      old => [...old, ...run],
    );
  });

/** kubespray: a proxy to the API servers in a static pod of each worker, whose file lies elsewhere in the container. */
const ofKubespray = (chart: Chart): Chart =>
  onHosts(chart, (host, number) => {
    if (number <= 3) return host;
    const pod = [
      'apiVersion: v1',
      'kind: Pod',
      'metadata: {name: haproxy, namespace: kube-system, labels: {k8s-app: kube-haproxy}}',
      'spec:',
      '  hostNetwork: true',
      '  containers:',
      '  - name: haproxy',
      '    image: docker.io/library/haproxy:2.8.2-alpine',
      '    volumeMounts: [{mountPath: /usr/local/etc/haproxy/, name: etc-haproxy, readOnly: true}]',
      '  volumes: [{name: etc-haproxy, hostPath: {path: /etc/haproxy}}]',
    ].join('\n');
    return withSection(
      withSection(host, 'files', old => [
        ...old,
        fileOf('/etc/kubernetes/manifests/haproxy.yml', `${pod}\n`),
        fileOf('/etc/haproxy/haproxy.cfg', `${balancer('127.0.0.1:6443', '/healthz')}\n`),
      ]),
      'processes',
      old => [...old, program(['haproxy', '-W', '-db', '-f', '/usr/local/etc/haproxy/haproxy.cfg'], true)],
    );
  });

const proxyInPod = (chart: Chart): Chart =>
  onHosts(
    chart,
    processes(one => (one.program === 'kube-proxy' ? { ...one, contained: true } : one)),
    host => withSection(host, 'units', old => old.filter(unit => unit.name !== 'kube-proxy.service')),
    host =>
      withSection(host, 'files', old => old.filter(file => file.path !== '/etc/systemd/system/kube-proxy.service')),
  );

const inRke2 = {
  '/etc/kubernetes/pki': '/var/lib/rancher/rke2/server/tls',
  '/etc/kubernetes/manifests': '/var/lib/rancher/rke2/agent/pod-manifests',
};
const inK0s = { '/etc/kubernetes/pki': '/var/lib/k0s/pki' };

export const builders: readonly Builder[] = [
  { name: 'kubeadm with Calico, IP in IP, beside Docker', chart: () => calico(kubeadm(), 'ipip', 'DROP') },
  { name: 'kubeadm with Calico, VXLAN', chart: () => calico(kubeadm(), 'vxlan', 'ACCEPT') },
  { name: 'kubeadm with Cilium', chart: () => cilium(kubeadm(), 'ACCEPT') },
  { name: 'kubeadm with Cilium where FORWARD drops', chart: () => cilium(kubeadm(), 'DROP') },
  { name: 'kubeadm with flannel', chart: () => flannel(kubeadm(), 'ACCEPT') },
  { name: 'kubeadm with flannel where FORWARD drops', chart: () => flannel(kubeadm(), 'DROP') },
  {
    name: 'kubeadm by its guide, kube-proxy in a pod',
    chart: () => ofTheGuide(flannel(proxyInPod(kubeadm()), 'ACCEPT')),
  },
  { name: 'kubespray', chart: () => ofKubespray(calico(proxyInPod(kubeadm()), 'vxlan', 'ACCEPT')) },
  { name: 'RKE2 with Canal', chart: () => moved(canal(proxyInPod(kubeadm())), inRke2) },
  { name: 'RKE2 with Cilium', chart: () => moved(cilium(proxyInPod(kubeadm()), 'ACCEPT'), inRke2) },
  { name: 'k0s with kube-router', chart: () => moved(kubeRouter(kubeadm()), inK0s) },
  { name: 'kubeadm with Antrea', chart: () => antrea(proxyInPod(kubeadm())) },
  { name: 'kubeadm with OVN-Kubernetes', chart: () => ovnKubernetes(proxyInPod(kubeadm())) },
  { name: 'k3s with flannel', hides: true, chart: () => k3s(flannel(kubeadm(), 'ACCEPT')) },
  { name: 'RKE1 with Canal', chart: () => rke1(canal(kubeadm())) },
  { name: 'Talos', hides: true, chart: () => talos(flannel(kubeadm(), 'ACCEPT')) },
];
