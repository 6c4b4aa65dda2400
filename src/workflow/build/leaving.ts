/**
 * Which nodes that the file does not name any more are still in the cluster: the API and those hosts are asked only
 * where there are such.
 */
import type { Reached, Removed } from '../../blueprint/input.js';
import type { Session } from '../../engine/session.js';
import { wayTo } from '../../engine/vault/ways.js';
import { hostFacts } from '../../facts/host.js';
import { nodeStanding, type NodeStanding } from '../../facts/node-standing.js';
import type { Host } from '../../model/cluster.js';
import type { HostFacts, Left, Peer } from '../../model/host-facts.js';
import { clusterHost } from '../../model/resource.js';
import { candidates, commonAccess, leftBefore, leftOut, removedAs } from '../../plan/leaving.js';
import { type Beside, carriedBeside } from '../admission.js';
import { factValue } from '../fact-value.js';
import { isFresh } from './preflight.js';

export interface Departing {
  /** They keep their routes until they are removed. */
  readonly leaving: readonly Peer[];
  readonly left: readonly Left[];
  readonly removes: readonly Removed[];
}

type Asked = Pick<Session, 'spec' | 'ask' | 'dir' | 'lost' | 'reach'>;

/** One that the API does not know any more has been removed; where nobody answers, all of them stay. */
export async function departing(
  session: Asked,
  facts: ReadonlyMap<string, HostFacts>,
  removes: boolean,
): Promise<Departing> {
  const { spec } = session;
  const left = leftBefore(facts);
  const all = candidates(spec, facts);
  if (all.length === 0) return { leaving: [], left, removes: [] };
  const standings = await standingsOf(session, all);
  const leaving = leftOut(spec, facts).filter(({ name }) => standings.get(name)?.is !== 'absent');
  // Pods that are to go elsewhere may need the hosts that are about to come.
  const joins = spec.hosts.some(({ name }) => isFresh(facts.get(name)));
  if (!removes || joins) return { leaving, left, removes: [] };
  const begun = new Set(left.map(({ name }) => name));
  const known = all.filter(({ name }) => standings.get(name)?.is !== 'unseen');
  const reached = await reachedOf(session, known, begun);
  return {
    leaving,
    left,
    removes: all.flatMap(peer => {
      const [standing, there] = [standings.get(peer.name), reached.get(peer.name)];
      return standing && there ? (removedAs(peer, standing, there, begun.has(peer.name)) ?? []) : [];
    }),
  };
}

async function standingsOf(
  session: Pick<Session, 'ask'>,
  all: readonly Peer[],
): Promise<ReadonlyMap<string, NodeStanding>> {
  const asked = all.map(({ name }) => ({ name, fact: nodeStanding(name) }));
  const answers = await session.ask(
    asked.map(({ name, fact }) => ({ id: name, host: clusterHost, question: fact.question })),
  );
  return new Map(
    asked.map(({ name, fact }) => {
      const answer = factValue(fact, answers.get(name));
      return [name, 'value' in answer ? answer.value : { is: 'unseen' }] as const;
    }),
  );
}

/** Whatever answers at these addresses is asked whose it is, before anything else. */
async function reachedOf(
  session: Asked,
  all: readonly Peer[],
  begun: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Reached>> {
  const hosts = await Promise.all(
    all.map(async (peer): Promise<Host> => {
      const ssh = (await wayTo(session.dir, peer)) ?? commonAccess(session.spec);
      return { name: peer.name, address: peer.address, roles: [], labels: {}, taints: [], ssh };
    }),
  );
  await session.reach(hosts);
  const answering = hosts.map(({ name }) => name).filter(name => !session.lost.has(name));
  const carried = await carriedBeside(session, answering);
  const beside = new Map([...carried].map(([name, one]) => [name, ownedBy(one, begun.has(name))] as const));
  const ours = hosts.filter(({ name }) => beside.get(name)?.owner === 'ours');
  const asked = ours.map(({ name, address }) => ({ name, fact: hostFacts(address) }));
  const answers = await session.ask(asked.map(({ name, fact }) => ({ id: name, host: name, question: fact.question })));
  const facts = new Map(asked.map(({ name, fact }) => [name, factValue(fact, answers.get(name))] as const));
  return new Map(hosts.map(host => [host.name, reachedAs(host, session, beside.get(host.name), facts)] as const));
}

/** Keys go before the rest: a reset of ours that was cut off has left a host without any, and with our marks. */
const ownedBy = (one: Beside, begun: boolean): Beside =>
  one.owner === 'empty' && one.marked && begun ? { ...one, owner: 'ours' } : one;

function reachedAs(
  host: Host,
  { lost }: Pick<Session, 'lost'>,
  beside: Beside | undefined,
  facts: ReadonlyMap<string, { readonly value: HostFacts } | { readonly why: string }>,
): Reached {
  if (!beside) return { is: 'unseen', why: lost.get(host.name)?.message ?? 'it was not asked' };
  if (beside.owner === 'unseen') return { is: 'unseen', why: beside.carries };
  if (beside.owner === 'empty') return { is: 'empty' };
  if (beside.owner !== 'ours') return { is: 'strange', carries: beside.carries };
  const fact = facts.get(host.name);
  if (!fact || 'why' in fact) return { is: 'unseen', why: fact?.why ?? 'it was not asked' };
  const name = fact.value.built?.name;
  return name === undefined || name === host.name
    ? { is: 'here', host, fact: fact.value }
    : { is: 'strange', carries: `the host ${name} of this cluster` };
}
