/**
 * What a text means: its candidates, and with a cluster at hand what was found behind it, the cause before the
 * consequence.
 */
import type { Case } from '../case.js';
import type { Chart } from '../chart/chart.js';
import { examine } from '../examine/examine.js';
import { type Candidate, explainText } from './explain.js';
import { type Diagnosis, flat, type Report } from '../examine/report.js';
import type { Account } from './account.js';
import { complaintIn } from './complaint.js';
import { uncut } from './ellipses.js';
import { accountsIn } from './grammar.js';
import { type Outside, outsideIn } from './outside/outside.js';
import { informs, loud } from './outside/severity.js';
import { strangersIn } from './outside/strangers.js';
import { type BadCureSaid, badCuresIn } from './bad-cures.js';
import { inPieces, type Shortened, shortened } from './long.js';
import { type Pinned, pinnedIn } from './pins.js';
import { recordsOf } from './records.js';
import { type Refused, refusedIn } from './refusal.js';
import { unclaimedIn } from './weigh.js';

export interface Answer {
  readonly candidates: readonly Candidate[];
  /** The text refuses somebody something. */
  readonly refused?: Refused;
  /** The text has the hash of a CA, as `kubeadm join` takes it. */
  readonly pinned?: Pinned;
  /** Cures in the text that make it worse. */
  readonly badCures: readonly BadCureSaid[];
  /** With a cluster at hand: an examination, cut down to what this text can mean. */
  readonly report?: Report;
  /** What is ill besides, though this text does not name it: `case/variant title`. */
  readonly besides?: readonly { readonly case: string; readonly variant: string; readonly title: string }[];
  /** A part of the text is cut or hidden, perhaps the one that decides. */
  readonly cut?: true;
  /** The text is so long that its beginning was not read: characters. */
  readonly unread?: NonNullable<Shortened['unread']>;
  /** Harmless, or not the cluster's fault: an answer of its own. */
  readonly outside?: readonly Outside[];
  /** What the text says in the grammar of logs, the last first. */
  readonly accounts?: readonly Account[];
  /** Where no case fits, or only words that many share: the record that says most. */
  readonly record?: Account;
  /** How far the first candidate stands out; absent: there is none. */
  readonly sure?: Sure;
}

export type Sure = 'likely' | 'one-of-several' | 'effect' | 'only-generic';

export const answer = (given: string, cases: readonly Case[], chart?: Chart): Answer => {
  const { text: kept, unread } = shortened(given);
  const text = inPieces(uncut(recordsOf(kept)));
  return { ...answerTo(text, cases, chart), ...(unread && { unread }) };
};

const answerTo = (text: string, cases: readonly Case[], chart: Chart | undefined): Answer => {
  const refused = refusedIn(text, chart);
  const pinned = pinnedIn(text, chart);
  const { outside: known, rest: asked } = outsideIn(text);
  // A cluster at hand tests every candidate; without one, a line that is explained names no illness.
  const all = explainText(chart ? text : asked, cases, chart).map(one => withRefusal(one, refused));
  const accounts = accountsIn(text);
  // Nor do words that follow any trouble where the text itself says who failed with whom, and how.
  const told = known.length > 0 || unclaimedIn(accounts, cases) !== undefined;
  const candidates = told && !chart ? all.filter(one => one.weight >= telling) : all;
  const outside =
    known.length === 0 && candidates.length === 0 && !refused && !pinned ? lastResort(accounts, text) : known;
  const sure = sureness(candidates);
  const record =
    sure === 'likely' || sure === 'one-of-several'
      ? undefined
      : outside.length > 0
        ? besides(outside, asked)
        : inWords(unclaimedIn(accounts, cases) ?? accounts[0], text);
  const base: Answer = {
    candidates,
    ...(refused && { refused }),
    ...(pinned && { pinned }),
    badCures: badCuresIn(text, cases),
    ...(outside.length > 0 && { outside }),
    ...(accounts.length > 0 && { accounts }),
    ...(record && { record }),
    ...(sure && { sure }),
    ...(isCut(text) && { cut: true as const }),
  };
  if (!chart || (candidates.length === 0 && !refused)) return base;
  const whole = examine(chart, cases);
  const confirmed = new Set(candidates.filter(one => one.tested?.result === 'confirmed').map(one => one.case));
  const [causes, rest] = parted(whole.causes, one => flat([one]).some(each => confirmed.has(each.case)));
  return {
    ...base,
    report: { ...about(whole, candidates, causes, refused), symptom: text.trim().slice(0, 200) },
    besides: rest.map(one => ({ case: one.case, variant: one.variant, title: one.title })),
  };
};

const lastResort = (accounts: readonly Account[], text: string): readonly Outside[] => {
  const told = informs(accounts, text);
  return told.length > 0 ? told : strangersIn(accounts, text);
};

/** Beside what is harmless another line of the text may be an error, and no case is known for it. */
const besides = (outside: readonly Outside[], rest: string): Account | undefined =>
  outside.every(one => one.kind === 'harmless')
    ? accountsIn(loud(rest)).find(one => one.whom !== undefined && one.how !== 'failed')
    : undefined;

/** What does not say how it went is told in its own words. */
const inWords = (record: Account | undefined, text: string): Account | undefined => {
  if (record && record.how !== 'failed') return record;
  const words = complaintIn(text);
  return words === undefined ? record : { ...record, how: 'failed', words };
};

/** Below this, only words that many troubles share have matched. */
const telling = 6;

const sureness = ([first, second]: readonly Candidate[]): Sure | undefined =>
  first === undefined
    ? undefined
    : first.weight < telling
      ? 'only-generic'
      : first.open
        ? 'effect'
        : second === undefined || first.weight >= 1.5 * second.weight
          ? 'likely'
          : 'one-of-several';

/** The refusal of the text is a test of its own: the case looks only for bindings that are wrong whoever asks. */
const withRefusal = (one: Candidate, refused: Refused | undefined): Candidate => {
  if (one.case !== 'forbidden-for-user' || one.tested?.result !== 'refuted' || refused?.result !== 'refused')
    return one;
  return { ...one, tested: { result: 'confirmed', says: refused.says } };
};

const about = (
  whole: Report,
  candidates: readonly Candidate[],
  causes: readonly Diagnosis[],
  refused: Refused | undefined,
): Report => {
  const asked = new Set(candidates.map(one => one.case));
  const of = <T extends { readonly case: string }>(all: readonly T[]): readonly T[] =>
    all.filter(one => asked.has(one.case));
  const confirmed = refused?.result === 'refused' || candidates.some(one => one.tested?.result === 'confirmed');
  const { unexplained: _, ...rest } = whole;
  return {
    ...rest,
    causes,
    refuted: of(whole.refuted).filter(
      one => candidates.find(each => each.case === one.case)?.tested?.result !== 'confirmed',
    ),
    unknown: of(whole.unknown),
    notApplicable: of(whole.notApplicable),
    benign: of(whole.benign),
    verdict: confirmed
      ? 'ill'
      : candidates.length === 0 || candidates.some(one => one.tested?.result === 'unknown')
        ? 'unseen'
        : 'healthy',
  };
};

const parted = <T>(all: readonly T[], fits: (one: T) => boolean): readonly [readonly T[], readonly T[]] => [
  all.filter(fits),
  all.filter(one => !fits(one)),
];

const isCut = (text: string): boolean => /redacted|\*{3,}|<hidden>|\bx{4,}\b|\[\.\.\.\]|(\.\.\.|…)\s*$/i.test(text);
