/** VRRP instances of the keepalived that runs on a host. */
import type { HostChart } from '../../../chart/host-chart.js';
import { pathOnHost } from '../../../read/balancer/contained.js';
import { instancesIn, type VrrpInstance } from '../../../read/balancer/keepalived.js';
import type { EvidenceReader } from '../../../read/evidence-reader.js';
import { readFlags } from '../../../read/flags.js';

export interface Instance extends VrrpInstance {
  readonly host: HostChart;
  readonly path: string;
  readonly id: string;
}

export const instancesOf = (host: HostChart, evidence: EvidenceReader): readonly Instance[] => {
  const process = evidence.process(host, 'keepalived');
  if (!process) return [];
  const flags = readFlags(process.argv.slice(1));
  const told = flags.get('use-file') ?? flags.get('f') ?? '/etc/keepalived/keepalived.conf';
  const path = process.contained ? pathOnHost(host, 'keepalived', told) : told;
  const text = evidence.file(host, path)?.text;
  if (text === undefined) {
    evidence.note(host.name, path, 'the configuration of the running keepalived was not seen');
    return [];
  }
  const name = flags.get('config-id') ?? evidence.read(host.identity)?.hostname ?? host.name;
  const { instances, unread } = instancesIn(text, name, pattern => included(host, pattern));
  for (const pattern of unread) evidence.note(host.name, pattern, `${path} includes it, and no such file was seen`);
  return instances.flatMap(({ id, ...one }) => {
    if (id !== undefined) return [{ ...one, id, host, path }];
    evidence.note(host.name, path, `the virtual_router_id of ${one.name} rests on a variable that is not known here`);
    return [];
  });
};

/** A pattern of `include` is a glob, relative to nothing here: only absolute ones are followed. */
const included = (host: HostChart, pattern: string): readonly string[] => {
  const form = new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '[^/]*')
      .replaceAll('?', '[^/]')}$`,
  );
  return ('value' in host.files ? host.files.value : [])
    .filter(file => form.test(file.path) && file.text !== undefined)
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(file => file.text ?? '');
};
