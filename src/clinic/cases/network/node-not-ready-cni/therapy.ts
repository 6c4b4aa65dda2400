/** The cluster's own configuration again; elsewhere what the other hosts have, with this host's own addresses. */
import type { Refusal, Therapy } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { cniConfigs, cniFolder, type CniConfig } from '../../../read/cni.js';
import { deciding } from '../../../read/deciding.js';
import { subnetsOf } from '../../../read/pod-networks.js';
import { at } from '../../../read/yaml.js';
import { noFile, textFile } from '../../../therapies/files.js';
import { containerdSet, criPart, freshContainerd, part } from '../../../therapies/runtime-config.js';
import { restore } from '../../../therapies/restore.js';
import { addressAt, type Cidr, networkOf, parseIPv4Cidr } from '../../../../net/address.js';
import { isDnsLabel } from '../../../../spec/names.js';
import type { Finding } from './facts.js';
import { idOf, type Resource } from '../../../../model/resource.js';

export const cure = (finding: Finding, chart: Chart): Therapy | Refusal => {
  const host = chart.hosts.get(finding.host);
  const want = host ? wanted(finding, chart, host) : [];
  if (want.length > 0)
    return { title: `Give ${finding.host} the CNI configuration of the cluster`, risk: 'restart', want };
  if (finding.variant === 'plugin-missing')
    return {
      refused:
        `the plugin ${finding.facts.plugin} is not of Kubewizard’s making, and nothing here says where it ` +
        'comes from',
      advice: [
        'apt-get install --reinstall containernetworking-plugins (bridge, host-local, portmap, loopback …)',
        'for calico, flannel and others: restart their DaemonSet’s pod on the node, it installs its plugin again',
      ],
    };
  return {
    refused: 'nobody here says what the CNI configuration of this host should be',
    advice: [
      'restart the network provider’s pod on this node: its init container writes the file',
      'or apply the provider’s manifest, if none was ever applied',
    ],
  };
};

function wanted(finding: Finding, chart: Chart, host: HostChart): readonly Resource[] {
  const because = 'the runtime gives pods the cluster’s network';
  const place = { host: host.name, because, stage: 'nodes' as const };
  const thenContainerd = (files: readonly Resource[]): readonly Resource[] =>
    files.length === 0 ? [] : [...files, freshContainerd(chart, host, ['/etc/cni/net.d'], because, files.map(idOf))];
  const own = restore(
    chart,
    one =>
      one.host === host.name &&
      (/^\/etc\/cni\/net\.d\//.test(one.key) ||
        (finding.variant === 'plugin-missing' &&
          one.kind === 'artifact' &&
          one.key.endsWith(`/${finding.facts.plugin}`))),
  ).filter(one => one.kind !== 'service');
  const present = cniConfigs(host)[0];
  const isOwn = (path: string): boolean => own.some(one => one.key === path);
  switch (finding.variant) {
    case 'not-loaded':
      return [freshContainerd(chart, host, ['/etc/cni/net.d', finding.facts.path], because)];
    case 'doubled':
      return thenContainerd(isOwn(finding.facts.path) ? own : [...own, noFile(finding.facts.path, place)]);
    case 'plugin-folder':
      return pluginsFoundIn(chart, host, because, finding.facts.folder);
    case 'plugin-missing': {
      const whole = own.some(one => one.kind === 'artifact');
      return whole || (own.length > 0 && present !== undefined && !sameTypes(own, present)) ? thenContainerd(own) : [];
    }
    case 'other-network':
    case 'configuration-broken': {
      const { path } = finding.facts;
      if (own.length > 0)
        return thenContainerd(
          finding.variant === 'other-network' && !isOwn(path) ? [...own, noFile(path, place)] : own,
        );
      const made = likeSiblings(chart, host, place);
      return thenContainerd(made ? [made, ...(made.key === path ? [] : [noFile(path, place)])] : []);
    }
    case 'configuration-missing': {
      const made = own.length > 0 ? undefined : likeSiblings(chart, host, place);
      return thenContainerd(made ? [made] : own);
    }
  }
}

const pluginsFoundIn = (chart: Chart, host: HostChart, because: string, folder: string): readonly Resource[] =>
  containerdSet(chart, host, because, config => {
    const cni = part(criPart(config), 'cni');
    if (config.version >= 3) cni.bin_dirs = [...new Set([...(cni.bin_dirs ?? []), folder])];
    else cni.bin_dir = folder;
  });

/** Whether the blueprint's file names other plugins than the one that stands there: then writing it cures. */
const sameTypes = (own: readonly Resource[], config: CniConfig): boolean => {
  const text = String(
    (own.find(one => one.kind === 'file')?.want as { content: readonly unknown[] } | undefined)?.content[0] ?? '',
  );
  return config.types.every(type => text.includes(`"${type}"`));
};

/**
 * The file of those whose word counts; where it differs only in the subnet, with the subnet that this host's bridge has
 * already. Programs are named in it: each must be a plain name.
 */
function likeSiblings(
  chart: Chart,
  host: HostChart,
  place: { readonly host: string; readonly because: string },
): Resource | undefined {
  const others = deciding(chart, host, one => {
    const [config] = cniConfigs(one);
    return config && !config.problem && config.file.text !== undefined ? config : undefined;
  }).map(([, config]) => config);
  const plain = (one: CniConfig): string =>
    subnetsOf(one).reduce((text, subnet) => text.replaceAll(subnet, '{subnet}'), one.file.text ?? '');
  const [first] = others;
  if (!first || others.some(one => plain(one) !== plain(first) || subnetsOf(one).length > 1)) return undefined;
  if (!first.types.every(isDnsLabel) || !/^[\w.-]+$/.test(first.path.slice(cniFolder.length + 1))) return undefined;
  const subnet = ownSubnet(host, String(at(first.plugins[0], 'bridge') ?? ''));
  if (plain(first).includes('{subnet}') && subnet === undefined) return undefined;
  return textFile(first.path, plain(first).replaceAll('{subnet}', subnet ?? ''), 0o644, place);
}

/** The /24 of the bridge that the runtime made, if the bridge is its first address. */
const ownSubnet = (host: HostChart, bridge: string): Cidr | undefined => {
  const seen =
    'value' in host.network
      ? host.network.value.addresses.find(one => one.link === bridge && one.prefix === 24)?.address
      : undefined;
  const subnet = parseIPv4Cidr(`${seen}/24`);
  return subnet && addressAt(subnet, 1) === seen ? networkOf(subnet) : undefined;
};
