/** The endpoints of the API that a host serves beside each other, and when one of them may go. */
import { type ClusterSpec, type Host, type Served, servedOf } from '../../model/cluster.js';
import { sharedBalancersOf, virtualAddressesOf } from '../../model/components.js';
import type { Carried, HostFacts } from '../../model/host-facts.js';
import type { ResourceId } from '../../model/resource.js';
import { routerIdFor } from '../../model/router-id.js';
import type { HostContext, Input } from '../input.js';
import { adminConf } from '../render/paths.js';

type Known = Pick<Input, 'spec' | 'facts'>;
type Place = Pick<HostContext, 'spec' | 'host'>;

/** Where the load balancer of a host listens for an endpoint: `127.0.0.1:8443`, `*:8443`; undefined: it does not. */
const bindOf = ({ spec, host }: Place, { address, port, balance }: Served): string | undefined => {
  if (balance === 'local') return `${address}:${port}`;
  return balance === 'virtual-address' && sharedBalancersOf(spec).includes(host) ? `*:${port}` : undefined;
};

export const bindsOf = (place: Place): readonly string[] => [
  ...new Set(
    servedOf(place.spec)
      .map(one => bindOf(place, one))
      .filter(bind => bind !== undefined),
  ),
];

/**
 * The virtual addresses, each with its router id. What is carried keeps its id and its name, whichever of them the
 * cluster uses by now: else keepalived would not know it again, and two hosts would hold it.
 */
export function carriedBy({ spec, facts }: Known): readonly Carried[] {
  const carried = [...facts.values()].flatMap(({ built }) => built?.carries ?? []);
  const wanted = servedOf(spec).filter(({ balance }) => balance === 'virtual-address');
  const taken = new Set(carried.map(({ id }) => id));
  const found: Carried[] = [];
  for (const one of wanted.filter(({ address }, at) => wanted.findIndex(each => each.address === address) === at)) {
    const living = carried.find(({ address }) => address === one.address);
    const id = writtenId(spec, one, carried) ?? living?.id ?? free(spec.endpoint.virtualRouterId, taken);
    taken.add(id);
    found.push({ address: one.address, id, instance: living?.instance ?? nameFor(id, [...carried, ...found]) });
  }
  return found;
}

/** By the file; not one by which the hosts know another address that stays. */
const writtenId = (spec: ClusterSpec, one: Served, carried: readonly Carried[]): number | undefined =>
  ownerOfId(spec, one, carried) ? undefined : idInFile(spec, one);

const idInFile = (spec: ClusterSpec, one: Served): number | undefined =>
  one === spec.endpoint && one.virtualRouterId === routerIdFor(spec.name) ? undefined : one.virtualRouterId;

/** Another address that stays, and that the hosts know by the router id which the file gives to this one. */
export const ownerOfId = (spec: ClusterSpec, one: Served, carried: readonly Carried[]): Carried | undefined => {
  const [id, stay] = [idInFile(spec, one), servedOf(spec).map(({ address }) => address)];
  return carried.find(each => each.id === id && each.address !== one.address && stay.includes(each.address));
};

const free = (first: number, taken: ReadonlySet<number>): number => {
  let id = first;
  while (taken.has(id)) id = (id % 255) + 1;
  return id;
};

const name = 'kubernetes_api';
const nameFor = (id: number, others: readonly Carried[]): string =>
  others.some(({ instance }) => instance === name) ? `${name}_${id}` : name;

/** Whether this host serves the endpoint that the file has the cluster use already; what it has read counts. */
export function servesAlready({ spec, facts }: Known, host: Host): boolean {
  const { balance, address } = spec.endpoint;
  const { binds = [], carries = [], behind = [] } = facts.get(host.name)?.built ?? {};
  const bind = bindOf({ spec, host }, spec.endpoint);
  if (bind === undefined) return true;
  if (!binds.includes(bind) || behind.includes('haproxy')) return false;
  return (
    balance !== 'virtual-address' || (carries.some(one => one.address === address) && !behind.includes('keepalived'))
  );
}

/** What this host serves, and by the file serves no more. */
const ends = (context: HostContext): boolean => {
  const { binds = [], carries = [] } = context.fact.built ?? {};
  const [listens, holds] = [bindsOf(context), virtualAddressesOf(context.spec)];
  return binds.some(one => !listens.includes(one)) || carries.some(({ address }) => !holds.includes(address));
};

/**
 * An endpoint goes after all who were told of it have learned the other one, wherever that is served by now. Where it
 * is not, the two change places at once: `droppedEndpoints` says what comes of it.
 */
export const lastUsers = (context: HostContext): readonly ResourceId[] => {
  const { spec, host, facts } = context;
  if (!ends(context) || !servesAlready(context, host)) return [];
  // What listens on loopback is this host's own: with thousands of such, each waits for itself alone.
  const users = sharedBalancersOf(spec).includes(host) ? spec.hosts : [host];
  return users.flatMap(one => usersOn(one, facts.get(one.name)));
};

const usersOn = ({ name: host, roles }: Host, facts: HostFacts | undefined): readonly ResourceId[] =>
  facts?.built?.runs.includes('kubelet')
    ? [
        `${host}/service/kubelet.service`,
        `${host}/service/kube-proxy.service`,
        ...(roles.includes('controlPlane') ? [`${host}/kubeconfig/${adminConf}`] : []),
      ]
    : [];
