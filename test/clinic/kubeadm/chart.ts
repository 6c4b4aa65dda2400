/** The healthy chart of five hosts, with what one kubeadm renders on its three control planes in place of ours. */
import { parse } from 'yaml';
import type { Chart } from '../../../src/clinic/chart/chart.js';
import type { HostChart, ProcessSeen } from '../../../src/clinic/chart/host-chart.js';
import { modern } from '../foreign/modern.js';
import { fileOf, kubeadm, moved, onHosts, processes, program, withSection } from '../foreign/rebuilt.js';
import type { Rendering } from './corpus.js';

const controlPlanes = [1, 2, 3];
const addressOf = (number: number): string => `192.0.2.1${number}`;

export const chartOf = (rendering: Rendering): Chart => {
  const laid = onHosts(atVersion(places(kubeadm(), rendering), rendering), (host, number) =>
    controlPlanes.includes(number) ? controlPlane(host, rendering, number) : worker(host, rendering, number),
  );
  return rendering.config.startsWith('external-etcd') ? withEtcdUnits(laid) : laid;
};

/** What is in the files of the first control plane, as a join writes it on the others. */
export const filesOn = ({ files }: Rendering, number: number): ReadonlyMap<string, string> =>
  new Map(
    [...files].map(([path, text]) => [
      path,
      text
        .replaceAll('192.0.2.11:2379,https://192.0.2.12', 'FIRST')
        .replaceAll('kw-1', `kw-${number}`)
        .replaceAll('192.0.2.11', addressOf(number))
        .replaceAll(/2001:db8::11\b/g, `2001:db8::1${number}`)
        .replaceAll('FIRST', '192.0.2.11:2379,https://192.0.2.12')
        .replace(/--initial-cluster=.*/, line =>
          joined(line.includes('2001:db8') ? '[2001:db8::1' : '192.0.2.1', number),
        ),
    ]),
  );

/** Each member knows those that were there when it came. */
const joined = (start: string, number: number): string => {
  const end = start.startsWith('[') ? ']' : '';
  const members = controlPlanes.slice(0, number).map(one => `kw-${one}=https://${start}${one}${end}:2380`);
  const line = `--initial-cluster=${members.join(',')}`;
  return number === 1 ? line : `${line}\n    - --initial-cluster-state=existing`;
};

const places = (chart: Chart, { config }: Rendering): Chart =>
  config === 'other-places' ? moved(chart, { '/etc/kubernetes/pki': '/etc/kubernetes/ssl' }) : chart;

const atVersion = (chart: Chart, { version, config, files }: Rendering): Chart => {
  const etcd = /\/etcd:(\d+\.\d+\.\d+)/.exec(files.get('/etc/kubernetes/manifests/etcd.yaml') ?? '')?.[1] ?? '3.5.24';
  return modern(chart, version, etcd, text => (config === 'ipv6' ? inIpv6(text) : text));
};

/** The same hosts, pods and services with addresses of the other family. */
const inIpv6 = (chart: string): string =>
  chart
    // As kubeadm makes them: certificates of etcd name both loopbacks.
    .replaceAll(/"127\.0\.0\.1"(\s*)\]/g, '"127.0.0.1","::1"$1]')
    .replaceAll(/\b192\.0\.2\.(\d+):(?=\d)/g, '[2001:db8::$1]:')
    .replaceAll(/\b192\.0\.2\.0\/24/g, '2001:db8::/64')
    .replaceAll(/\b192\.0\.2\.(\d+)\b/g, '2001:db8::$1')
    .replaceAll('10.96.0.0/12', '2001:db8:96::/112')
    .replaceAll('10.96.0.10', '2001:db8:96::a')
    .replaceAll(/\b10\.96\.0\.(\d+)\b/g, '2001:db8:96::$1')
    .replaceAll('10.244.0.0/16', '2001:db8:244::/56')
    .replaceAll(/\b10\.244\.(\d+)\.0\/24/g, '2001:db8:244:$1::/64')
    .replaceAll(/\b10\.244\.(\d+)\.(\d+)\b/g, '2001:db8:244:$1::$2');

const dropIn = [
  '[Service]',
  'Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf ' +
    '--kubeconfig=/etc/kubernetes/kubelet.conf"',
  'Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"',
  'EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env',
  'EnvironmentFile=-/etc/default/kubelet',
  'ExecStart=',
  'ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS',
  '',
].join('\n');

