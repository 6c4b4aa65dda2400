/** Networks of pods and Services, DNS, and who carries the packets. */
import type { HostChart } from '../../clinic/chart/host-chart.js';
import { cniConfigs } from '../../clinic/read/cni.js';
import { flagsOf } from '../../clinic/read/flags.js';
import { kubeletOf } from '../../clinic/read/kubelet.js';
import { networkOf, parseIPv4Cidr } from '../../net/address.js';
import { isDnsName } from '../../spec/names.js';
import { configMap } from '../owner/living.js';
import { at, readYaml } from '../../clinic/read/yaml.js';
import { agreed, type Line, only, type Part, type Read, type Seen } from './drawing.js';
import { flagRead, ofKubeadm } from './identity.js';

export const drawNetworks = (seen: Seen): Part => {
  const [pods, services] = [only4(podsOf(seen)), only4(servicesOf(seen))];
  const [domain, prefix] = [domainOf(seen), hostPrefix(seen)];
  return {
    file: {
      network: {
        ...only('pods', pods.read?.value),
        ...only('services', services.read?.value),
        ...only('hostPrefix', prefix?.value),
        ...only('domain', domain?.value),
        provider: 'none',
      },
      addons: { dns: false, metricsServer: false },
    },
    from: {
      ...only('network.pods', pods.read?.from),
      ...only('network.services', services.read?.from),
      ...only('network.hostPrefix', prefix?.from),
      ...only('network.domain', domain?.from),
      'network.provider': providerText(seen),
      addons: "what answers names and measures in the cluster is not Kubewizard's: it stays as it is",
    },
    lines: [
      ...pods.lines,
      ...services.lines,
      ...(pods.read ? [] : [notTold('network.pods', '10.244.0.0/16')]),
      ...(services.read ? [] : [notTold('network.services', '10.96.0.0/12')]),
      ...(domain ? [] : [notTold('network.domain', 'cluster.local')]),
      { kind: 'keep', says: `the pod network: ${providerText(seen)}` },
    ],
  };
};

/** A default of kw's in the place of what is there would be a lie without this line. */
const notTold = (key: string, standard: string): Line => ({
  kind: 'unseen',
  says: `${key}: nothing says it, so the file leaves it open, and kw takes it for ${standard}: write down what is true`,
});

const only4 = (read: Read<string> | undefined): { readonly read?: Read<string>; readonly lines: readonly Line[] } => {
  if (!read) return { lines: [] };
  const all = read.value.split(',').map(one => one.trim());
  const first = all.find(one => parseIPv4Cidr(one) !== undefined);
  const cidr = first === undefined ? undefined : parseIPv4Cidr(first);
  const others = all.filter(one => one !== first);
  return {
    ...(cidr && { read: { value: networkOf(cidr), from: read.from } }),
    lines:
      others.length > 0
        ? [{ kind: 'held', says: `${others.join(', ')} (${read.from}): a file says networks of IPv4 alone` }]
        : [],
  };
};

const proxyCidr = ({ chart }: Seen): Read<string> | undefined => {
  const files = [...chart.hosts.values()].flatMap(host =>
    ('value' in host.files ? host.files.value : [])
      .filter(({ path }) => path === (flagsOf(host, 'kube-proxy').inForce?.get('config') ?? ''))
      .map(({ path, text }) => ({ text: text ?? '', from: `${host.name}: clusterCIDR in ${path}` })),
  );
  const shared = configMap(chart, 'kube-proxy')['config.conf'];
  return agreed(
    [...files, ...(shared === undefined ? [] : [{ text: String(shared), from: 'ConfigMap kube-proxy: clusterCIDR' }])]
      .map(({ text, from }) => {
        const parsed = readYaml(text);
        return { value: String(('value' in parsed ? at(parsed.value, 'clusterCIDR') : '') ?? ''), from };
      })
      .filter(({ value }) => value !== ''),
  );
};

const flannel = ({ chart }: Seen): Read<string> | undefined =>
  agreed(
    [...chart.hosts.values()].flatMap(host => {
      const path = '/run/flannel/subnet.env';
      const text = ('value' in host.files ? host.files.value : []).find(file => file.path === path)?.text ?? '';
      const value = /^FLANNEL_NETWORK=(\S+)$/m.exec(text)?.[1];
      return value === undefined ? [] : [{ value, from: `${host.name}: ${path}` }];
    }),
  );

const podsOf = (seen: Seen): Read<string> | undefined =>
  flagRead(seen.planes, 'kube-controller-manager', 'cluster-cidr') ??
  ofKubeadm(seen, 'networking', 'podSubnet') ??
  proxyCidr(seen) ??
  flannel(seen);

const servicesOf = (seen: Seen): Read<string> | undefined =>
  flagRead(seen.planes, 'kube-apiserver', 'service-cluster-ip-range') ?? ofKubeadm(seen, 'networking', 'serviceSubnet');

const domainOf = (seen: Seen): Read<string> | undefined => {
  const kubelets = [...seen.chart.hosts.values()].flatMap(host => {
    const value: unknown = kubeletOf(host).value('clusterDomain', 'cluster-domain');
    return typeof value === 'string' && isDnsName(value)
      ? [{ value, from: `${host.name}: clusterDomain in ${kubeletOf(host).path}` }]
      : [];
  });
  return agreed(kubelets) ?? ofKubeadm(seen, 'networking', 'dnsDomain');
};

const hostPrefix = ({ planes }: Seen): Read<number> | undefined => {
  const read =
    flagRead(planes, 'kube-controller-manager', 'node-cidr-mask-size-ipv4') ??
    flagRead(planes, 'kube-controller-manager', 'node-cidr-mask-size');
  const value = Number(read?.value);
  return read && value >= 16 && value <= 28 ? { value, from: read.from } : undefined;
};

const known: readonly (readonly [RegExp, string])[] = [
  [/^calico$/, 'Calico'],
  [/^cilium/, 'Cilium'],
  [/^flannel$/, 'flannel'],
  [/^antrea$/, 'Antrea'],
  [/^ovn-k8s/, 'OVN-Kubernetes'],
  [/^weave-net$/, 'Weave Net'],
];

export const providerOf = (host: HostChart): string | undefined => {
  const [first] = cniConfigs(host);
  if (!first) return undefined;
  const name = known.find(([type]) => first.types.some(one => type.test(one)))?.[1];
  return `${name ?? (first.types.slice(0, 4).join(', ') || 'a plugin that was not read')} (${first.path})`;
};

const providerText = ({ chart }: Seen): string => {
  const all = [...new Set([...chart.hosts.values()].flatMap(host => providerOf(host) ?? []))];
  return all.length > 0 ? `${all.join('; ')}: its owner's, not Kubewizard's` : 'no configuration of CNI was seen';
};
