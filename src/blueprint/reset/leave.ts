/**
 * Hosts that left the file: drained, out of etcd, their Nodes gone, then the routes that lead to them, and at last what
 * is on them.
 */
import { minorOf } from '../../catalog/index.js';
import { nodes, type Role } from '../../model/cluster.js';
import type { DrainPolicy } from '../../model/drain.js';
import type { HostFacts } from '../../model/host-facts.js';
import { clusterHost, idOf, type Resource, type ResourceId } from '../../model/resource.js';
import { apiAnswers } from '../access/api-answers.js';
import { cluster } from '../cluster.js';
import { formerBalancer } from '../components/former-balancer.js';
import { formerEtcd, hasLeft } from '../components/former-etcd.js';
import type { HostContext, Input, Removed } from '../input.js';
import { withRemoved } from '../removed.js';
import { networkPeers } from '../render/paths.js';
import { want } from '../wanted.js';
import { forgets, keepers, remembers, stage } from './forget.js';
import { own } from './leftovers.js';
import { teardownHost, type Undo } from './reset-cluster.js';
import { awaited, returned } from './returned.js';

export interface Leaving {
  /** `off`: pods end with their Node. */
  readonly drain: DrainPolicy | 'off';
  readonly undo: Undo;
}

/** All that is wanted, and that those who left go. The same where nobody left. */
export function withoutRemoved(input: Input, wanted: readonly Resource[], leaving: Leaving): readonly Resource[] {
  const { removes = [], left = [] } = input;
  if (removes.length + left.length === 0) return wanted;
  const leave = removes.flatMap(one => goes(input, one, wanted, leaving));
  const gone = removes.flatMap(one => [nodeOf(one), ...remembered(input, one).map(idOf)]);
  const waits = awaited(input);
  const held = wanted.map(resource =>
    // The routes of a host stay until no pod is there.
    behind(resource, isTable(resource) ? gone : (waits.get(idOf(resource)) ?? [])),
  );
  return [...held, ...leave, ...returned(input)];
}

const isTable = ({ kind, key }: Resource): boolean => kind === 'file' && key === networkPeers;
const behind = (resource: Resource, ids: readonly ResourceId[]): Resource =>
  ids.length === 0 ? resource : { ...resource, after: [...resource.after, ...ids] };
const later = (resource: Resource): Resource => ({ ...resource, stage });

const nodeOf = ({ name }: Pick<Removed, 'name'>): ResourceId => `${clusterHost}/object//api/v1/nodes/${name}`;

function goes(input: Input, one: Removed, wanted: readonly Resource[], leaving: Leaving): readonly Resource[] {
  const known = remembered(input, one);
  const site = siteOf(input, one);
  // Nobody is sent to its API server any more when its member of etcd goes.
  const former = (site ? [...formerBalancer(site), ...formerEtcd(site)] : [])
    .map(later)
    .map(each => (idOf(each) === hasLeft(one.name) ? behind(each, balancersIn(wanted)) : each));
  const drained = emptied(input, one, leaving.drain, known.map(idOf));
  const leaves = former.filter(each => idOf(each) === hasLeft(one.name));
  const node = removedNode(one, [...known, ...drained, ...leaves].map(idOf));
  const torn = site ? tornDown(site, former, [idOf(node), ...waysTo(wanted)], leaving.undo) : [];
  const last = torn.filter(({ kind, key }) => kind === 'cleanup' && key === own.name);
  const forgotten = isForgotten(input, one)
    ? keepers(input).map(({ name }) => forgets(name, one.name, [node, ...last].map(idOf).concat(waysTo(wanted))))
    : [];
  return [...known, ...drained, ...former, node, ...torn, ...forgotten];
}

/** Before anything of it goes; not where nothing is left to be done on it, and everybody can be told at once. */
const remembered = (input: Input, one: Removed): readonly Resource[] =>
  one.reached.is !== 'here' && isForgotten(input, one) ? [] : keepers(input).map(({ name }) => remembers(name, one));

