/** Networks for pods and Services in which none of the hosts lies. */
import { contains, parseIPv4, parseIPv4Cidr } from '../net/address.js';

export const defaultNetworks = { pods: '10.244.0.0/16', services: '10.96.0.0/12' } as const;

const candidates: Readonly<Record<keyof typeof defaultNetworks, readonly string[]>> = {
  pods: [defaultNetworks.pods, '10.245.0.0/16', '172.20.0.0/16', '192.168.0.0/16', '100.64.0.0/16'],
  services: [defaultNetworks.services, '10.112.0.0/12', '172.24.0.0/16', '10.0.0.0/16', '100.65.0.0/16'],
};

/**
 * The defaults where they are free, otherwise the next that are. To be written into the file, never chosen silently:
 * a default that moves with the hosts would move a living cluster's networks.
 */
export const freeNetworks = (addresses: readonly string[]): { readonly pods: string; readonly services: string } => {
  const taken = addresses.map(parseIPv4).filter(address => address !== undefined);
  const free = (texts: readonly string[]) =>
    texts.find(text => {
      const cidr = parseIPv4Cidr(text);
      return cidr && !taken.some(address => contains(cidr, address));
    }) ??
    texts[0] ??
    '';
  return { pods: free(candidates.pods), services: free(candidates.services) };
};
