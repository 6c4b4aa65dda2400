import { defineCase, type FoundOf } from '../../../case.js';
import type { ApiObject, Chart } from '../../../chart/chart.js';
import type { HostChart, NetworkSeen } from '../../../chart/host-chart.js';
import { objectsSeen } from '../../../read/api-objects.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { flagsOf } from '../../../read/flags.js';
import { nodesOf } from '../../../read/hosts.js';
import { nodeNameOf } from '../../../read/kubelet.js';
import { at, listAt } from '../../../read/yaml.js';
import { programFlags } from '../../../therapies/kubelet-settings.js';
import { kubeletCall } from '../../../symptoms.js';
import { contains, parseAddress, parseIPv4, parseIPv4Cidr } from '../../../../net/address.js';
import { type Quote, quoted, quotedObject } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';

/** `links`: what the host has. */
type Has = { readonly address: string; readonly links: NetworkSeen['addresses'] };
/** `address`: what the node says; `reached`: the address at which the host is reached. */
type NodeSays = Has & { readonly node: string; readonly reached: string };

type Facts = {
  readonly duplicate: NodeSays & { readonly twin: string };
  /** Only told by its flag: no Node object was seen that says it. */
  readonly 'not-on-host': NodeSays | (Has & { readonly flag: 'node-ip' });
  readonly 'other-interface': NodeSays & { readonly link: string };
};

const nodeSays = ({ node, address, reached }: NodeSays, why: string): string =>
  `node ${node} says ${address}, and the host is reached at ${reached}: ${why}`;

