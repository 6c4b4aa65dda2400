/** How much a text speaks for a case: what few cases claim says most, what every log says nothing. */
import type { Case, Symptom } from '../case.js';
import { pattern } from '../../model/pattern.js';
import type { About, Account } from './account.js';
import { anyCase, once } from './once.js';
import type { Notion } from './speech/speech.js';

interface Weighed {
  readonly weight: number;
  readonly because: string;
  readonly benign?: string;
  /** All that speaks for it is an effect that other causes have too. */
  readonly open?: true;
}

/** Lines that follow any trouble: they support a case, they do not name one. */
const generic = pattern(
  /^(?:failed to run kubelet|(?:kubelet\S* )?main process exited.*|failedcreatepodsandbox|containercreating)$/i,
  /|^(?:dial tcp \S+|6443): (?:connect: )?(?:no route to host|i\/o timeout|connection refused)$/i,
  /|^(?:crashloopbackoff|error retrieving resource lock|node\(s\) were unschedulable|(?:node)?notready)$/i,
  /|^(?:connection refused|unauthorized|too many open files|i\/o timeout|unexpected EOF)$/i,
);

/** What was made of a text, for every case to be held against. */
export interface Read {
  readonly readings: readonly string[];
  readonly accounts: readonly Account[];
  readonly notions: ReadonlySet<Notion>;
}

interface Hit extends Weighed {
  /** Words that three illnesses or more claim. */
  readonly shared: boolean;
  /** In a person's own words. */
  readonly inSpeech?: true;
}

export const weigher = ({ readings, accounts, notions }: Read, cases: readonly Case[]) => {
  const claims = claimsOf(cases);
  const rarity = (key: string): number => Math.log((cases.length + 1) / (claims.get(key) ?? 1));
  const shared = (key: string): boolean => (claims.get(key) ?? 1) >= 3;
  const decided = unclaimedIn(accounts, cases) !== undefined || cases.some(one => recorded(one, accounts));
  const bySymptom = ({ text, benign, open }: Symptom): readonly Hit[] => {
    const hit = hitIn(text, readings);
    if (hit === undefined) return [];
    const words = Math.min(hit.length, literals(text));
    const weight = Math.sqrt(words) * rarity(text.source) * (generic.test(hit) ? 0.1 : 1);
    return [
      {
        weight,
        because: hit,
        shared: shared(text.source),
        ...(benign !== undefined && { benign }),
        ...(open && { open }),
      },
    ];
  };
  const byAccount = (about: About): readonly Hit[] => {
    if (!accounts.some(account => fits(about, account))) return [];
    const weight = rarity(JSON.stringify(about)) * Object.keys(about).length;
    const because = Object.values(about).join(' ');
    return [{ weight, because, shared: false, ...(isEffect(about) && { open: true as const }) }];
  };
  const byTold = (group: readonly Notion[]): readonly Hit[] =>
    group.every(one => notions.has(one))
      ? [
          {
            weight: ofSpeech * Math.hypot(...group.map(rarity)),
            because: group.join(', '),
            shared: false,
            inSpeech: true,
          },
        ]
      : [];
  return (one: Case): Weighed | undefined => {
    const hits = [
      ...one.symptoms.flatMap(bySymptom),
      ...(one.about ?? []).flatMap(byAccount),
      ...best((one.told ?? []).flatMap(byTold)),
    ].sort((a, b) => b.weight - a.weight);
    const [first, ...rest] = hits;
    if (!first) return undefined;
    const benign = hits.find(hit => hit.benign !== undefined)?.benign;
    const total = first.weight + 0.3 * sum(rest.map(hit => hit.weight));
    // Words that many illnesses share only support where the record of the text says more.
    const denied = !first.inSpeech && contradicted(one, accounts);
    const weight = total * (decided && hits.every(hit => hit.shared) ? 0.4 : 1) * (denied ? 0.3 : 1);
    return {
      weight,
      because: first.because,
      ...(benign !== undefined && { benign }),
      ...(hits.every(hit => hit.open) && { open: true as const }),
    };
  };
};

/** The way to a server may be cut anywhere, and the server may be gone: a record of that names no cause. */
const effects: ReadonlySet<About['how']> = new Set([
  'refused',
  'timed-out',
  'no-route',
  'failed',
  'reset',
  'unavailable',
]);
const isEffect = ({ whom, how }: About): boolean => whom === 'webhook' && effects.has(how);

/** What tells of one case alone is as much as a sentence of a log, and counts more than what tells of many. */
const ofSpeech = 3;
const sum = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0);
/** Groups of one case say the same in more or in fewer words: the one that says most counts. */
const best = (hits: readonly Hit[]): readonly Hit[] => hits.toSorted((a, b) => b.weight - a.weight).slice(0, 1);

const hitIn = (text: RegExp, readings: readonly string[]): string | undefined => {
  const one = anyCase(text);
  return readings.map(reading => one.exec(reading)?.[0]).find(hit => hit !== undefined);
};

/** The first record that says to whom and how, and that no case declares: it is the answer then, in plain words. */
export const unclaimedIn = (accounts: readonly Account[], cases: readonly Case[]): Account | undefined => {
  const claimed = (account: Account): boolean =>
    cases.some(one => (one.about ?? []).some(about => fits(about, account)));
  const whole = accounts.filter(one => one.whom !== undefined && one.how !== 'failed');
  return whole.length > 0 && !whole.some(claimed) ? whole[0] : undefined;
};

/** A record of two fields or more fits. */
const recorded = (one: Case, accounts: readonly Account[]): boolean =>
  (one.about ?? []).some(about => Object.keys(about).length > 1 && accounts.some(account => fits(about, account)));

/** The case knows this target, and how it went is nothing that it can be behind. */
const contradicted = ({ about = [] }: Case, accounts: readonly Account[]): boolean => {
  const targets = new Set(about.flatMap(({ whom }) => whom ?? []));
  const met = accounts.filter(({ whom, how }) => whom !== undefined && targets.has(whom) && how !== 'failed');
  return met.length > 0 && !about.some(each => accounts.some(account => fits(each, account)));
};

const fits = (about: About, account: Account): boolean =>
  Object.entries(about).every(([key, value]) => account[key as keyof About] === value);

/** Characters that a pattern asks for literally: a wide gap in it says nothing. */
const literals = once(({ source }: RegExp): number => {
  let bare = source.replace(/\[[^\]]*\]|\\[wdsSbDW]|\{[^}]*\}|\(\?[!<][^)]*\)/g, '').replace(/\\(.)/g, '$1');
  for (let i = 0; i < 8 && /\([^()]*\)/.test(bare); i++) bare = bare.replace(/\((?:\?:)?([^()]*)\)/g, longest);
  return longest('', bare).replace(/[.*+?^$()]/g, '').length;
});

const longest = (_: string, alternatives: string): string =>
  alternatives.split('|').reduce((a, b) => (b.length > a.length ? b : a), '');

const claimsOf = once((cases: readonly Case[]): ReadonlyMap<string, number> => {
  const found = new Map<string, number>();
  const keys = cases.flatMap(one => [
    ...one.symptoms.map(({ text }) => text.source),
    ...(one.about ?? []).map(about => JSON.stringify(about)),
    ...new Set((one.told ?? []).flat()),
  ]);
  for (const key of keys) found.set(key, (found.get(key) ?? 0) + 1);
  return found;
});