/** Nothing of this cluster is there, or will be, and no node of the file keeps a route to it. */
const isForgotten = ({ spec, facts }: Input, { reached }: Removed): boolean =>
  reached.is !== 'unseen' && nodes(spec).every(({ name }) => facts.has(name));

function emptied(
  { spec }: Input,
  { name, node }: Removed,
  drain: DrainPolicy | 'off',
  after: readonly ResourceId[],
): readonly Resource[] {
  if (node !== 'ready' || drain === 'off') return [];
  const eviction = minorOf(spec.kubernetes) >= 22 ? ('policy/v1' as const) : ('policy/v1beta1' as const);
  const because = `${name} leaves the cluster: its pods go elsewhere`;
  return [
    want('drained', clusterHost, name, { ...drain, eviction }, { stage, because, after: [apiAnswers, ...after] }),
  ];
}

const removedNode = ({ name }: Removed, before: readonly ResourceId[]): Resource =>
  want(
    'object',
    clusterHost,
    `/api/v1/nodes/${name}`,
    { create: false, absent: true, body: { apiVersion: 'v1', kind: 'Node', metadata: { name } } },
    { stage, because: `${name} leaves the cluster: it is a node no more`, after: [apiAnswers, ...before] },
  );

const siteOf = (input: Input, { podCidr, reached }: Removed): HostContext | undefined =>
  reached.is === 'here' ? { ...withRemoved(input), host: reached.host, fact: reached.fact, podCidr } : undefined;

const balancersIn = (wanted: readonly Resource[]): readonly ResourceId[] =>
  wanted.filter(({ kind, key }) => kind === 'service' && key === 'kw-haproxy.service').map(idOf);

/** Units that know the way to a host: all of them have been told that it is gone before it is torn down. */
const waysTo = (wanted: readonly Resource[]): readonly ResourceId[] =>
  wanted.filter(({ kind, key }) => kind === 'service' && knowing.includes(key)).map(idOf);
const knowing: readonly string[] = ['kw-network.service', 'kw-haproxy.service', 'kube-apiserver.service'];

/** What its roles brought goes first, by the ways that roles go; then the rest, as by kw reset. */
function tornDown(
  site: HostContext,
  former: readonly Resource[],
  gate: readonly ResourceId[],
  undo: Undo,
): readonly Resource[] {
  const { host, fact, spec } = site;
  const { gone: _, removes: __, leaving: ___, left: ____, peers: _____, ...rest } = site;
  const lived = { ...host, roles: rolesOn(fact) };
  // The others are there for what every cluster has, and were not asked.
  const others = spec.hosts.filter(({ name, roles }) => name !== host.name && roles.some(role => role !== 'worker'));
  const alone = { ...rest, spec: { ...spec, hosts: [...others, lived] }, facts: new Map([[host.name, fact]]) };
  const built = cluster(alone).filter(resource => resource.host === host.name);
  const known = new Set(former.map(idOf));
  const [first, ...torn] = teardownHost(lived, built, undo).filter(each => !known.has(idOf(each)));
  if (!first) return [];
  const begin = behind(first, [...gate, ...known]);
  return [begin, ...torn.map(each => behind(each, [idOf(begin)]))].map(later).map(harmless);
}

/** What its member knew is what all others know: that it goes from here is no loss. */
const harmless = (resource: Resource): Resource => {
  const wanted = resource.want as object & { readonly risk?: unknown };
  return wanted.risk === 'data' ? { ...resource, want: { ...wanted, risk: 'downtime' } } : resource;
};

/** What runs there, whatever the file once said. */
const rolesOn = ({ built, etcdDataExists, etcdOurs }: HostFacts): readonly Role[] => [
  ...(etcdDataExists || etcdOurs ? (['etcd'] as const) : []),
  ...(built?.runs.includes('apiserver') ? (['controlPlane'] as const) : (['worker'] as const)),
  ...(built?.balances ? (['loadBalancer'] as const) : []),
];
