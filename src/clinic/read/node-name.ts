/**
 * The node that a host may be certified as, and the names that it may serve under. A host says itself what it is
 * called, and its Node says what its kubelet told; signed is only what is not another's.
 */
import { contains, parseIPv4, parseIPv4Cidr } from '../../net/address.js';
import { isObjectName } from '../../spec/names.js';
import type { ApiObject, Chart } from '../chart/chart.js';
import type { HostChart } from '../chart/host-chart.js';
import { endpointNames, serviceNames } from './api-names.js';
import { flagsOf } from './flags.js';
import { controls, hostsOf, nodesOf } from './hosts.js';
import { nodeNameOf } from './kubelet.js';
import { listAt } from './yaml.js';

/** undefined: the name is another host's, or nobody but the host says that it has it. */
export const certifiedNodeOf = (chart: Chart, host: HostChart): string | undefined => {
  const name = nodeNameOf(host).toLowerCase();
  // A control plane has the CA itself: nothing is given to it that it has not.
  if (controls(host)) return isObjectName(name) ? name : undefined;
  if (!isObjectName(name) || isServed(chart, name) || isAnothers(chart, host, name)) return undefined;
  if (name === host.name.toLowerCase()) return name;
  const node = nodeObjects(chart).find(one => one.metadata.name === name);
  return node && addressesOf(node).includes(host.address) ? name : undefined;
};

/** Of the names those that are a worker's own; of a control plane's all. */
export const ownNames = (chart: Chart, host: HostChart, names: readonly string[]): readonly string[] => {
  if (controls(host)) return names;
  const node = certifiedNodeOf(chart, host);
  const own: readonly unknown[] = [node, host.name, host.address, 'localhost', '127.0.0.1', '::1'];
  const told =
    node === undefined
      ? []
      : nodeObjects(chart)
          .filter(one => one.metadata.name === node)
          .flatMap(addressesOf);
  return names.filter(
    name =>
      own.includes(name) ||
      (told.includes(name) &&
        (parseIPv4(name) !== undefined || (isObjectName(name) && name.startsWith(`${node}.`))) &&
        !isServed(chart, name) &&
        !isAnothers(chart, host, name)),
  );
};

const nodeObjects = (chart: Chart): readonly ApiObject[] => {
  const nodes = chart.api.objects.nodes;
  return nodes && 'value' in nodes ? nodes.value : [];
};

const addressesOf = (node: ApiObject): readonly unknown[] =>
  listAt(node.status, 'addresses').map(one => (one as { readonly address?: unknown } | null)?.address);

const isAnothers = (chart: Chart, host: HostChart, name: string): boolean =>
  nodesOf(chart).some(
    one =>
      one !== host &&
      ([one.name.toLowerCase(), one.address, nodeNameOf(one).toLowerCase()].includes(name) ||
        nodeObjects(chart).some(node => node.metadata.name === nodeNameOf(one) && addressesOf(node).includes(name))),
  );

/** Names and addresses of the API server and of Services: who holds a certificate for them is taken for them. */
const isServed = (chart: Chart, name: string): boolean => {
  if (serviceNames.includes(name) || /\.svc(\.|$)/.test(name)) return true;
  if (name === chart.spec?.endpoint.address || endpointNames(chart).includes(name)) return true;
  const address = parseIPv4(name);
  return (
    address !== undefined &&
    hostsOf(chart, 'controlPlane')
      .flatMap(one => flagsOf(one, 'kube-apiserver').inForce?.get('service-cluster-ip-range')?.split(',') ?? [])
      .some(range => {
        const network = parseIPv4Cidr(range);
        return network !== undefined && contains(network, address);
      })
  );
};
