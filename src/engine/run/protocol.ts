/**
 * What a host may say in one script, and when: about steps that it was sent, once, in their order, no faster than the
 * script itself would. It knows the nonce (it has the script), so a word with it is its own and may be a lie: it is
 * held to what the control machine has said to it before.
 */
import { WorldFailed } from '../../model/event.js';
import type { Step } from '../../model/plan.js';
import type { Word } from '../script/answer.js';
import type { Record } from '../script/records.js';

type At = 'sent' | 'asked' | 'going' | 'settled';

export interface Protocol {
  /** Throws WorldFailed (refused) for what the script never says here. */
  hear(record: Record): void;
  answered(index: number, word: Word): void;
  /** Seconds until the host must have said something new, beyond the silence that every host is granted. */
  waits(): number;
  /** Grows with everything that leads on: words of the host that tell something new, and our own answers. */
  news(): number;
}

export const misbehaved = (host: string, what: string): WorldFailed =>
  new WorldFailed({
    class: 'refused',
    host,
    message: `the host did not keep to the script: ${what}`,
    help: 'nothing more is done on it in this run; look at what it runs, it may be broken or in foreign hands',
  });

// A pass of the script pauses a twentieth of a second at least, unless something has moved.
const perSecond = 40;
const atOnce = 400;
const mostBusy = 1000;
const piece = 1 << 20;

type Misbehaves = (what: string) => never;
type Words = Readonly<{ [word: string]: (first?: string, second?: string) => void }>;

/** `now`: milliseconds. */
export const protocol = (
  host: string,
  steps: readonly Step[],
  now: () => number = () => performance.now(),
): Protocol => {
  const misbehaves: Misbehaves = what => {
    throw misbehaved(host, what);
  };
  const course = courseOf(steps, misbehaves);
  const waits = waitsOf(steps, course.indexOf, misbehaves);
  const words: Words = {
    ...turnsOf(course, waits, misbehaves),
    ...passesOf(steps, course, now, misbehaves),
    need: fetchesOf(steps, misbehaves),
    refused: () => undefined,
  };
  let news = 0;
  return {
    hear({ words: [word = '', first, second] }) {
      if (!['tick', 'hold', 'confirm', 'busy', 'answer'].includes(word)) news += 1;
      const known = Object.hasOwn(words, word) ? words[word] : undefined;
      if (known) known(first, second);
      else misbehaves(`it says ${shown(word)}`);
    },
    answered(index, { word }) {
      news += 1;
      course.at[index] = word === 'go' ? 'going' : word === 'drop' ? 'settled' : 'sent';
    },
    waits: waits.seconds,
    news: () => news,
  };
};

/** How far each step has come, by what the host says and by what it was told. */
const courseOf = (steps: readonly Step[], misbehaves: Misbehaves) => {
  const at = steps.map((): At => 'sent');
  const indexOf = (text: string | undefined, states: readonly At[], what: string): number => {
    const index = numberOf(text);
    const state = index === undefined ? undefined : at[index];
    if (index === undefined || state === undefined)
      return misbehaves(`it speaks of step ${shown(text)}, and has ${at.length}`);
    if (!states.includes(state)) return misbehaves(`it says '${what}' of step ${index}, which is ${state}`);
    return index;
  };
  return { at, indexOf };
};
type Course = ReturnType<typeof courseOf>;

