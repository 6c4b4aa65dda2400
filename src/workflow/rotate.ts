/**
 * One phase of an exchange: the next one, or the one that was begun. It is a plan like any other; between two phases
 * days may pass, in which `kw up` and `kw plan` want what stands.
 */
import type { Session } from '../engine/session.js';
import type { ClusterSpec } from '../model/cluster.js';
import { type EventBody, WorldFailed } from '../model/event.js';
import type { RotationNeed, RotationPhase } from '../model/rotation.js';
import { refuseAdopted } from './adopted.js';
import { type Drafted, draftFor, factsOf } from './build/draft.js';
import { type Ended, execute } from './build/execute.js';
import { stops } from './build/preflight.js';
import type { ClusterFile } from './cluster-file.js';
import { mistaken } from './mistaken.js';
import type { Ports } from './ports.js';
import { rotatables } from './rotate/index.js';
import { agreed, questionOf } from './rotate/consent.js';
import { type Position, positionOf } from './rotate/position.js';
import { provePhase } from './rotate/prove.js';
import type { Phase, Rotatable, Turning } from './rotate/rotatable.js';
import { artifactsOf, begin, open, type Story } from './story.js';

export interface RotateOptions {
  readonly name: string;
  readonly yes?: boolean | undefined;
  /** The cluster's name, typed: the old one goes though something needs it. */
  readonly phrase?: string | undefined;
}

/** `phase`: the one that was played; `needs`: what has to be seen to before the next one. */
export type Rotated = Ended & {
  readonly phase: RotationPhase;
  readonly next?: { readonly phase: string; readonly says: string; readonly needs: readonly RotationNeed[] };
};

export async function rotate(file: ClusterFile, ports: Ports, options: RotateOptions): Promise<Rotated> {
  refuseAdopted(file.spec);
  const thing = thingOf(options.name);
  refuseHere(thing, file.spec);
  checkPhrase(file.spec.name, options.phrase);
  const story = begin(ports, file.warnings);
  const artifacts = artifactsOf(story, file.spec);
  const session = await open(story, file, { purpose: 'change', keys: 'fetch' });
  try {
    allSeen(session);
    const drafted = await draftFor(story, session, artifacts);
    const position = await whereIs(thing, turningOf(story, session, drafted), drafted);
    const phase = told(thing, position);
    story.emit({ type: 'rotation-phase', ...phase });
    if (stops(drafted.preflight)) return { ended: 'refused', phase };
    const { wants } = position.phase;
    const begins = wants && !position.again;
    const turned = begins
      ? await draftFor(story, session, artifacts, {
          turns: known => wants({ ...turningOf(story, session, drafted), input: known.input }),
        })
      : drafted;
    const at = turningOf(story, session, turned);
    const needs = position.again ? [] : await needsOf(story, thing, position.phase, at);
    if (needs.length > 0 && options.phrase !== file.spec.name) throw needed(thing, needs, file.spec.name);
    const ended = await carryOut(story, session, turned, { thing, position, phase, at, file, options });
    return { ...ended, phase, ...(await following(story, thing, position, at, ended)) };
  } finally {
    session.close();
  }
}

interface Playing {
  readonly thing: Rotatable;
  readonly position: Position;
  readonly phase: RotationPhase;
  readonly at: Turning;
  readonly file: ClusterFile;
  readonly options: RotateOptions;
}

async function carryOut(story: Story, session: Session, drafted: Drafted, playing: Playing): Promise<Ended> {
  const { thing, position, phase, at, file, options } = playing;
  const question = questionOf(phase);
  const { plan } = drafted;
  if (plan.steps.length === 0 && !(await agreed(story, question, options.yes === true))) return { ended: 'refused' };
  return execute(story, session, drafted, plan, {
    command: `kw rotate ${thing.name}`,
    yes: options.yes === true,
    question,
    applies: file.text,
    beforeFirstStep: () => at.vault.keep(),
    afterwards: async ({ emit }) => {
      await position.phase.act?.(at, says => emit({ type: 'note', says }));
      const proven = await provePhase(position.phase, at, emit);
      if (proven) await position.phase.settle?.(at);
      return proven;
    },
  });
}

