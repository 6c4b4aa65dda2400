/** Endpoints of a living cluster that the file has served no more: which, who uses them, and what becomes of those. */
import { ownerOfId, servesAlready } from '../blueprint/components/endpoints.js';
import type { Input } from '../blueprint/input.js';
import type { EndpointUsers } from '../facts/host/endpoint-users.js';
import { type ClusterSpec, servedOf, withRole } from '../model/cluster.js';
import { apiserverPort, balancersOf, sharedBalancersOf } from '../model/components.js';
import type { Built, Carried } from '../model/host-facts.js';
import { hostsInWords } from '../plan/hosts-in-words.js';
import { error, type Finding, type Found, warning } from './finding.js';

type Known = Pick<Input, 'spec' | 'facts'>;

export interface Dropped {
  /** `10.0.0.10:8443`. */
  readonly at: string;
  /** The first host that serves it, or uses it. */
  readonly host: string;
}

/** By what load balancers hold and kubeconfigs on the hosts say; an API server's own address is served in any case. */
export function droppedEndpoints({ spec, facts }: Known): readonly Dropped[] {
  const stays = new Set([
    ...servedOf(spec).map(({ address, port }) => `${address}:${port}`),
    ...withRole(spec, 'controlPlane').flatMap(({ address, externalAddress }) =>
      [address, externalAddress].map(each => `${each}:${apiserverPort}`),
    ),
  ]);
  const found = new Map<string, string>();
  for (const [host, { built }] of facts)
    for (const at of built ? reachedBy(built) : []) if (!stays.has(at) && !found.has(at)) found.set(at, host);
  return [...found].map(([at, host]) => ({ at, host }));
}

const reachedBy = ({ binds = [], carries = [], asks = [] }: Built): readonly string[] => [
  ...binds.flatMap(bind =>
    bind.startsWith('*:') ? carries.map(({ address }) => `${address}${bind.slice(1)}`) : [bind],
  ),
  ...asks,
];

/** Where all that is asked from then on is served by now, an endpoint goes last; else the two change places at once. */
export const goesLast = ({ spec, facts }: Known): boolean =>
  balancersOf(spec).every(host => !facts.has(host.name) || servesAlready({ spec, facts }, host));

/** What the hosts said of one endpoint; a host that is missing, or undefined, did not say. */
export type Users = ReadonlyMap<string, EndpointUsers | undefined>;

export function judgeDropped(known: Known, { at, host }: Dropped, users: Users): readonly Finding[] {
  const silent = mayNotGo(known, at)
    ? known.spec.hosts.map(one => one.name).filter(name => !known.facts.has(name))
    : [];
  const found = goesLast(known) ? last(at, silent, inWords(known.spec, users)) : atOnce(at, inWords(known.spec, users));
  return [{ host, ...found }];
}

/**
 * A host that was not seen has its own loopback, which stays as it is; and a load balancer that goes as a whole stays
 * until every host was seen.
 */
const mayNotGo = ({ spec }: Known, at: string): boolean => !at.startsWith('127.') && sharedBalancersOf(spec).length > 0;

/** The router id that stood beside the old address is still that one's: no two addresses may have it. */
export const routerIdTaken = ({ spec, facts }: Known): readonly Finding[] =>
  servedOf(spec).flatMap((one): readonly Finding[] => {
    for (const [host, { built }] of facts) {
      const owner = ownerOfId(spec, one, built?.carries ?? []);
      if (owner) return [{ host, ...routerIdOf(owner) }];
    }
    return [];
  });

const routerIdOf = ({ address, id }: Carried): Found =>
  error(
    'router-id-taken',
    `the virtual router id ${id} is that of ${address}, which stays served`,
    `move it along: also: [{address: ${address}, virtualRouterId: ${id}}]; the other one needs none`,
  );

const keeps = (at: string): string => `endpoint: {…, also: [${at}]} keeps it served`;

const atOnce = (at: string, used: string): Found =>
  warning(
    'endpoint-moves-at-once',
    `${at} gives way to the new endpoint in this run: its clients fail from then on, those of the cluster until ` +
      `their host's turn has come; ${used}`,
    `${keeps(at)} until nobody uses it; kw plan says then who does`,
  );

const last = (at: string, silent: readonly string[], used: string): Found =>
  silent.length > 0
    ? error(
        'endpoint-in-use',
        `${at} may not go yet: ${silent.join(', ')} cannot be seen, and may still use it; ${used}`,
        `${keeps(at)} until every host has been told of the new one; or take the host out of the file`,
      )
    : warning(
        'endpoint-dropped',
        `${at} is served no more from then on, once every host has been told of the other; ${used}`,
        `${keeps(at)}; kw kubeconfig gives people one that names the other`,
      );

function inWords(spec: ClusterSpec, users: Users): string {
  const names = new Set(spec.hosts.map(({ address }) => address));
  const all = [...users].flatMap(([host, one]) => (one ? [{ host, ...one }] : []));
  const counts = new Map<string, number>();
  for (const peer of all.flatMap(({ peers }) => peers))
    if (!names.has(peer)) counts.set(peer, (counts.get(peer) ?? 0) + 1);
  const outside = [...counts].map(([peer, n]) => `${peer} (${n} ${n === 1 ? 'connection' : 'connections'})`);
  const connected = [...outside, ...onHosts(all.map(({ host, programs }) => [host, programs]))];
  const files = onHosts(all.map(({ host, files: paths }) => [host, paths]));
  const unknown = [...users].flatMap(([host, one]) => (one?.connections ? [] : [host]));
  const parts = [
    connected.length > 0 ? `connected to it now: ${few(connected)}` : '',
    files.length > 0 ? `named by ${few(files)}` : '',
    unknown.length > 0 ? `connections are not known of ${hostsInWords(unknown)}` : '',
  ].filter(Boolean);
  return parts.length > 0
    ? parts.join('; ')
    : 'as far as the hosts know nobody uses it: no connection to it is open, and no kubeconfig on them names it';
}

/** `kubelet on kw-[1-4]`. */
function onHosts(all: readonly (readonly [host: string, things: readonly string[]])[]): readonly string[] {
  const found = new Map<string, string[]>();
  for (const [host, things] of all) for (const thing of things) found.set(thing, [...(found.get(thing) ?? []), host]);
  return [...found].map(([thing, hosts]) => `${thing} on ${hostsInWords(hosts)}`);
}

const few = (all: readonly string[]): string =>
  all.length > 8 ? `${all.slice(0, 8).join(', ')} and ${all.length - 8} more` : all.join(', ');
