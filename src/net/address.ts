/**
 * Addresses and networks, IPv4 and IPv6: one parser for the whole house. Whatever has one of these types holds nothing
 * that a shell, a rule of a firewall or a URL could take for more than an address.
 */
import { Address4, Address6 } from 'ip-address';

declare const kind: unique symbol;

/** `10.0.0.1`, `2001:db8::1`: in its shortest form, without a zone. */
export type Address = string & { readonly [kind]: 'address' };
/** `10.244.0.0/16`, `fd00::/8`. Bits behind the prefix stay as they were written: see `networkOf`. */
export type Cidr = string & { readonly [kind]: 'cidr' };

/** undefined: it is not an address. */
export const parseAddress = (text: string): Address | undefined => {
  if (/^\d+(\.\d+){3}$/.test(text)) return Address4.isValid(text) ? (text as Address) : undefined;
  return /^[\da-fA-F:.]*:[\da-fA-F:.]*$/.test(text) && Address6.isValid(text)
    ? (new Address6(text).correctForm() as Address)
    : undefined;
};

/** undefined: it is not an address, a slash and the length of a prefix. */
export const parseCidr = (text: string): Cidr | undefined => {
  const [, base = '', length = ''] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  const address = parseAddress(base);
  return address !== undefined && Number(length) <= bitsOf(address) ? (`${address}/${length}` as Cidr) : undefined;
};

/** Where only IPv4 will do: a cluster file's hosts and networks, rules of iptables. */
export const parseIPv4 = (text: string): Address | undefined => only4(parseAddress(text));
export const parseIPv4Cidr = (text: string): Cidr | undefined => only4(parseCidr(text));

const only4 = <T extends Address | Cidr>(one: T | undefined): T | undefined =>
  one !== undefined && isIPv4(one) ? one : undefined;

/** As routes and rules have it: a lone address is a network of one. */
export const parseNetwork = (text: string): Cidr | undefined => {
  const single = parseAddress(text);
  return single === undefined ? parseCidr(text) : hostCidr(single);
};

/** `10.0.0.1` → `10.0.0.1/32`. */
export const hostCidr = (address: Address): Cidr => `${address}/${bitsOf(address)}` as Cidr;

export const prefixOf = (cidr: Cidr): number => Number(cidr.slice(cidr.indexOf('/') + 1));

export const isIPv4 = (one: Address | Cidr): boolean => !one.includes(':');

/** Whether an address, or a whole network, lies in `network`. */
export const contains = (network: Cidr, inner: Address | Cidr): boolean => {
  const [outside, inside] = [rangeOf(network), rangeOf(inner)];
  return isIPv4(network) === isIPv4(inner) && outside.first <= inside.first && inside.last <= outside.last;
};

/** Whether two networks share an address. */
export const overlaps = (one: Cidr, other: Cidr): boolean => {
  const [a, b] = [rangeOf(one), rangeOf(other)];
  return isIPv4(one) === isIPv4(other) && a.first <= b.last && b.first <= a.last;
};

/** `192.0.2.11/24` → `192.0.2.0/24`. */
export const networkOf = (cidr: Cidr): Cidr =>
  `${addressFrom(rangeOf(cidr).first, isIPv4(cidr))}/${prefixOf(cidr)}` as Cidr;

/** The address `offset` places after the network's own; undefined: the network ends before it. */
export const addressAt = (cidr: Cidr, offset: number): Address | undefined => {
  const { first, last } = rangeOf(cidr);
  const value = first + BigInt(offset);
  return value <= last ? addressFrom(value, isIPv4(cidr)) : undefined;
};

/** The address `count` places after this one; undefined: there are no more. */
export const addressAfter = (address: Address, count: number): Address | undefined => {
  const value = numberOf(address) + BigInt(count);
  return value >> BigInt(bitsOf(address)) === 0n ? addressFrom(value, isIPv4(address)) : undefined;
};

const bitsOf = (address: Address): 32 | 128 => (isIPv4(address) ? 32 : 128);

const numberOf = (address: Address): bigint =>
  isIPv4(address)
    ? BigInt(address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0))
    : new Address6(address).bigInt();

const addressFrom = (value: bigint, v4: boolean): Address =>
  (v4 ? Address4 : Address6).fromBigInt(value).correctForm() as Address;

const rangeOf = (one: Address | Cidr): { readonly first: bigint; readonly last: bigint } => {
  const [base = '', length] = one.split('/');
  const address = base as Address;
  const free = BigInt(bitsOf(address) - Number(length ?? bitsOf(address)));
  const first = (numberOf(address) >> free) << free;
  return { first, last: first + (1n << free) - 1n };
};
