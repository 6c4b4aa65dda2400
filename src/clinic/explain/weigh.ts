/** How much a text speaks for a case: what few cases claim says most, what every log says nothing. */
import type { Case } from '../case.js';
import type { About, Account } from './account.js';

interface Weighed {
  readonly weight: number;
  readonly because: string;
  readonly benign?: string;
}

/** Lines that follow any trouble: they support a case, they do not name one. */
const generic =
  /^(failed to run kubelet|(kubelet\S* )?main process exited.*|dial tcp \S+: (connect: )?(no route to host|i\/o timeout|connection refused)|failedcreatepodsandbox|containercreating|crashloopbackoff|connection refused|(node)?notready|unauthorized|too many open files|i\/o timeout)$/i;

export const weigher = (both: readonly string[], accounts: readonly Account[], cases: readonly Case[]) => {
  const claims = claimsOf(cases);
  const rarity = (key: string): number => Math.log((cases.length + 1) / (claims.get(key) ?? 1));
  return (one: Case): Weighed | undefined => {
    const message = one.symptoms.flatMap(({ text, benign }) => {
      const hit = both.map(reading => new RegExp(text.source, 'i').exec(reading)?.[0]).find(each => each !== undefined);
      if (hit === undefined) return [];
      const words = Math.min(hit.length, literals(text.source));
      const weight = Math.sqrt(words) * rarity(text.source) * (generic.test(hit) ? 0.1 : 1);
      return [{ weight, because: hit, ...(benign !== undefined && { benign }) }];
    });
    const told = (one.about ?? []).flatMap(about =>
      accounts.some(account => fits(about, account))
        ? [
            {
              weight: rarity(JSON.stringify(about)) * Object.keys(about).length,
              because: Object.values(about).join(' '),
            },
          ]
        : [],
    );
    const hits: readonly Weighed[] = [...message, ...told].sort((a, b) => b.weight - a.weight);
    const [best, ...rest] = hits;
    if (!best) return undefined;
    const benign = hits.find(hit => hit.benign !== undefined)?.benign;
    const weight = best.weight + 0.3 * rest.reduce((sum, hit) => sum + hit.weight, 0);
    return { weight, because: best.because, ...(benign !== undefined && { benign }) };
  };
};

const fits = (about: About, account: Account): boolean =>
  Object.entries(about).every(([key, value]) => account[key as keyof About] === value);

/** Characters that a pattern asks for literally: a wide gap in it says nothing. */
const literals = (source: string): number => {
  let bare = source.replace(/\[[^\]]*\]|\\[wdsSbDW]|\{[^}]*\}|\(\?[!<][^)]*\)/g, '').replace(/\\(.)/g, '$1');
  for (let i = 0; i < 8 && /\([^()]*\)/.test(bare); i++) bare = bare.replace(/\((?:\?:)?([^()]*)\)/g, longest);
  return longest('', bare).replace(/[.*+?^$()]/g, '').length;
};

const longest = (_: string, alternatives: string): string =>
  alternatives.split('|').reduce((a, b) => (b.length > a.length ? b : a), '');

const claimsOf = (cases: readonly Case[]): ReadonlyMap<string, number> => {
  const found = new Map<string, number>();
  const keys = cases.flatMap(one => [
    ...one.symptoms.map(({ text }) => text.source),
    ...(one.about ?? []).map(about => JSON.stringify(about)),
  ]);
  for (const key of keys) found.set(key, (found.get(key) ?? 0) + 1);
  return found;
};
