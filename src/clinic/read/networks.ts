/** IPv4 networks of a cluster: whether they meet. IPv6 is left to a person. */
import { Address4 } from 'ip-address';

/** undefined: no IPv4 network. */
export const network4 = (cidr: string): Address4 | undefined =>
  /^\d+\.\d+\.\d+\.\d+(\/\d+)?$/.test(cidr) && Address4.isValid(cidr) ? new Address4(cidr) : undefined;

/** Whether two networks share an address. */
export const meet = (one: string, other: string): boolean => {
  const [a, b] = [network4(one), network4(other)];
  if (!a || !b) return false;
  return a.startAddress().bigInt() <= b.endAddress().bigInt() && b.startAddress().bigInt() <= a.endAddress().bigInt();
};

/** Whether `inner` lies wholly in `outer`. */
export const lies = (inner: string, outer: string): boolean => {
  const [a, b] = [network4(inner), network4(outer)];
  return (
    a !== undefined &&
    b !== undefined &&
    b.startAddress().bigInt() <= a.startAddress().bigInt() &&
    a.endAddress().bigInt() <= b.endAddress().bigInt()
  );
};

/** `192.0.2.11/24` → `192.0.2.0/24`. */
export const networkOf = (cidr: string): string => {
  const net = network4(cidr);
  return net ? `${net.startAddress().correctForm()}/${net.subnetMask}` : cidr;
};
