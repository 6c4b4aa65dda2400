/** A CNI configuration that belongs to a neighbour: whole, and of another host's share. The bridge is right then. */
import type { Resource } from '../../../../model/resource.js';
import { type Cidr, networkOf, overlaps, parseIPv4Cidr } from '../../../../net/address.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { objectsSeen } from '../../../read/api-objects.js';
import { cniConfigs } from '../../../read/cni.js';
import type { EvidenceReader } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { nodeNameOf } from '../../../read/kubelet.js';
import { subnetsOf } from '../../../read/pod-networks.js';
import { isOurs } from '../../../read/supervision.js';
import { at } from '../../../read/yaml.js';
import { editText } from '../../../therapies/place.js';
import { restoreAt } from '../../../therapies/restore.js';

/** `config`: path of the file; `subnet`: what it gives; `owner`: the host whose share that is; `own`: this host's. */
export interface Copied {
  readonly config: string;
  readonly subnet: Cidr;
  readonly owner: string;
  readonly own: Cidr;
  /** Who says so: the Node object, or, where the API does not answer, the address of the bridge. */
  readonly by: 'node' | 'bridge';
}

/**
 * Whose the subnet of a host is: `own`, another's by every sign, or not to be told: then nobody is accused. `bridge`:
 * networks of the addresses of the pods' bridge.
 */
export const shareOf = (
  chart: Chart,
  host: HostChart,
  subnet: Cidr,
  bridge: readonly Cidr[],
  evidence: EvidenceReader,
): 'own' | 'not-told' | Omit<Copied, 'config'> => {
  const others = sharesOf(chart).filter(one => one.host !== host && overlaps(one.subnet, subnet));
  const nodes = chart.api.objects.nodes;
  const name = nodeNameOf(host);
  const told = nodes && 'value' in nodes ? nodes.value : [];
  const podCidr = parseIPv4Cidr(
    String(
      at(
        told.find(one => one.metadata.name === name),
        'spec',
        'podCIDR',
      ) ?? '',
    ),
  );
  if (podCidr !== undefined) {
    if (overlaps(podCidr, subnet)) return 'own';
    const owner = told.find(
      one => one.metadata.name !== name && parseIPv4Cidr(String(at(one, 'spec', 'podCIDR') ?? '')) === subnet,
    );
    const neighbour = owner?.metadata.name ?? others[0]?.host.name;
    // A host that calls itself by another's name is another illness, and a share that is nobody's may be a provider's
    // own, which does not ask the Node.
    return neighbour === undefined || neighbour === host.name
      ? 'own'
      : { subnet, owner: neighbour, own: podCidr, by: 'node' };
  }
  const [other] = others;
  if (!other) return 'own';
  objectsSeen(evidence, chart, 'nodes');
  const [first] = bridge;
  const free = first && !sharesOf(chart).some(one => overlaps(one.subnet, first));
  return first && free ? { subnet, owner: other.host.name, own: first, by: 'bridge' } : 'not-told';
};

interface Share {
  readonly host: HostChart;
  readonly subnet: Cidr;
}

const known = new WeakMap<Chart, readonly Share[]>();

/** What each host's configuration gives it: asked once for a chart, since every host asks about all others. */
const sharesOf = (chart: Chart): readonly Share[] => {
  const found =
    known.get(chart) ??
    nodesOf(chart).flatMap(host => {
      const [config] = cniConfigs(host);
      const [subnet] = config ? subnetsOf(config) : [];
      return subnet === undefined ? [] : [{ host, subnet: networkOf(subnet) }];
    });
  known.set(chart, found);
  return found;
};

/** The configuration with this host's share; the bridge is not touched. Empty: its text was not seen. */
export const ownShare = (chart: Chart, host: HostChart, { config, subnet, own }: Copied): readonly Resource[] => {
  const restored = isOurs(chart) ? restoreAt(chart, host.name, config) : [];
  if (restored.length > 0) return restored;
  const edited = editText(
    host,
    config,
    text => text.replaceAll(`"${subnet}"`, `"${own}"`),
    `pods of ${host.name} get addresses of its own share`,
  );
  return edited ? [edited] : [];
};
