/** Where the API is found when the file does not say it in full. */
import type { Balance, Endpoint, Host } from '../model/cluster.js';
import { apiserverPort } from '../model/components.js';
import { parseIPv4 } from '../net/address.js';
import type { ClusterFile } from './schema.js';

/** Takes what is written, or notes and takes the default. */
type Or = <T>(path: string, written: T | undefined, value: T, why: string) => T;

export const draftEndpoint = (file: ClusterFile, hosts: readonly Host[], or: Or): Endpoint => {
  const written = file.endpoint ?? {};
  const planes = hosts.filter(({ roles }) => roles.includes('controlPlane'));
  const balancers = hosts.filter(({ roles }) => roles.includes('loadBalancer'));
  const own = balancers.length > 0 && !balancers.some(({ roles }) => roles.includes('controlPlane'));
  const [guess, why] = balanceFor(written.address, planes);
  const balance = or<Balance>('endpoint.balance', written.balance, guess, why);
  return {
    balance,
    address:
      balance === 'local'
        ? or('endpoint.address', written.address, '127.0.0.1', 'a load balancer on every host, on loopback')
        : or('endpoint.address', written.address, planes[0]?.address ?? '', "the control plane's own address"),
    port: portFor(balance, own, written.port, or),
    virtualRouterId: or(
      'endpoint.virtualRouterId',
      written.virtualRouterId,
      routerId(file.name),
      "derived from the cluster's name, so that two clusters in one segment rarely meet",
    ),
  };
};

const balanceFor = (address: string | undefined, planes: readonly Host[]): readonly [Balance, string] => {
  const [first] = planes;
  if (address === undefined)
    return planes.length > 1
      ? ['local', 'several control planes and no address for all of them']
      : ['direct', 'one control plane needs no load balancer'];
  if (planes.length <= 1 && (address === first?.address || address === first?.externalAddress))
    return ['direct', "the address is the only control plane's own"];
  if (parseIPv4(address) === undefined) return ['external', "a name is somebody else's to resolve"];
  return ['virtual-address', 'an address that no host has: keepalived carries it'];
};

const portFor = (balance: Balance, own: boolean, written: number | undefined, or: Or): number => {
  if (balance === 'direct') return or('endpoint.port', written, apiserverPort, "the API server's own");
  if (balance === 'external') return or('endpoint.port', written, apiserverPort, "as an API server's own");
  if (balance === 'virtual-address' && own)
    return or('endpoint.port', written, apiserverPort, 'the load balancers have hosts of their own');
  return or('endpoint.port', written, 8443, 'beside the API server, which has 6443 on the same host');
};

/** 1 to 255, the same for the same name (FNV-1a). */
const routerId = (name: string): number => {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return 1 + (hash % 255);
};
