/**
 * Carries a round's plan out, and proves each group of its therapies by itself: what helped stays, what did not is
 * taken back.
 */
import { identityOf } from '../../clinic/read/identity.js';
import { exitCodes } from '../../model/event.js';
import type { Plan } from '../../model/plan.js';
import type { Resource } from '../../model/resource.js';
import { type Group, groupsOf, hasFailed } from './groups.js';
import { keyOf, textOf } from './illness.js';
import { cured, type Judgement, judge, judgementText, newSince } from './judge.js';
import { type InProgress, writeInProgress } from './pending.js';
import { keep, markLeft, rollback } from './rollback.js';
import { type Acted, closed, type Examination, type Healing, type HealState, overBy } from './state.js';
import type { Treatment } from './treatments.js';

interface Carried {
  readonly parts: Healing;
  readonly state: HealState;
  readonly before: Examination;
  readonly groups: readonly Group[];
}

export const acted = async (
  parts: Healing,
  state: HealState,
  before: Examination,
  treated: readonly Treatment[],
  planned: { readonly plan: Plan; readonly resources: readonly Resource[] },
): Promise<Examination | number> => {
  const round: Carried = { parts, state, before, groups: groupsOf(treated, planned, before.chart) };
  let inProgress: readonly InProgress[] | undefined;
  let ended: Examination | number = exitCodes.unproven;
  await parts.act(planned.plan, planned.resources, {
    // Under the lock: what another run is changing at this moment is not a state to come back to.
    before: async () => {
      inProgress = await keptOf(round);
    },
    afterwards: async outcome => {
      if (!inProgress) throw new Error('the therapy ran, and nothing was kept before');
      ended = await afterwards(round, inProgress, outcome);
    },
  });
  return ended;
};

const keptOf = async ({ parts, state, before, groups }: Carried): Promise<readonly InProgress[]> => {
  const [id, at, cluster] = [parts.newId(), parts.clock().toISOString(), identityOf(before.chart)];
  const inProgress = await Promise.all(
    groups.map((group, index) =>
      keep({ id: groups.length === 1 ? id : `${id}-${index}`, at, cluster }, group.treated, group, parts),
    ),
  );
  state.inProgress.push(...inProgress);
  await writeInProgress(parts.dir, state.inProgress);
  parts.emit?.({ type: 'therapy-started', treats: groups.flatMap(namesOf) });
  return inProgress;
};

const afterwards = async (
  round: Carried,
  inProgress: readonly InProgress[],
  outcome: Acted,
): Promise<Examination | number> => {
  const { parts, state, before, groups } = round;
  // A person who stopped it may go on with it: nothing is taken back behind their back.
  if (outcome.exitCode === 130) {
    state.problems.push('stopped; kw heal goes on from here');
    return 130;
  }
  await markLeft(inProgress, parts);
  const failed = groups.filter(group => !outcome.ok && hasFailed(group, outcome.failures));
  const tried = groups.filter(group => !failed.includes(group));
  const proof = tried.length > 0 ? await proven(parts, before, tried) : undefined;
  const good = tried.filter(group => proof && cured(judgementOf(proof, group)));
  tellCured(round, good);
  const over = inProgress.filter((_, index) => good.some(group => group === groups[index]));
  if (proof) {
    tellNew(round, proof.seen);
    const others = state.inProgress.filter(one => !inProgress.includes(one));
    await closed(parts, state, [...over, ...overBy(others, proof.seen.report)]);
  }
  if (proof && good.length === groups.length) return proof.seen;
  if (failed.length > 0) state.problems.push(`the therapy failed: ${outcome.message}`);
  const bad = tried.filter(group => !good.includes(group));
  state.problems.push(...bad.flatMap(group => (proof ? judgementText(judgementOf(proof, group)) : [])));
  await undo(parts, state, [...failed, ...bad].flatMap(namesOf));
  return outcome.ok ? exitCodes.unproven : outcome.exitCode;
};

