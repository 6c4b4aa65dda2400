/** The healthy chart of five hosts, with what a builder lays on three control planes and two workers. */
import { parse as parseToml } from 'smol-toml';
import { chartFromJson, chartToJson } from '../../../src/clinic/bundle/bundle-json.js';
import type { ApiObject, Chart } from '../../../src/clinic/chart/chart.js';
import type { HostChart, ProcessSeen, UnitSeen } from '../../../src/clinic/chart/host-chart.js';
import type { CertificateSeen, KubeconfigSeen } from '../../../src/clinic/chart/seen.js';
import type { Evidence } from '../../../src/model/fact.js';
import { readKubeconfig } from '../../../src/pki/read-kubeconfig.js';
import { modern } from '../foreign/modern.js';
import { calico, canal, cilium, flannel, kubeRouter } from '../foreign/providers.js';
import { ovnKubernetes } from '../foreign/switches.js';
import { fileOf, kubeadm, network, onHosts, plugins, program, rules, withSection } from '../foreign/rebuilt.js';
import type { Builder, Kind, Network } from './builder.js';
import { gathered } from './gathered.js';

/** Routes between hosts that somebody typed: the bridge plugin, and no overlay. */
const bridged = (chart: Chart): Chart =>
  onHosts(
    chart,
    plugins(),
    network(number => ({
      links: [{ name: 'cni0', mtu: 1500, up: true, kind: 'bridge' }],
      addresses: [{ link: 'cni0', address: `10.244.${number - 1}.1`, prefix: 24 }],
      routes: [1, 2, 3, 4, 5].map(one =>
        one === number
          ? { to: `10.244.${one - 1}.0/24`, link: 'cni0', protocol: 'kernel' }
          : { to: `10.244.${one - 1}.0/24`, via: `192.0.2.1${one}`, link: 'eth0' },
      ),
    })),
    rules('ACCEPT', [], []),
  );

const networks: Readonly<Record<Network, (chart: Chart) => Chart>> = {
  calico: chart => calico(chart, 'vxlan', 'ACCEPT'),
  cilium: chart => cilium(chart, 'ACCEPT'),
  flannel: chart => flannel(chart, 'ACCEPT'),
  canal,
  'kube-router': kubeRouter,
  'ovn-kubernetes': ovnKubernetes,
  bridge: bridged,
};

export const chartOf = (builder: Builder): Chart => {
  const base = networks[builder.network](modern(kubeadm(), builder.kubernetes, builder.etcd));
  const laid = onHosts(withoutBalancer(placed(base, builder)), (host, number) =>
    hostOf(host, number, number <= 3 ? builder.control : builder.worker),
  );
  return withConfigMaps(laid, builder.configmaps ?? {});
};

/** The balancer of the API is none of these hosts, and its address on none of them. */
const withoutBalancer = (chart: Chart): Chart =>
  onHosts(chart, host =>
    withSection(
      withSection(
        {
          ...host,
          served:
            'value' in host.served
              ? { ...host.served, value: host.served.value.filter(one => one.port !== 8443) }
              : host.served,
        },
        'listening',
        old => old.filter(one => one.port !== 8443),
      ),
      'network',
      old => ({ ...old, addresses: old.addresses.filter(one => one.address !== '192.0.2.250') }),
    ),
  );

/** Certificates, keys and kubeconfigs where this builder has them, and nowhere else. */
const placed = (chart: Chart, { paths, copies = {}, server }: Builder): Chart => {
  const sorted = Object.entries(paths).sort(([a], [b]) => b.length - a.length);
  const to = (path: string): string | undefined => {
    const [from, there] = sorted.find(([one]) => path.startsWith(one)) ?? [];
    return from === undefined || there === undefined
      ? path
      : there === ''
        ? undefined
        : there + path.slice(from.length);
  };
  const moved = <T extends { readonly path: string }>(all: readonly T[], host: HostChart, at: number): readonly T[] =>
    all.flatMap(one => {
      const path = to(one.path);
      const places = [...(path === undefined ? [] : [path]), ...(copies[one.path] ?? [])];
      return places.map(place => ({ ...one, path: filled(place, host, at) }));
    });
  const text =
    server === undefined ? chartToJson(chart) : chartToJson(chart).replaceAll('https://192.0.2.250:8443', server);
  return onHosts(chartFromJson(text), (host, number) => {
    if (!('value' in host.certificates && 'value' in host.keys && 'value' in host.kubeconfigs)) return host;
    return {
      ...host,
      certificates: { ...host.certificates, value: moved(host.certificates.value, host, number) },
      keys: { ...host.keys, value: moved(host.keys.value, host, number) },
      kubeconfigs: { ...host.kubeconfigs, value: moved(host.kubeconfigs.value, host, number) },
    };
  });
};

const filled = (text: string, host: HostChart, number: number): string =>
  text
    .replaceAll(/\bADDRESS\b/g, host.address)
    .replaceAll(/\bNAME\b/g, host.name)
    .replaceAll(/\bNUMBER\b/g, String(number))
    .replaceAll(/\bINDEX\b/g, String(number - 1));

const ofTheNetwork = /^\/(?:etc\/cni\/net\.d|run\/flannel)\//;

