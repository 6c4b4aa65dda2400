/** etcd as its hosts see it: who is a member, where a member lives, what each says of itself. */
import type { Chart } from '../chart/chart.js';
import type { EtcdSeen, HostChart } from '../chart/host-chart.js';
import type { Eyes } from './eyes.js';
import { flagsOf } from './flags.js';
import { hostsOf } from './hosts.js';

export type EtcdMember = EtcdSeen['members'][number];
export type EtcdStatus = EtcdSeen['status'][number];
export interface EtcdHost {
  readonly host: HostChart;
  readonly etcd: EtcdSeen;
}

/** Every etcd host that answered; the others are noted. */
export const etcdSeen = (chart: Chart, eyes: Eyes): readonly EtcdHost[] =>
  hostsOf(chart, 'etcd').flatMap(host => {
    const etcd = eyes.see(host.etcd);
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

export const clientUrl = (host: HostChart): string =>
  flagsOf(host, 'etcd').inForce?.all('advertise-client-urls')[0] ?? `https://${host.address}:2379`;

export const peerUrl = (host: HostChart): string =>
  flagsOf(host, 'etcd').inForce?.all('initial-advertise-peer-urls')[0] ?? `https://${host.address}:2380`;

/** etcd prints ids in hexadecimal and speaks them in decimal. */
export const decimal = (id: string): string => {
  try {
    return BigInt(`0x${id}`).toString();
  } catch {
    return id;
  }
};

export const memberText = (one: EtcdMember): string =>
  `${one.id} ${one.name || '(never started)'} ${one.peerUrls.join(' ')}`;
