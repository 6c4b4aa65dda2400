/** One round: therapies become one plan, what it touches is kept, it is carried out, and proven or taken back. */
import { exitCodes } from '../../model/event.js';
import type { Plan } from '../../model/plan.js';
import { clusterHost, idOf, type Resource, type ResourceId } from '../../model/resource.js';
import { draft } from '../../plan/draft.js';
import type { Seen } from '../survey.js';
import { backupEtcd } from './backup.js';
import { type Acted, closed, type Course, type Examination, type Healing, overBy } from './course.js';
import { cured, type Judgement, judge, judgementText } from './judge.js';
import { merge } from './merge.js';
import { writeBegun } from './pending.js';
import { keep, takeBack } from './take-back.js';
import { keyOf, type Treatment } from './treatments.js';

/** The examination after a proven round, or the exit code with which healing ends. */
export const round = async (
  parts: Healing,
  course: Course,
  before: Examination,
  all: readonly Treatment[],
): Promise<Examination | number> => {
  const { plan, resources, treated, refused } = await planned(parts, all);
  course.refused = [...course.refused, ...refused];
  if (treated.length === 0) return exitCodes.unreachable;
  if (parts.dryRun) {
    await parts.agree(plan, treated);
    return 2;
  }
  if (plan.steps.length === 0) return waitOnly(parts, course, before, treated);
  if (!(await parts.agree(plan, treated))) return exitCodes.refused;
  if (treated.some(one => one.therapy.backup)) {
    const where = await backupEtcd(parts.etcdHosts, `before-heal-${parts.newId()}`, parts.run);
    course.backups.push(where);
    parts.tell(`backup of etcd on ${where}`);
  }
  return acted(parts, course, before, treated, { plan, resources });
};

interface Planned {
  readonly plan: Plan;
  readonly resources: readonly Resource[];
  readonly treated: readonly Treatment[];
  readonly refused: Course['refused'];
}

/** A therapy on a host that cannot be seen is refused as a whole: half of it would be an illness of its own. */
const planned = async (parts: Healing, all: readonly Treatment[]): Promise<Planned> => {
  const first = merge(all, parts.kinds);
  const answers = await looked(parts, first.resources);
  const unseen = (treatment: Treatment): string | undefined =>
    treatment.therapy.want.flatMap(one => {
      const seen = answers.get(idOf(one));
      return seen && 'missing' in seen ? [`${one.host}: ${seen.missing}`] : [];
    })[0];
  const refused = first.treated.flatMap(({ case: one, finding, therapy }) => {
    const why = unseen({ case: one, finding, therapy });
    return why === undefined
      ? []
      : [
          {
            case: one,
            finding,
            refusal: {
              refused: `its therapy needs a host that cannot be seen (${why})`,
              advice: ['make the host reachable, then run kw heal again'],
            },
          },
        ];
  });
  const { resources, treated } =
    refused.length === 0
      ? first
      : merge(
          first.treated.filter(one => unseen(one) === undefined),
          parts.kinds,
        );
  const plan = draft({
    cluster: parts.cluster,
    spec: { treats: treated.map(one => keyOf(one.case, one.finding)) },
    resources,
    answers,
    kinds: parts.kinds,
    takesBack: true,
  });
  return { plan, resources, treated, refused };
};

/** An API that does not answer (yet) is no reason to leave out what lives in it: each step looks again before it acts. */
const looked = async (parts: Healing, resources: readonly Resource[]): Promise<ReadonlyMap<ResourceId, Seen>> => {
  const answers = new Map(await parts.look(resources));
  for (const one of resources) {
    const answer = answers.get(idOf(one));
    if (one.host === clusterHost && answer && 'missing' in answer)
      answers.set(idOf(one), { raw: '{"status":0,"body":null}' });
  }
  return answers;
};

