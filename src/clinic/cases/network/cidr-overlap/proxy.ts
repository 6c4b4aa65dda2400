/** What a kube-proxy is told of the pod network: by its file, or by its flag. */
import { type Cidr, parseIPv4Cidr } from '../../../../net/address.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { flagsOf } from '../../../read/flags.js';
import { at, readYaml } from '../../../read/yaml.js';

export const proxyConfigOf = (host: HostChart): string | undefined =>
  flagsOf(host, 'kube-proxy').inForce?.get('config');

export const proxyNetworks = (host: HostChart): readonly Cidr[] => {
  const path = proxyConfigOf(host);
  const file =
    path === undefined || !('value' in host.files) ? undefined : host.files.value.find(one => one.path === path);
  const parsed = file?.text === undefined ? undefined : readYaml(file.text);
  const told: unknown = parsed && 'value' in parsed ? at(parsed.value, 'clusterCIDR') : undefined;
  return [
    ...(flagsOf(host, 'kube-proxy').inForce?.all('cluster-cidr') ?? []),
    ...(typeof told === 'string' ? told.split(',') : []),
  ]
    .map(parseIPv4Cidr)
    .filter(one => one !== undefined);
};
