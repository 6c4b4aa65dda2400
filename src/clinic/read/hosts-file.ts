/** Which host a configuration means by a name or an address. */
import type { HostChart } from '../chart/host-chart.js';

/** Name → address, of a text such as /etc/hosts. */
export const namesIn = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text.split('\n').flatMap(line => {
      const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
      return names.map(name => [name.toLowerCase(), address] as const);
    }),
  );

/** By any address of its links, by its name, or by one that `names` leads to it; a domain behind a name may be any. */
export const hostNamed = (
  hosts: readonly HostChart[],
  told: string,
  names: ReadonlyMap<string, string> = new Map(),
): HostChart | undefined => {
  const address = names.get(told) ?? told;
  return (
    hosts.find(host => host.address === address) ??
    hosts.find(host => 'value' in host.network && hasAddress(host.network.value.addresses, address)) ??
    hosts.find(host => namesOf(host).some(name => name === told || name === told.split('.')[0]))
  );
};

/** Addresses that lie on one host alone: not those of the loopback, nor a virtual one. */
const hasAddress = (
  all: readonly { readonly link: string; readonly address: string; readonly prefix: number }[],
  address: string,
): boolean =>
  all.some(one => one.address === address && one.link !== 'lo' && (one.prefix < 32 || one.address.includes(':')));

const namesOf = (host: HostChart): readonly string[] => {
  const own = 'value' in host.identity ? host.identity.value.hostname.toLowerCase() : host.name;
  return [host.name, own, own.split('.')[0] ?? own];
};