/** The waits that its steps are in: each begins once, and only what has begun is given up. */
const waitsOf = (steps: readonly Step[], indexOf: Course['indexOf'], misbehaves: Misbehaves) => {
  const waiting = new Map<number, number>();
  const waitOf = (index: number, text: string | undefined): number => {
    const action = numberOf(text);
    if (action === undefined || steps[index]?.actions[action]?.do !== 'wait')
      return misbehaves(`it waits for action ${shown(text)} of step ${index}, which is not a wait`);
    return action;
  };
  return {
    begins(first?: string, second?: string): void {
      const index = indexOf(first, ['going'], 'waiting');
      const action = waitOf(index, second);
      if (action <= (waiting.get(index) ?? -1))
        misbehaves(`it waits a second time for action ${action} of step ${index}`);
      waiting.set(index, action);
    },
    /** The step whose wait it was. */
    givenUp(first?: string, second?: string): number {
      const index = indexOf(first, ['going'], 'expired');
      if (waiting.get(index) !== waitOf(index, second))
        misbehaves(`it gave up a wait of step ${index} that never began`);
      return index;
    },
    over: (index: number): boolean => waiting.delete(index),
    seconds: (): number =>
      Math.max(
        0,
        ...[...waiting].map(([index, action]) => {
          const wait = steps[index]?.actions[action];
          return wait?.do === 'wait' ? wait.seconds : 0;
        }),
      ),
  };
};

/** The words by which a step goes on, from the first look at it to its end. */
const turnsOf = (
  { at, indexOf }: Course,
  { begins, givenUp, over }: ReturnType<typeof waitsOf>,
  misbehaves: Misbehaves,
): Words => {
  const settle = (index: number): void => {
    at[index] = 'settled';
    over(index);
  };
  return {
    same: first => {
      at[indexOf(first, ['sent'], 'same')] = 'asked';
    },
    differs: first => {
      at[indexOf(first, ['sent'], 'differs')] = 'asked';
    },
    waiting: begins,
    expired: (first, second) => settle(givenUp(first, second)),
    failed(first, second) {
      const index = indexOf(first, ['going'], 'failed');
      if (numberOf(second) === undefined) misbehaves(`step ${index} failed with the exit code ${shown(second)}`);
      settle(index);
    },
    proof: first => settle(indexOf(first, ['going'], 'proof')),
    bye() {
      const open = at.filter(state => state !== 'settled').length;
      if (open > 0) misbehaves(`it says that all is over, and ${open} of ${at.length} steps are not`);
    },
  };
};

/** The words that are said again and again: no more often than the script can. */
const passesOf = (
  steps: readonly Step[],
  { at, indexOf }: Course,
  now: () => number,
  misbehaves: Misbehaves,
): Words => {
  const began = now();
  const most = atOnce + 4 * steps.reduce((sum, { actions }) => sum + 1 + actions.length, 0);
  let passes = 0;
  let busy = 0;
  const pass = (): void => {
    passes += 1;
    if (passes > most + (perSecond * (now() - began)) / 1000)
      misbehaves('it says the same more often than its script can');
  };
  return {
    answer() {
      if (!at.includes('asked')) misbehaves('it wants an answer, and asked nothing');
      pass();
    },
    busy(first) {
      busy += 1;
      if (busy > mostBusy || numberOf(first) === undefined) misbehaves('it waits for another script without end');
    },
    confirm(first) {
      indexOf(first, ['going'], 'confirm');
      pass();
    },
    hold: pass,
    tick: pass,
  };
};

/** `need`: a piece of a file that one of its steps fetches, and none without end. */
const fetchesOf = (steps: readonly Step[], misbehaves: Misbehaves): Words[string] => {
  const files = new Map(
    steps.flatMap(({ actions }) =>
      actions.flatMap(one => (one.do === 'fetch' ? [[one.sha256, one.size] as const] : [])),
    ),
  );
  const given = new Map<string, number>();
  return (first = '', second) => {
    const [size, offset] = [files.get(first), numberOf(second)];
    if (size === undefined || offset === undefined || offset > size)
      return misbehaves(`it needs a piece of ${shown(first)} at ${shown(second)}, which no step of its fetches`);
    const sum = (given.get(first) ?? 0) + piece;
    // Once for a fetch that begins again, and once for good measure.
    if (sum > 3 * size + 3 * piece) misbehaves(`it fetches ${shown(first)} again and again`);
    given.set(first, sum);
  };
};

const numberOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;

/** A word of the host's in a sentence of ours. */
const shown = (text: string | undefined): string => JSON.stringify((text ?? '').slice(0, 64));
