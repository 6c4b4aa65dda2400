/** A lease that somebody renews who is no control plane: a copy of one, a test, a host that was taken out. */
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { objectsSeen } from '../../../read/api-objects.js';
import type { EvidenceReader } from '../../../read/evidence-reader.js';
import { controls, hostsOf } from '../../../read/hosts.js';
import { at, listAt } from '../../../read/yaml.js';
import type { Lease, Program, Running } from './lease.js';

/** `holder`: its identity in the lease; `node`: the host of this cluster that it is; `waiting`: replicas that wait. */
export type Held = {
  readonly program: Program;
  readonly holder: string;
  readonly renewed: string;
  readonly node?: string;
  readonly waiting: readonly string[];
};

/** undefined: a control plane holds it, or who else is one could not be seen. */
export const outsideHolder = (
  chart: Chart,
  program: Program,
  lease: Lease,
  running: readonly Running[],
  evidence: EvidenceReader,
): Held | undefined => {
  const hosts = hostsOf(chart);
  for (const host of hosts.filter(controls)) evidence.read(host.identity);
  // Without a replica of its own nothing is known of where this cluster runs it.
  if (running.length === 0 || hosts.filter(controls).some(host => isNamed(host, lease.holderHost))) return undefined;
  const nodes = objectsSeen(evidence, chart, 'nodes');
  const endpoints = objectsSeen(evidence, chart, 'endpoints');
  if (!nodes || !endpoints) return undefined;
  const node = nodes.find(one => one.metadata.name === lease.holderHost);
  if (node && isControlPlane(node.metadata.labels ?? {})) return undefined;
  const worker = hosts.find(host => isNamed(host, lease.holderHost));
  if (!worker && !node && !allSeen(hosts, endpoints)) {
    evidence.note('cluster', `the holder ${lease.holderHost} of ${program}`, 'not every control plane was looked at');
    return undefined;
  }
  // A node that was not looked at may carry the role without its label.
  if (!worker && node) return undefined;
  return {
    program,
    holder: lease.holder,
    renewed: lease.renewed,
    ...(worker && { node: worker.name }),
    waiting: running.filter(({ host }) => host !== worker).map(({ host }) => host.name),
  };
};

/** By its own name, with or without a domain: a holder's identity begins with what `hostname` says there. */
const isNamed = (host: HostChart, name: string): boolean => {
  const own = 'value' in host.identity ? host.identity.value.hostname : host.name;
  const short = (text: string): string => text.toLowerCase().split('.')[0] ?? text;
  return [host.name, own].some(one => short(one) === short(name));
};

const isControlPlane = (labels: Readonly<Record<string, string>>): boolean =>
  ['control-plane', 'master', 'controlplane'].some(role => `node-role.kubernetes.io/${role}` in labels);

/** Every API server that this cluster names runs on a host that was looked at. */
const allSeen = (
  hosts: readonly HostChart[],
  endpoints: readonly { readonly metadata: { readonly name: string } }[],
): boolean => {
  const servers = listAt(
    endpoints.find(one => one.metadata.name === 'kubernetes'),
    'subsets',
  ).flatMap(subset => listAt(subset, 'addresses').map(one => String(at(one, 'ip'))));
  return servers.length > 0 && servers.every(address => hosts.some(host => host.address === address));
};