const hostOf = (host: HostChart, number: number, kind: Kind): HostChart => {
  const text = (one: string): string => filled(one, host, number);
  const texts = Object.fromEntries(Object.entries(kind.files).map(([path, one]) => [text(path), text(one)]));
  const laid = Object.entries(texts).map(([path, one]) => fileOf(path, one));
  const cni = laid.some(one => one.path.startsWith('/etc/cni/net.d/'));
  const files = withSection(host, 'files', old => [
    ...old.filter(one => ofTheNetwork.test(one.path) && !(cni && one.path.startsWith('/etc/cni/'))),
    ...laid,
  ]);
  const running = withSection(files, 'processes', () => kind.programs.map(one => processOf(text(one))));
  const units = withSection(running, 'units', old => kind.units.map(name => unitOf(name, old[0], kind)));
  const listening = withSection(units, 'listening', old =>
    old.map(one => ({ ...one, process: listener(one.process, kind) })),
  );
  const rules = withSection(listening, 'firewall', old =>
    kind.nft === undefined ? old : { ...old, nft: old.nft.replace(/^COMMIT$/m, `${kind.nft.trim()}\nCOMMIT`) },
  );
  const resolved = withSection(rules, 'network', old =>
    kind.resolv === undefined ? old : { ...old, resolvConf: kind.resolv },
  );
  const configured = withKubeconfigs(
    kind.containerd === undefined
      ? resolved
      : { ...resolved, containerd: { ...resolved.containerd, value: parseToml(kind.containerd) } },
    Object.entries(kind.kubeconfigs ?? {}).map(([path, one]) => [path, text(one)]),
  );
  const own = kind.programs.some(one => processOf(one).program === 'etcd')
    ? configured
    : { ...configured, etcd: { ...unseenOf(configured.etcd), missing: 'no etcd runs there' } };
  return gathered(withPublishedKey(own), kind.programs.map(text), texts);
};

/** A key of service accounts that is given as a certificate. */
const withPublishedKey = (host: HostChart): HostChart => {
  if (!('value' in host.keys && 'value' in host.certificates)) return host;
  const [like] = host.certificates.value;
  const made = host.keys.value.flatMap(({ path, changedAt, spkiSha256 }): readonly CertificateSeen[] => {
    const [leaf] = like?.certificates ?? [];
    if (!path.endsWith('.crt') || !leaf || spkiSha256 === undefined) return [];
    return [
      {
        path,
        changedAt,
        problems: [],
        certificates: [{ ...leaf, isCa: false, commonName: 'service-accounts', spkiSha256 }],
      },
    ];
  });
  return { ...host, certificates: { ...host.certificates, value: [...host.certificates.value, ...made] } };
};

const unseenOf = ({ host, source, at }: Evidence) => ({ host, source, at, kind: 'not-collected' as const });

export const processOf = (line: string): ProcessSeen => {
  const argv = line
    .replace(/^pod:\s*/, '')
    .trim()
    .split(/\s+/);
  const made = program(argv, line.startsWith('pod:'));
  // Programs that call themselves `k3s server` in one word.
  return /^k3s$/.test(made.program) ? { ...made, program: `k3s ${argv[1]}`, argv: [`${argv[0]} ${argv[1]}`] } : made;
};

const unitOf = (name: string, like: UnitSeen | undefined, { files }: Kind): UnitSeen => {
  if (!like) throw new Error('the base chart has no unit');
  const path = Object.keys(files).find(one => one.endsWith(`/${name}`)) ?? `/etc/systemd/system/${name}`;
  return { ...like, name, path };
};

/** Where no component of that name runs, the program that holds it listens. */
const listener = (process: string, { programs }: Kind): string => {
  const names = programs.map(one => processOf(one).program);
  return names.includes(process) || process === 'sshd'
    ? process
    : (names.find(one => /k3s|kubelite/.test(one)) ?? process);
};

const withKubeconfigs = (host: HostChart, texts: readonly (readonly [string, string])[]): HostChart => {
  if (!('value' in host.kubeconfigs)) return host;
  const read = new Map(texts.map(([path, text]) => [path, readKubeconfig(text, path)]));
  const value = host.kubeconfigs.value.map((one): KubeconfigSeen => {
    const own = read.get(one.path);
    return own?.value === undefined
      ? one
      : { ...one, value: { ...one.value, ...own.value, caPem: one.value?.caPem } as never };
  });
  return { ...host, kubeconfigs: { ...host.kubeconfigs, value } };
};

const withConfigMaps = (chart: Chart, maps: NonNullable<Builder['configmaps']>): Chart => {
  const seen = chart.api.objects.configmaps;
  if (!seen || !('value' in seen)) throw new Error('the base chart has no configmaps');
  const made = Object.entries(maps).map(([full, data]): ApiObject => {
    const [namespace = '', name = ''] = full.split('/');
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
  });
  const kept = seen.value.filter(
    one =>
      !made.some(
        ({ metadata }) => metadata.name === one.metadata.name && metadata.namespace === one.metadata.namespace,
      ),
  );
  return {
    ...chart,
    api: { ...chart.api, objects: { ...chart.api.objects, configmaps: { ...seen, value: [...kept, ...made] } } },
  };
};
