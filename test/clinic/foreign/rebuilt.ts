/** Tools with which the healthy cluster of kubeadm becomes the equally healthy one of another builder. */
import { chartFromJson, chartToJson } from '../../../src/clinic/bundle/bundle-json.js';
import type { ApiObject, Chart } from '../../../src/clinic/chart/chart.js';
import type { HostChart, NetworkSeen, ProcessSeen } from '../../../src/clinic/chart/host-chart.js';
import type { FileSeen } from '../../../src/clinic/chart/seen.js';
import { baseChart } from '../fixture.js';

/** A host, and its number from 1 on. */
type Edit = (host: HostChart, number: number) => HostChart;

export const kubeadm = (): Chart => baseChart('kubeadm');

export const onHosts = (chart: Chart, ...edits: readonly Edit[]): Chart => ({
  ...chart,
  hosts: new Map(
    [...chart.hosts].map(([name, host], index) => [name, edits.reduce((one, edit) => edit(one, index + 1), host)]),
  ),
});

/** Every path, in argv, in files, of certificates. */
export const moved = (chart: Chart, ways: Readonly<Record<string, string>>): Chart =>
  onHosts(
    chartFromJson(Object.entries(ways).reduce((text, [from, to]) => text.replaceAll(from, to), chartToJson(chart))),
    host =>
      withSection(host, 'files', old =>
        old.map(file => (file.text === undefined ? file : { ...file, size: Buffer.byteLength(file.text) })),
      ),
  );

type Section = 'files' | 'processes' | 'units' | 'firewall' | 'network' | 'cniPlugins' | 'listening' | 'sysctls';
type ValueOf<S extends Section> = Extract<HostChart[S], { readonly value: unknown }>['value'];

export const withSection = <S extends Section>(
  host: HostChart,
  section: S,
  edit: (value: ValueOf<S>) => ValueOf<S>,
): HostChart => {
  const seen = host[section];
  if (!('value' in seen)) throw new Error(`the base chart has no ${section} of ${host.name}`);
  return { ...host, [section]: { ...seen, value: edit(seen.value as ValueOf<S>) } };
};

export const fileOf = (path: string, text: string): FileSeen => ({
  path,
  mode: '644',
  owner: 'root',
  size: Buffer.byteLength(text),
  changedAt: '2026-05-02T07:59:00.000Z',
  sha256: '',
  text,
});

/** Files of ours go, these come. */
export const files =
  (made: (host: HostChart, number: number) => Readonly<Record<string, unknown>>): Edit =>
  (host, number) =>
    withSection(host, 'files', old => [
      ...old.filter(one => !one.path.startsWith('/etc/cni/net.d/') && !one.path.startsWith('/etc/kubernetes/network/')),
      ...Object.entries(made(host, number)).map(([path, content]) =>
        fileOf(path, typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`),
      ),
    ]);

export const plugins =
  (...names: readonly string[]): Edit =>
  host =>
    withSection(host, 'cniPlugins', () => ({
      '/opt/cni/bin': ['bandwidth', 'bridge', 'host-local', 'loopback', 'portmap', ...names],
      '/usr/lib/cni': ['bandwidth', 'bridge', 'host-local', 'loopback', 'portmap', ...names],
    }));

/** `links` beside lo and eth0; `routes` beside the one of the hosts' own network. */
export const network =
  (made: (number: number) => Pick<NetworkSeen, 'links' | 'routes'> & Partial<NetworkSeen>): Edit =>
  (host, number) =>
    withSection(host, 'network', old => {
      const { links, routes, addresses = [] } = made(number);
      return {
        ...old,
        links: [...old.links.filter(one => ['lo', 'eth0'].includes(one.name)), ...links],
        addresses: [...old.addresses.filter(one => ['lo', 'eth0'].includes(one.link)), ...addresses],
        routes: [...old.routes.filter(one => one.link === 'eth0'), ...routes],
      };
    });

/** Rules of kube-proxy that every builder has, with the policy of FORWARD and the rules of the provider. */
export const rules =
  (policy: 'ACCEPT' | 'DROP', chains: readonly string[], lines: readonly string[], nat: readonly string[] = []): Edit =>
  host =>
    withSection(host, 'firewall', old => ({
      ...old,
      nft: `${[
        '*filter',
        ':INPUT ACCEPT [0:0]',
        `:FORWARD ${policy} [0:0]`,
        ':OUTPUT ACCEPT [0:0]',
        ...['KUBE-FIREWALL', 'KUBE-FORWARD', 'KUBE-SERVICES', ...chains].map(one => `:${one} - [0:0]`),
        ...lines,
        '-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD',
        '-A KUBE-FIREWALL -m mark --mark 0x8000/0x8000 -j DROP',
        '-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP',
        '-A KUBE-FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT',
        '-A KUBE-FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
        'COMMIT',
        ...(nat.length > 0 ? ['*nat', ':POSTROUTING ACCEPT [0:0]', ...nat, 'COMMIT'] : []),
      ].join('\n')}\n`,
    }));

export const processes =
  (edit: (one: ProcessSeen) => ProcessSeen | undefined, ...more: readonly ProcessSeen[]): Edit =>
  host =>
    withSection(host, 'processes', old => [...old.flatMap(one => edit(one) ?? []), ...more]);

export const program = (argv: readonly string[], contained = false): ProcessSeen => ({
  program: argv[0]?.split('/').at(-1) ?? '',
  pid: 9000,
  argv,
  proxies: {},
  startedAt: '2026-05-02T08:00:00.000Z',
  contained,
});

/** A pod of kube-system on each node: of the host's network, or with an address of the pod network. */
export const pods = (chart: Chart, name: string, addressOf?: (number: number) => string): Chart => {
  const seen = chart.api.objects.pods;
  if (!seen || !('value' in seen)) throw new Error('the base chart has no pods');
  const made = [...chart.hosts.values()].map(
    (host, index): ApiObject => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `${name}-${index + 1}`, namespace: 'kube-system', labels: { 'k8s-app': name } },
      spec: { nodeName: host.name, hostNetwork: addressOf === undefined, containers: [{ name }] },
      status: {
        phase: 'Running',
        podIP: addressOf?.(index + 1) ?? host.address,
        hostIP: host.address,
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: [{ name, ready: true, restartCount: 0, state: { running: {} } }],
      },
    }),
  );
  const objects = { ...chart.api.objects, pods: { ...seen, value: [...seen.value, ...made] } };
  return { ...chart, api: { ...chart.api, objects } };
};
