/** Name servers beyond the cluster of which its DNS is told by address: `forward ZONE ADDRESS…` of a Corefile. */
import { type Address, parseIPv4 } from '../../net/address.js';

export interface Upstream {
  /** For which names they are asked; `.` is all others. */
  readonly zone: string;
  readonly address: Address;
  readonly port: number;
}

/** Files (`/etc/resolv.conf`) are their hosts' affair, and over TLS nothing is asked here. */
export const upstreamsOf = (corefile: string): readonly Upstream[] =>
  corefile.split('\n').flatMap(line => {
    const [, zone, rest = ''] = /^\s*forward\s+([\w.-]+)\s+([^#{]+)/.exec(line) ?? [];
    return zone === undefined ? [] : rest.split(/\s+/).flatMap(word => serverIn(zone, word));
  });

const serverIn = (zone: string, word: string): readonly Upstream[] => {
  const [, host = '', port = '53'] = /^(?:dns:\/\/)?(\d[\d.]*)(?::(\d{1,5}))?$/.exec(word) ?? [];
  const address = parseIPv4(host);
  return address === undefined ? [] : [{ zone, address, port: Number(port) }];
};