/** A worker gets the kubelet's configuration and flags of its own, and nothing of the control plane. */
const worker = (host: HostChart, rendering: Rendering, number: number): HostChart => {
  const files = [...filesOn(rendering, number)].filter(([path]) => path.startsWith('/var/lib/kubelet/'));
  return kubeletOf(withFiles(host, files), new Map(files));
};

const controlPlane = (host: HostChart, rendering: Rendering, number: number): HostChart => {
  const files = filesOn(rendering, number);
  const laid = [...files].filter(([path]) => !path.endsWith('.conf'));
  const manifests = [...files].filter(([path]) => path.startsWith('/etc/kubernetes/manifests/'));
  const argv = new Map(manifests.map(([, text]) => [nameIn(text), commandIn(text)]));
  const edit = processes(one => {
    const command = argv.get(one.program);
    return command ? { ...one, argv: command, contained: true } : one;
  });
  return kubeletOf(edit(withFiles(host, laid), number), files);
};

const ours = [
  '/etc/kubernetes/manifests/',
  '/etc/kubernetes/haproxy/',
  '/etc/kubernetes/keepalived/',
  '/etc/systemd/system/kw-',
];

const withFiles = (host: HostChart, files: readonly (readonly [string, string])[]): HostChart => {
  const paths = new Set(files.map(([path]) => path));
  const all = files.map(([, text]) => text).join('\n');
  return withSection(host, 'files', old => [
    ...old.filter(
      ({ path }) =>
        !paths.has(path) &&
        !ours.some(start => path.startsWith(start)) &&
        path !== '/etc/systemd/system/kubelet.service' &&
        (!/\/(?:encryption|audit-policy)\.yaml$/.test(path) || all.includes(path)),
    ),
    ...files.map(([path, text]) => ({ ...fileOf(path, text), mode: '600' })),
    fileOf('/usr/lib/systemd/system/kubelet.service', '[Service]\nExecStart=/usr/bin/kubelet\nRestart=always\n'),
    fileOf('/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf', dropIn),
  ]);
};

const kubeletOf = (host: HostChart, files: ReadonlyMap<string, string>): HostChart => {
  const [, flags = ''] =
    /^KUBELET_KUBEADM_ARGS="(.*)"$/m.exec(files.get('/var/lib/kubelet/kubeadm-flags.env') ?? '') ?? [];
  const argv = [
    '/usr/bin/kubelet',
    '--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf',
    '--kubeconfig=/etc/kubernetes/kubelet.conf',
    '--config=/var/lib/kubelet/config.yaml',
    ...flags.split(' ').filter(one => one !== ''),
  ];
  const edit = processes((one): ProcessSeen => {
    if (one.program === 'kubelet') return { ...one, argv };
    return one.program === 'kube-proxy' ? { ...one, contained: true } : one;
  });
  const path = '/usr/lib/systemd/system/kubelet.service';
  return withSection(edit(host, 0), 'units', old =>
    old
      .filter(one => one.name !== 'kube-proxy.service' && !one.name.startsWith('kw-'))
      .map(one => (one.name === 'kubelet.service' ? { ...one, path } : one)),
  );
};

/** etcd as a unit of its own on the same three hosts, which no kubeadm knows of. */
const withEtcdUnits = (chart: Chart): Chart =>
  onHosts(chart, (host, number) => {
    if (!controlPlanes.includes(number)) return host;
    const old = 'value' in host.processes ? host.processes.value.find(one => one.program === 'etcd') : undefined;
    const argv = ['/usr/local/bin/etcd', ...(old?.argv.slice(1) ?? [])];
    const name = 'etcd.service';
    const path = `/etc/systemd/system/${name}`;
    const without = processes(one => (one.program === 'etcd' ? undefined : one), program(argv))(host, number);
    const unit = withSection(without, 'units', units => {
      const [like] = units;
      return like ? [...units, { ...like, name, path }] : units;
    });
    const text = `[Service]\nExecStart=${argv.join(' \\\n  ')}\nRestart=always\n`;
    return withSection(unit, 'files', all => [...all, fileOf(path, text)]);
  });

interface Manifest {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly containers: readonly { readonly command: readonly string[] }[] };
}
const nameIn = (text: string): string => (parse(text) as Manifest).metadata.name;
const commandIn = (text: string): readonly string[] => (parse(text) as Manifest).spec.containers[0]?.command ?? [];