const acted = async (
  parts: Healing,
  course: Course,
  before: Examination,
  treated: readonly Treatment[],
  { plan, resources }: Pick<Planned, 'plan' | 'resources'>,
): Promise<Examination | number> => {
  const names = treated.map(one => keyOf(one.case, one.finding));
  const begun = await keep(parts.newId(), parts.clock().toISOString(), treated, { plan, resources }, parts);
  course.begun.push(begun);
  await writeBegun(parts.dir, course.begun);
  parts.emit?.({ type: 'therapy-started', treats: names });
  let ended: Examination | number = exitCodes.unproven;
  await parts.act(plan, resources, async (outcome: Acted) => {
    // A person who stopped it may go on with it: nothing is taken back behind their back.
    if (outcome.exitCode === 130) {
      course.problems.push('stopped; kw heal goes on from here');
      ended = 130;
      return;
    }
    const proof = outcome.ok ? await proven(parts, before, treated) : undefined;
    if (proof && cured(proof.judgement)) {
      course.cured.push(...names);
      parts.emit?.({ type: 'therapy-proven', treats: names });
      ended = proof.seen;
      await closed(parts, course, [
        begun,
        ...overBy(
          course.begun.filter(one => one !== begun),
          proof.seen.report,
        ),
      ]);
      return;
    }
    course.problems.push(...(proof ? judgementText(proof.judgement) : [`the therapy failed: ${outcome.said}`]));
    await undo(parts, course, names);
    ended = outcome.ok ? exitCodes.unproven : outcome.exitCode;
  });
  return ended;
};

/** With it goes what was begun against the same illness and cut off: half a therapy under a failed one would stay for good. */
const undo = async (parts: Healing, course: Course, names: readonly string[]): Promise<void> => {
  const own = course.begun.filter(one => one.treats.some(key => names.includes(key)));
  if (own.length === 0) return;
  parts.tell(`taking the therapy back: ${course.problems.join('; ')}`);
  const { whole, failed, lasting } = await takeBack(own, parts);
  course.takenBack.push(...whole);
  if (whole.length > 0) parts.emit?.({ type: 'therapy-rolled-back', treats: whole });
  course.problems.push(
    ...failed.map(one => `not taken back: ${one}`),
    ...lasting.map(one => `cannot be taken back: ${one}`),
  );
  // Where it may be tried again, all of it stays remembered, and its copies stay on the hosts.
  if (failed.length === 0) await closed(parts, course, own);
};

interface Proof {
  readonly judgement: Judgement;
  readonly seen: Examination;
}

/** Asked again until it is cured or the time is up: certificates are read again, nodes become Ready, leases pass on. */
const proven = async (parts: Healing, before: Examination, treated: readonly Treatment[]): Promise<Proof> => {
  const began = parts.clock().getTime();
  for (;;) {
    const seen = await parts.examine();
    const judgement = judge(before.report, seen.report, treated);
    const gone = (parts.clock().getTime() - began) / 1000;
    const { proofSeconds, settleSeconds } = parts.patience;
    if (cured(judgement) ? judgement.dim.length === 0 || gone >= settleSeconds : gone >= proofSeconds)
      return { judgement, seen };
    parts.tell(`not yet: ${[...judgementText(judgement), ...judgement.dim].slice(0, 3).join('; ')}`);
    await parts.sleep(parts.patience.everySeconds);
  }
};

/** Everything that the therapy wants is so already (a run that was cut off did it); only its effect is awaited. */
const waitOnly = async (
  parts: Healing,
  course: Course,
  before: Examination,
  treated: readonly Treatment[],
): Promise<Examination | number> => {
  const { judgement, seen } = await proven(parts, before, treated);
  const names = treated.map(one => keyOf(one.case, one.finding));
  if (cured(judgement)) {
    course.cured.push(...names);
    parts.emit?.({ type: 'therapy-proven', treats: names });
    await closed(parts, course, overBy(course.begun, seen.report));
    return seen;
  }
  course.problems.push(...judgementText(judgement), 'the therapy is in place already, and does not help');
  await undo(parts, course, names);
  return exitCodes.unproven;
};