const namesOf = ({ treated }: Group): readonly string[] => treated.map(one => keyOf(one.case, one.finding));

const tellCured = ({ parts, state }: Pick<Carried, 'parts' | 'state'>, good: readonly Group[]): void => {
  const names = good.flatMap(namesOf);
  state.cured.push(...names);
  if (names.length > 0) parts.emit?.({ type: 'therapy-proven', treats: names });
};

const tellNew = ({ parts, before, groups }: Carried, { report }: Examination): void => {
  for (const one of newSince(before.report, report, groups))
    parts.tell(`new since, elsewhere, and no reason to take anything back: ${one}`);
};

/**
 * With it goes what was begun against the same illness and cut off: half a therapy under a failed one would stay for
 * good.
 */
const undo = async (parts: Healing, state: HealState, names: readonly string[]): Promise<void> => {
  const own = state.inProgress.filter(one => one.treats.some(({ illness }) => names.includes(textOf(illness))));
  if (own.length === 0) return;
  parts.tell(`taking the therapy back: ${state.problems.join('; ')}`);
  const { whole, failed, lasting } = await rollback(own, parts);
  state.takenBack.push(...whole);
  if (whole.length > 0) parts.emit?.({ type: 'therapy-rolled-back', treats: whole });
  state.problems.push(
    ...failed.map(one => `not taken back: ${one}`),
    ...lasting.map(one => `cannot be taken back: ${one}`),
  );
  // Where it may be tried again, all of it stays remembered, and its copies stay on the hosts.
  if (failed.length === 0) await closed(parts, state, own);
};

interface Proof {
  readonly judgements: ReadonlyMap<Group, Judgement>;
  readonly seen: Examination;
}

const judgementOf = ({ judgements }: Proof, group: Group): Judgement =>
  judgements.get(group) ?? { still: namesOf(group), fresh: [], blind: [], newlyUnknown: [] };

/**
 * Asked again until all are cured or the time is up: certificates are read again, nodes become Ready, leases pass on.
 */
const proven = async (parts: Healing, before: Examination, groups: readonly Group[]): Promise<Proof> => {
  const began = parts.clock().getTime();
  for (;;) {
    const seen = await parts.examine();
    const judgements = new Map(groups.map(group => [group, judge(before.report, seen.report, group)] as const));
    const all = [...judgements.values()];
    const gone = (parts.clock().getTime() - began) / 1000;
    const { proofSeconds, settleSeconds } = parts.timeouts;
    const quiet = all.every(one => one.newlyUnknown.length === 0) || gone >= settleSeconds;
    if (all.every(cured) ? quiet : gone >= proofSeconds) return { judgements, seen };
    const open = all.flatMap(one => [...judgementText(one), ...one.newlyUnknown]);
    parts.tell(`not yet: ${[...new Set(open)].slice(0, 3).join('; ')}`);
    await parts.sleep(parts.timeouts.everySeconds);
  }
};

/** Everything that the therapy wants is so already (a run that was cut off did it); only its effect is awaited. */
export const waitOnly = async (
  parts: Healing,
  state: HealState,
  before: Examination,
  treated: readonly Treatment[],
  planned: { readonly plan: Plan; readonly resources: readonly Resource[] },
): Promise<Examination | number> => {
  const groups = groupsOf(treated, planned, before.chart);
  const proof = await proven(parts, before, groups);
  const [good, bad] = [true, false].map(want => groups.filter(one => cured(judgementOf(proof, one)) === want));
  tellCured({ parts, state }, good ?? []);
  await closed(parts, state, overBy(state.inProgress, proof.seen.report));
  if (!bad || bad.length === 0) return proof.seen;
  state.problems.push(
    ...bad.flatMap(group => judgementText(judgementOf(proof, group))),
    'the therapy is in place already, and does not help',
  );
  await undo(parts, state, bad.flatMap(namesOf));
  return exitCodes.unproven;
};
