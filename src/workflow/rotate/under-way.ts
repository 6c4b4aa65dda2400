/** What is being exchanged, by the hosts' files alone: for whoever only looks. Nothing is proven here. */
import type { Session } from '../../engine/session.js';
import { type ClusterSpec, withRole } from '../../model/cluster.js';
import type { HostFacts } from '../../model/host-facts.js';
import { refuseAdopted } from '../adopted.js';
import type { ClusterFile } from '../cluster-file.js';
import { factsOf, type Unseen } from '../build/draft.js';
import type { Ports } from '../ports.js';
import { begin, within } from '../story.js';
import { rotatables } from './index.js';

export interface Standing {
  readonly name: string;
  readonly says: string;
  /** How many phases stand; 0: nothing is under way. */
  readonly stands: number;
  readonly of: number;
  /** The phase that stands, and the next. */
  readonly phase?: string;
  readonly next?: string;
}

export interface Standings {
  readonly cluster: string;
  readonly rotations: readonly Standing[];
  readonly unseen: readonly Unseen[];
}

/** `kw rotate` without a name. Changes nothing. */
export async function standings(file: ClusterFile, ports: Ports): Promise<Standings> {
  refuseAdopted(file.spec);
  const story = begin(ports, file.warnings);
  return within(story, file, { purpose: 'look' }, async session => ({
    cluster: file.spec.name,
    ...(await standingsOf(session)),
  }));
}

export async function standingsOf(
  session: Pick<Session, 'spec' | 'ask'>,
): Promise<Pick<Standings, 'rotations' | 'unseen'>> {
  const controlPlanes = { ...session.spec, hosts: withRole(session.spec, 'controlPlane') };
  const { facts, unseen } = await factsOf({ ask: session.ask, spec: controlPlanes });
  return { rotations: rotatables.map(thing => standingOf(thing, session.spec, facts)), unseen };
}

const standingOf = (
  { name, says, phases, stands }: (typeof rotatables)[number],
  spec: ClusterSpec,
  facts: ReadonlyMap<string, HostFacts>,
): Standing => {
  const count = stands(spec, facts);
  const [phase, next] = [phases[count - 1]?.name, phases[count]?.name];
  return {
    name,
    says,
    stands: count,
    of: phases.length,
    ...(phase === undefined ? {} : { phase }),
    ...(next === undefined ? {} : { next }),
  };
};
