/** VRRP instances of the keepalived that runs on a host. */
import type { HostChart } from '../../../chart/host-chart.js';
import type { EvidenceReader } from '../../../read/evidence-reader.js';
import { readFlags } from '../../../read/flags.js';

export interface Instance {
  readonly host: HostChart;
  readonly path: string;
  readonly id: string;
  /** Without prefix. */
  readonly addresses: readonly string[];
  /** Unicast; none: multicast. */
  readonly peers: readonly string[];
}

export const instancesOf = (host: HostChart, evidence: EvidenceReader): readonly Instance[] => {
  const process = evidence.process(host, 'keepalived');
  if (!process) return [];
  const flags = readFlags(process.argv.slice(1));
  const path = flags.get('use-file') ?? flags.get('f') ?? '/etc/keepalived/keepalived.conf';
  const text = evidence.file(host, path)?.text;
  if (text === undefined) {
    evidence.note(host.name, path, 'the configuration of the running keepalived was not seen');
    return [];
  }
  const plain = text.replace(/[#!].*$/gm, '');
  return plain
    .split(/^(?=\s*vrrp_instance\s)/m)
    .filter(part => /^\s*vrrp_instance\s/.test(part))
    .map(part => ({
      host,
      path,
      id: /virtual_router_id\s+(\d+)/.exec(part)?.[1] ?? '51',
      addresses: addressesIn(part, 'virtual_ipaddress'),
      peers: addressesIn(part, 'unicast_peer'),
    }));
};

const addressesIn = (part: string, block: string): readonly string[] =>
  (new RegExp(`${block}\\s*\\{([^}]*)\\}`).exec(part)?.[1] ?? '')
    .split('\n')
    .flatMap(line => /^\s*([0-9a-fA-F.:]+)/.exec(line)?.[1] ?? []);
