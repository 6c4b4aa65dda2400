/** Where the API is found when the file does not say it in full. */
import type { Balance, Endpoint, Host, Served } from '../model/cluster.js';
import { apiserverPort } from '../model/components.js';
import { routerIdFor } from '../model/router-id.js';
import { parseIPv4 } from '../net/address.js';
import { parseEndpoint } from '../net/endpoint.js';
import type { ClusterFile } from './schema.js';

type AlsoEntry = NonNullable<NonNullable<ClusterFile['endpoint']>['also']>[number];

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
      routerIdFor(file.name),
      "derived from the cluster's name, so that two clusters in one segment rarely meet",
    ),
    ...(written.also ? { also: written.also.map((one, at) => further(one, at, { hosts, own, or })) } : {}),
  };
};

interface Around {
  readonly hosts: readonly Host[];
  readonly own: boolean;
  readonly or: Or;
}

/** One of `endpoint.also`. */
const further = (entry: AlsoEntry, at: number, { hosts, own, or }: Around): Served => {
  const written: Exclude<AlsoEntry, string> = typeof entry === 'string' ? placeIn(entry) : entry;
  const path = `endpoint.also[${at}]`;
  const [guess, why] = balanceAt(written.address, hosts);
  const balance = or<Balance>(`${path}.balance`, written.balance, guess, why);
  return {
    balance,
    address: written.address,
    port: portFor(balance, own, written.port, (key, ...rest) => or(key.replace('endpoint', path), ...rest)),
    ...(written.virtualRouterId === undefined ? {} : { virtualRouterId: written.virtualRouterId }),
  };
};

/** `10.0.0.10`, `10.0.0.10:8443`; what is neither is judged as an address. */
const placeIn = (text: string): { readonly address: string; readonly port?: number } => {
  const { host, port } = parseEndpoint(text) ?? {};
  return host === undefined || port === undefined ? { address: text } : { address: host, port };
};

const balanceAt = (address: string, hosts: readonly Host[]): readonly [Balance, string] => {
  if (address.startsWith('127.')) return ['local', 'loopback: a load balancer on every host'];
  if (hosts.some(one => one.roles.includes('controlPlane') && [one.address, one.externalAddress].includes(address)))
    return ['direct', 'the address of a control plane'];
  return parseIPv4(address) === undefined ? ['external', nameOfOthers] : ['virtual-address', carried];
};

const nameOfOthers = "a name is somebody else's to resolve";
const carried = 'an address that no host has: keepalived carries it';

const balanceFor = (address: string | undefined, planes: readonly Host[]): readonly [Balance, string] => {
  const [first] = planes;
  if (address === undefined)
    return planes.length > 1
      ? ['local', 'several control planes and no address for all of them']
      : ['direct', 'one control plane needs no load balancer'];
  if (planes.length <= 1 && (address === first?.address || address === first?.externalAddress))
    return ['direct', "the address is the only control plane's own"];
  if (parseIPv4(address) === undefined) return ['external', nameOfOthers];
  return ['virtual-address', carried];
};

const portFor = (balance: Balance, own: boolean, written: number | undefined, or: Or): number => {
  if (balance === 'direct') return or('endpoint.port', written, apiserverPort, "the API server's own");
  if (balance === 'external') return or('endpoint.port', written, apiserverPort, "as an API server's own");
  if (balance === 'virtual-address' && own)
    return or('endpoint.port', written, apiserverPort, 'the load balancers have hosts of their own');
  return or('endpoint.port', written, 8443, 'beside the API server, which has 6443 on the same host');
};
