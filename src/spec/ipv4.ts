/** IPv4 addresses and networks as numbers. */
import { Address4 } from 'ip-address';

export interface Cidr {
  readonly text: string;
  readonly first: number;
  readonly last: number;
  readonly prefix: number;
}

export const parseAddress = (text: string): number | undefined =>
  !text.includes('/') && Address4.isValid(text) ? Number(new Address4(text).bigInt()) : undefined;

export const formatAddress = (address: number): string =>
  [24, 16, 8, 0].map(shift => Math.floor(address / 2 ** shift) % 256).join('.');

/** Undefined: not `a.b.c.d/n`. Host bits are cut off; compare `text` with `formatCidr` to see whether there were any. */
export const parseCidr = (text: string): Cidr | undefined => {
  const [address = '', length = ''] = text.split('/');
  const [value, prefix] = [parseAddress(address), Number(length)];
  if (value === undefined || !/^\d{1,2}$/.test(length) || prefix > 32 || text.split('/').length !== 2) return undefined;
  const size = 2 ** (32 - prefix);
  const first = Math.floor(value / size) * size;
  return { text, first, last: first + size - 1, prefix };
};

export const formatCidr = ({ first, prefix }: Cidr): string => `${formatAddress(first)}/${prefix}`;

export const contains = (network: Cidr, address: number): boolean =>
  address >= network.first && address <= network.last;

export const overlap = (a: Cidr, b: Cidr): boolean => a.first <= b.last && b.first <= a.last;
