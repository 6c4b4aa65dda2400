/** `kw heal`: therapy as a plan, proof by asking again, and the way back where the proof fails. */
import { exitOf, type Report } from '../../clinic/examine/report.js';
import type { Sign } from '../../clinic/examine/unexplained/index.js';
import { subjectText } from '../../clinic/examine/verdict.js';
import { identityOf } from '../../clinic/read/identity.js';
import { claim } from '../vault/identity.js';
import { closed, type HealState, type Examination, type Healed, type Healing, overBy } from './state.js';
import { isMeant, textOf } from './illness.js';
import { keysOf } from './judge.js';
import { type InProgress, readInProgress } from './pending.js';
import { round } from './round.js';
import { examinedWithoutGaps, unseen } from './gaps.js';
import { keyOf, treatmentsOf } from './treatments.js';

export {
  type Acted,
  type Examination,
  type Healed,
  type Healing,
  defaultTimeouts,
  type Timeouts,
} from './state.js';

export const heal = async (parts: Healing): Promise<Healed> => {
  const state: HealState = {
    cured: [],
    takenBack: [],
    problems: [],
    backups: [],
    inProgress: [],
    refused: [],
  };
  let seen = await examinedWithoutGaps(parts);
  const cluster = identityOf(seen.chart);
  if (!parts.dryRun) await claim(parts.dir, cluster);
  state.inProgress.push(...(await readInProgress(parts.dir, cluster)));
  for (const one of state.inProgress) parts.tell(cutOff(one, parts.chosen));
  let code: number | undefined;
  const first = seen.report;
  for (let count = 0; count < parts.timeouts.rounds && code === undefined; count += 1) {
    const { treatments, refusals } = treatmentsOf(seen.report, seen.chart, parts.cases, parts.chosen);
    state.refused = refusals;
    if (treatments.length === 0) break;
    const treated = new Set(treatments.map(one => keyOf(one.case, one.finding)));
    const ended = await round(parts, state, seen, treatments);
    if (typeof ended === 'number') code = ended;
    else seen = await settled(parts, ended, treated, first);
  }
  if (code === undefined && !parts.dryRun) await closed(parts, state, overBy(state.inProgress, seen.report));
  const left = [...keysOf({ ...seen.report, causes: seen.report.causes.map(one => ({ ...one, consequences: [] })) })];
  const exitCode = code ?? exitCodeOf(parts, state, seen);
  return {
    exitCode,
    unseen: exitCode === 3 ? unseen(parts.chosen, seen.report) : [],
    cured: state.cured,
    refused: state.refused,
    takenBack: state.takenBack,
    problems: state.problems,
    backups: state.backups,
    left,
  };
};

const cutOff = ({ at, treats }: InProgress, chosen: readonly string[]): string => {
  const goesOn = chosen.length === 0 || treats.some(({ illness }) => isMeant(illness, chosen));
  return (
    `a therapy begun ${at} was cut off (${treats.map(({ illness }) => textOf(illness)).join(', ')}); ` +
    (goesOn
      ? 'Resuming from the hosts’ current state'
      : 'it stays remembered, and kw heal without a case goes on with it')
  );
};

/**
 * What followed from a cured case mostly goes by itself: it is waited for before it is treated as an illness of its
 * own, and before the cluster is called ill without a cause.
 */
const settled = async (
  parts: Healing,
  proven: Examination,
  treated: ReadonlySet<string>,
  first: Report,
): Promise<Examination> => {
  const end = parts.clock().getTime() + parts.timeouts.settleSeconds * 1000;
  const before = new Set(first.unexplained?.map(signKey));
  let seen = proven;
  const mayGo = (): boolean => {
    const { treatments } = treatmentsOf(seen.report, seen.chart, parts.cases, parts.chosen);
    if (treatments.length > 0) return treatments.every(one => !treated.has(keyOf(one.case, one.finding)));
    return parts.chosen.length === 0 && (seen.report.unexplained ?? []).some(one => !before.has(signKey(one)));
  };
  while (mayGo() && parts.clock().getTime() < end) {
    await parts.sleep(parts.timeouts.everySeconds);
    seen = await parts.examine();
  }
  return seen;
};

const signKey = ({ kind, host, subject }: Sign): string => `${kind} ${host} ${subjectText(subject)}`;

/** Who chose some cases is told about those: 0 where none of them is ill, and all of them could see. */
const exitCodeOf = ({ chosen, cases }: Healing, { refused }: HealState, { report, chart }: Examination): number => {
  if (chosen.length === 0) return exitOf(report);
  const own = treatmentsOf(report, chart, cases, chosen);
  if (own.treatments.length + own.refusals.length + refused.length > 0) return 2;
  return unseen(chosen, report).length > 0 ? 3 : 0;
};