const thingOf = (name: string): Rotatable => {
  const thing = rotatables.find(one => one.name === name);
  if (thing) return thing;
  throw mistaken(
    'unknown-word',
    `'${name}' is nothing that can be rotated`,
    rotatables.map(one => `kw rotate ${one.name}`).join(', or '),
  );
};

const refuseHere = ({ refuses }: Rotatable, spec: ClusterSpec): void => {
  const refused = refuses?.(spec);
  if (refused) throw mistaken('not-here', refused.says, refused.help);
};

const checkPhrase = (cluster: string, phrase: string | undefined): void => {
  if (phrase === undefined || phrase === cluster) return;
  throw mistaken(
    'wrong-phrase',
    `this would change the cluster ${cluster}, but you named ${phrase}`,
    `--yes-i-mean ${cluster}`,
  );
};

/** Whoever is away would come back with what the others have dropped. */
const allSeen = ({ lost }: Session): void => {
  const [first] = [...lost];
  if (!first) return;
  throw new WorldFailed({
    class: 'unreachable',
    message: `${[...lost.keys()].join(', ')} cannot be reached, and would not follow the others (${first[1].message})`,
    help: 'make them reachable, or take them out of the cluster first (docs/operations/replace.md)',
  });
};

async function whereIs(thing: Rotatable, at: Turning, drafted: Drafted): Promise<Position> {
  const unseen = drafted.plan.unseen.map(({ host }) => host);
  if (unseen.length > 0)
    throw new WorldFailed({
      class: 'unreachable',
      hosts: unseen,
      message: `what ${unseen.join(', ')} have could not be seen`,
      help: 'kw status',
    });
  if (thing.stands(at.input.spec, at.input.facts) > 0 || drafted.plan.steps.length === 0)
    return positionOf(thing, at, drafted);
  throw mistaken(
    'not-converged',
    `the cluster is not as its file asks yet (${drafted.plan.steps.length} changes), and a rotation begins from ` +
      'there',
    'kw up, then this again',
  );
}

const turningOf = ({ ports }: Story, session: Session, { vault, input }: Drafted): Turning => ({
  session,
  vault,
  input,
  clock: ports.clock,
});

const told = (thing: Rotatable, { phase, at, again }: Position): RotationPhase => ({
  thing: thing.name,
  phase: phase.name,
  number: at,
  of: thing.phases.length,
  says: phase.says,
  again,
  ...(phase.noReturn === undefined ? {} : { noReturn: phase.noReturn }),
});

async function needsOf({ emit }: Story, thing: Rotatable, phase: Phase, at: Turning) {
  const needs = (await phase.needs?.(at)) ?? [];
  if (needs.length > 0) emit({ type: 'rotation-needs', thing: thing.name, needs } satisfies EventBody);
  return needs;
}

const needed = (thing: Rotatable, needs: readonly RotationNeed[], cluster: string): WorldFailed =>
  new WorldFailed({
    class: 'refused',
    message: `named above: ${needs.length} that still ${needs.length === 1 ? 'needs' : 'need'} the old one`,
    help:
      'see to them and run this again (docs/operations/rotate.md says how); to go on without them: ' +
      `kw rotate ${thing.name} --yes-i-mean ${cluster}`,
  });

/** What the next phase will ask for, while there is time to see to it. */
async function following(
  story: Story,
  thing: Rotatable,
  { at: now }: Position,
  at: Turning,
  ended: Ended,
): Promise<Pick<Rotated, 'next'>> {
  const next = thing.phases[now];
  if (ended.ended !== 'ran' || !ended.outcome.ok || !ended.proven || !next) return {};
  const { facts } = await factsOf(at.session);
  const needs = await needsOf(story, thing, next, { ...at, input: { ...at.input, facts } });
  return { next: { phase: next.name, says: next.says, needs } };
}
