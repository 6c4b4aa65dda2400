/**
 * Who may carry out NetworkPolicies in a cluster. Whoever may is not accused: only where nobody can is the case proven.
 */
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { objectsSeen } from '../../../read/api-objects.js';
import { cniConfigs } from '../../../read/cni.js';
import type { EvidenceReader } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { at } from '../../../read/yaml.js';
import { plainPlugins } from '../../../traffic/plain-plugins.js';
import { pattern } from '../../../../model/pattern.js';

/** Names and images of what enforces policies; a name that speaks of policies is one of them. */
const agent = pattern(
  /calico|canal|tigera|cilium|kube-router|antrea|weave|romana|contiv|kube-?ovn|\bovn|ovs-?cni|kindnet/i,
  /|aws-node|azure-npm|anetd|polic(y|ies)|nsx|tungsten|contrail/i,
);

/** Chains and tables that such agents leave in the kernel. */
const chains = /\b(KUBE-(NWPLCY|POD-FW|ROUTER)|cali-|CILIUM_|WEAVE-NPC|AZURE-NPM|ANTREA-|felix)|kube-network-policies/;

/** Distributions whose own process carries one in it (k3s, RKE2). */
const builtIn = /\+(k3s|rke2)/;

/** Undefined: what was read knows of nobody; then every place where one could be was read. */
export const enforcerSeen = (chart: Chart, evidence: EvidenceReader): string | undefined =>
  inTheApi(chart, evidence) ?? nodesOf(chart).flatMap(host => onHost(host, evidence) ?? [])[0];

const inTheApi = (chart: Chart, evidence: EvidenceReader): string | undefined => {
  const nodes = objectsSeen(evidence, chart, 'nodes') ?? [];
  const carried = nodes.find(node => builtIn.test(String(at(node, 'status', 'nodeInfo', 'kubeletVersion') ?? '')));
  if (carried) return `the kubelet of ${carried.metadata.name}`;
  // Whatever enforces does it on every node: a DaemonSet, or a program of the hosts.
  const found = (objectsSeen(evidence, chart, 'daemonsets.apps') ?? []).find(one =>
    agent.test([one.metadata.name, one.metadata.namespace, ...imagesOf(one)].join(' ')),
  );
  return found && `DaemonSet ${found.metadata.namespace}/${found.metadata.name}`;
};

const imagesOf = (one: unknown): readonly string[] => {
  const containers = at(one, 'spec', 'template', 'spec', 'containers');
  return Array.isArray(containers) ? containers.map(each => String(at(each, 'image') ?? '')) : [];
};

const onHost = (host: HostChart, evidence: EvidenceReader): string | undefined => {
  const files = evidence.read(host.files);
  const firewall = evidence.read(host.firewall);
  const processes = evidence.read(host.processes);
  const [config] = files ? cniConfigs(host) : [];
  const plugin = config?.types.find(type => !plainPlugins.has(type));
  if (plugin !== undefined) return `the CNI plugin ${plugin} on ${host.name}`;
  // Of a configuration that nobody can read nothing is known.
  if (config?.problem !== undefined) return `${config.path} on ${host.name}`;
  const process = processes?.find(one => agent.test(one.argv.slice(0, 1).join(' ')) || agent.test(one.program));
  if (process) return `${process.program} on ${host.name}`;
  const rules = firewall && [firewall.nft, firewall.legacy, firewall.foreign].find(text => chains.test(text));
  return rules === undefined ? undefined : `rules of such an agent on ${host.name}`;
};
