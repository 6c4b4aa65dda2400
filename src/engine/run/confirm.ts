/**
 * Whether the API is reached after a turn as it was before it: by the control machine's own credential, from the host
 * of the turn. What answered nobody before is not asked for afterwards.
 */
import type { InTurn } from '../script/build.js';
import type { ApiWay, Context } from '../context.js';
import { defaultLimits } from '../context.js';

export type Confirmed = { readonly over: true } | { readonly why: string } | 'later';

export interface Confirming {
  /** Before the first step of a turn acts. */
  before(host: string, turn: InTurn): Promise<void>;
  /** Asks once; `later`: it may still come. */
  after(host: string, turn: InTurn): Promise<Confirmed>;
  /** Its host takes nothing back any more. */
  isOver(turn: InTurn): boolean;
  over(turn: InTurn): void;
}

interface Watched {
  readonly ways: readonly ApiWay[];
  since?: number;
  refusals: number;
}

/** So often in a row it says no to who was let in before: it is not one that has only just started. */
const mostRefusals = 5;

export const confirming = ({ apiWays, limits, clock }: Context): Confirming => {
  const most = limits?.confirm ?? defaultLimits.confirm;
  const known = new Map<string, Promise<Watched>>();
  const done = new Set<string>();
  const keyOf = ({ proofs }: InTurn): string => proofs.join('\n');
  const watched = async (host: string): Promise<Watched> => {
    const ways = (await apiWays?.(host)) ?? [];
    const answers = await Promise.all(ways.map(way => way.ask()));
    return { ways: ways.filter((_, at) => answers[at] === undefined), refusals: 0 };
  };
  return {
    async before(host, turn) {
      const found = known.get(keyOf(turn)) ?? watched(host);
      known.set(keyOf(turn), found);
      await found;
    },
    async after(host, turn) {
      const found = await (known.get(keyOf(turn)) ?? watched(host));
      const now = clock().getTime() / 1000;
      found.since ??= now;
      const answers = await Promise.all(found.ways.map(async way => ({ way, no: await way.ask() })));
      const [bad] = answers.filter(({ no }) => no !== undefined);
      if (!bad?.no) return { over: true };
      found.refusals = bad.no.refused ? found.refusals + 1 : 0;
      if (found.refusals < mostRefusals && now - found.since < most) return 'later';
      return { why: `${bad.way.name} was reached before this change, and is not now: ${bad.no.says}` };
    },
    isOver: turn => done.has(keyOf(turn)),
    over: turn => {
      done.add(keyOf(turn));
    },
  };
};