export default defineCase<Facts>({
  id: 'node-ip-wrong-nic',
  precedence: 450,
  title: 'A node says an address under which the others do not reach it',
  variants: {
    duplicate: {
      means: 'two nodes say the same internal address',
      says: ({ facts }) => nodeSays(facts, `node ${facts.twin} says the same`),
      shows: proof,
    },
    'not-on-host': {
      means: 'no link of the host has the address that its node says',
      says: ({ host, facts }) =>
        'flag' in facts
          ? `the kubelet of ${host} is told --${facts.flag}=${facts.address}, and no link of the host has that address`
          : nodeSays(facts, 'no link of the host has that address'),
      shows: proof,
    },
    'other-interface': {
      means: 'the node says the address of a link on which no other node is',
      says: ({ facts }) => nodeSays(facts, `it is on ${facts.link}, where no other node is`),
      shows: proof,
    },
  },
  about: [{ whom: 'node', how: 'address-twice' }],
  told: [
    ['wrong-nic', 'node'],
    ['wrong-nic', 'kubelet-call'],
  ],
  symptoms: [
    { text: /unable to upgrade connection: pod (?:does not exist|not found)/ },
    { text: /dial tcp 10\.0\.2\.15:10250/ },
    { text: /node IP: "[^"]{1,80}" not found in the host's network interfaces/ },
    // VirtualBox gives this address to every machine.
    { text: /address: 10\.0\.2\.15 type: InternalIP|InternalIP:? +10\.0\.2\.15|\bNAT\b.{0,40}\b10\.0\.2\.15\b/ },
    { text: /\b(?:Ready|NotReady)\b.{0,80} 10\.0\.2\.15\b.{0,300} 10\.0\.2\.15\b/ },
    { text: /(?:NotFound|could not find the requested resource) \(? ?(?:get )?pods\/log/ },
    { text: kubeletCall },
  ],
  explains: ['name-missing-in-certificate', 'kubelet-certificate-not-trusted'],
  lab: true,
  sources: [
    'kubernetes/kubernetes#60835',
    'kubernetes/kubernetes#44702',
    'kubernetes/website#7078',
    'kubernetes/kops#4218',
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    const nodes = objectsSeen(evidence, chart, 'nodes');
    return evidence.verdict(
      nodesOf(chart).flatMap(host => told(host, evidence) ?? (nodes && finding(chart, host, nodes, evidence)) ?? []),
    );
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    const reached = parseAddress(host?.address ?? '');
    const holds =
      host && 'value' in host.network && host.network.value.addresses.some(one => one.address === host.address);
    const want =
      host && holds && reached !== undefined
        ? programFlags(
            chart,
            host,
            'kubelet',
            { 'node-ip': reached },
            'the node says the address under which it is reached',
          )
        : [];
    return want.length > 0
      ? { title: `Let the kubelet of ${finding.host} say ${reached}`, risk: 'restart', want }
      : {
          refused: 'which of its addresses the other hosts reach is not known',
          advice: [
            '--node-ip=ADDRESS in KUBELET_EXTRA_ARGS (/etc/default/kubelet), systemctl restart kubelet',
            'the network provider may have chosen the same wrong link: tell it too (flannel --iface, calico ' +
              'IP_AUTODETECTION_METHOD)',
          ],
        };
  },

  verify: finding => [
    {
      host: 'cluster',
      command: 'kubectl get nodes -o wide',
      answer: finding.shows[0]?.text ?? '',
      healthy: 'INTERNAL-IP differs for every node, and lies in the network of the others',
    },
    {
      host: finding.host,
      command: 'ip -4 addr; ps -o args= -C kubelet | grep -o node-ip=.*',
      answer: finding.shows[1]?.text ?? '',
      healthy: '--node-ip is the address of the cluster’s link',
    },
  ],
});

const internal = (node: ApiObject | undefined): string | undefined =>
  listAt(node, 'status', 'addresses').find(
    one => at(one, 'type') === 'InternalIP' && !String(at(one, 'address')).includes(':'),
  )?.address;

function finding(
  _chart: Chart,
  host: HostChart,
  nodes: readonly ApiObject[],
  evidence: EvidenceReader,
): FoundOf<Facts> | undefined {
  evidence.read(host.identity);
  evidence.read(host.processes);
  evidence.read(host.files);
  const network = evidence.read(host.network);
  const node = nodes.find(one => one.metadata.name === nodeNameOf(host));
  const address = internal(node);
  if (!network || !node || address === undefined || address === host.address) return undefined;
  const own = network.addresses.find(one => one.address === address);
  const others = nodes.filter(one => one !== node);
  const twin = others.find(one => internal(one) === address);
  const segment = own && parseIPv4Cidr(`${own.address}/${own.prefix}`);
  const near = (one: ApiObject): boolean => {
    const theirs = parseIPv4(internal(one) ?? '');
    return segment !== undefined && theirs !== undefined && contains(segment, theirs);
  };
  const alone = segment !== undefined && others.length > 0 && !others.some(near);
  const facts: NodeSays = { node: node.metadata.name, address, reached: host.address, links: network.addresses };
  const found = {
    host: host.name,
    subject: { address },
  };
  if (twin) return { variant: 'duplicate', ...found, facts: { ...facts, twin: twin.metadata.name } };
  if (!own) return { variant: 'not-on-host', ...found, facts };
  return alone ? { variant: 'other-interface', ...found, facts: { ...facts, link: own.link } } : undefined;
}

/** A kubelet that is told an address that its host lacks never says one: that needs no API to be seen. */
function told(host: HostChart, evidence: EvidenceReader): FoundOf<Facts> | undefined {
  evidence.read(host.processes);
  evidence.read(host.files);
  const network = evidence.read(host.network);
  const wish = flagsOf(host, 'kubelet')
    .inForce?.all('node-ip')
    .find(one => /^\d+\.\d+\.\d+\.\d+$/.test(one) && one !== '0.0.0.0');
  if (!network || wish === undefined || network.addresses.some(one => one.address === wish)) return undefined;
  return {
    variant: 'not-on-host',
    host: host.name,
    subject: { address: wish },
    facts: { flag: 'node-ip', address: wish, links: network.addresses },
  };
}

function proof({ facts }: Found<Facts[keyof Facts]>): readonly Quote[] {
  return [
    'flag' in facts
      ? quoted('processes', 'kubelet', `--${facts.flag}=${facts.address}`)
      : quotedObject('nodes', facts.node, `InternalIP ${facts.address}`),
    quoted('network', 'ip -4 addr', facts.links.map(one => `${one.link} ${one.address}/${one.prefix}`).join(', ')),
  ];
}
