/** etcd as its hosts see it: who is a member, where a member lives, what each says of itself. */
import { etcdClientPort, etcdPeerPort } from '../../model/components.js';
import type { Chart } from '../chart/chart.js';
import type { EtcdSeen, HostChart } from '../chart/host-chart.js';
import type { EvidenceReader } from './evidence-reader.js';
import { flagsOf } from './flags.js';
import { hostsOf } from './hosts.js';

export type EtcdMember = EtcdSeen['members'][number];
export type EtcdStatus = EtcdSeen['status'][number];
export interface EtcdHost {
  readonly host: HostChart;
  readonly etcd: EtcdSeen;
}

/** Every etcd host that answered; the others are noted. */
export const etcdSeen = (chart: Chart, evidence: EvidenceReader): readonly EtcdHost[] =>
  hostsOf(chart, 'etcd').flatMap(host => {
    const etcd = evidence.read(host.etcd);
    return etcd && etcd.members.length > 0 ? [{ host, etcd }] : [];
  });

export const addressIn = (url: string): string => /^https?:\/\/\[?([^\]/]+?)\]?(?::\d+)?(?:\/|$)/.exec(url)?.[1] ?? url;

/** The host of the chart at which a member listens for its peers. */
export const hostOfMember = (chart: Chart, member: EtcdMember): HostChart | undefined =>
  [...chart.hosts.values()].find(host =>
    member.peerUrls.some(url => [host.address, host.name].includes(addressIn(url))),
  );

/** What a host's etcd says of itself. */
export const ownStatus = ({ host, etcd }: EtcdHost): EtcdStatus | undefined =>
  etcd.status.find(
    one =>
      [host.address, host.name, '127.0.0.1', 'localhost'].includes(addressIn(one.endpoint)) &&
      one.error === undefined &&
      one.memberId !== 'undefined',
  );

/**
 * As etcd takes it, scheme, host and port and nothing else; what a flag says otherwise is none, and goes into no
 * command.
 */
export const etcdUrl = (text: string): string | undefined =>
  /^https?:\/\/(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9][A-Za-z0-9.-]*):\d{1,5}\/?$/.test(text) ? text : undefined;

/** undefined: its flag holds no URL. */
export const clientUrl = (host: HostChart): string | undefined =>
  etcdUrl(
    flagsOf(host, 'etcd').inForce?.all('advertise-client-urls')[0] ?? `https://${host.address}:${etcdClientPort}`,
  );

export const peerUrl = (host: HostChart): string | undefined =>
  etcdUrl(
    flagsOf(host, 'etcd').inForce?.all('initial-advertise-peer-urls')[0] ?? `https://${host.address}:${etcdPeerPort}`,
  );

/** A name that etcd's flags can hold; others are legal to etcd, and are left to a person. */
export const isMemberName = (name: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name);

/** etcd prints ids in hexadecimal and speaks them in decimal. undefined: no id. */
export const decimal = (id: string): string | undefined =>
  /^[0-9a-f]{1,16}$/i.test(id) ? BigInt(`0x${id}`).toString() : undefined;

export const memberText = (one: EtcdMember): string =>
  `${one.id} ${one.name || '(never started)'} ${one.peerUrls.join(' ')}`;
