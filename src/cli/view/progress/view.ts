/** A story on its way to a person or a program: four views of one stream of events. */
import { createLogUpdate } from 'log-update';
import type { Event, EventBody } from '../../../model/event.js';
import { planValue } from '../../../plan/json.js';
import { eventText, type EventTextOptions } from '../event-text.js';
import { inColumns } from '../words.js';
import { fold } from './fold.js';
import { frame, type Canvas } from './frame.js';
import { needsTally, plainLine, tally, worthALine } from './plain.js';
import { nothingYet, type Progress } from './state.js';
import { summary } from './summary.js';

export interface View {
  event(event: Event): void;
  /** Draws the last state and lets go of the terminal. Safe to call twice. */
  end(): void;
}

export interface ViewOptions {
  /** `words`: only what is said beside a result that the command itself prints. */
  readonly format: 'terminal' | 'lines' | 'json' | 'words';
  readonly out: NodeJS.WriteStream;
  readonly err: Pick<NodeJS.WriteStream, 'write'> & { readonly columns?: number };
  readonly color: boolean;
  readonly errorColor: boolean;
  readonly unicode: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export const view = (options: ViewOptions): View => {
  if (options.format === 'json') return json(options);
  if (options.format === 'words') return words(options);
  return spoken(options, options.format === 'terminal' ? terminal(options) : lines(options));
};

const json = ({ out }: ViewOptions): View => ({
  event: event => {
    const told = event.type === 'plan' ? { ...event, plan: planValue(event.plan) } : event;
    out.write(`${JSON.stringify(told)}\n`);
  },
  end: () => undefined,
});

const wordOptions = ({ out, color, errorColor }: ViewOptions): EventTextOptions => ({
  color,
  errorColor,
  width: out.columns || Number.POSITIVE_INFINITY,
});

const words = (options: ViewOptions): View => ({
  event: event => {
    const word = eventText(event, wordOptions(options));
    if (word?.to === 'err') options.err.write(inColumns(word.text, options.err.columns));
  },
  end: () => undefined,
});

/** Draws the hosts and one run. */
interface Drawer {
  add(event: Event): void;
  /** Nothing of it is on the screen until the next event, or `resume`. */
  pause(): void;
  resume(): void;
  /** The run is over: its last state and its summary. */
  finish(): void;
}

/** Words and runs take turns: nothing is written into the middle of a drawing. */
const spoken = (options: ViewOptions, drawer: Drawer): View => {
  let running = false;
  let before: EventBody['type'] | undefined;
  const finish = (): void => {
    if (running) drawer.finish();
    else drawer.pause();
    running = false;
  };
  const say = (event: Event): boolean => {
    const word = running && event.type === 'note' ? undefined : eventText(event, wordOptions(options));
    if (!word) return false;
    drawer.pause();
    const gap = event.type === 'plan' && before === 'therapy-proposed' ? '\n' : '';
    // What is drawn as a result has been fitted already.
    const text = word.to === 'err' ? inColumns(word.text, options.err.columns) : word.text;
    options[word.to].write(gap + text);
    if (running) drawer.resume();
    return true;
  };
  const tell = (event: Event): void => {
    if (beginsAnew.has(event.type)) finish();
    if (event.type === 'run-started') running = true;
    if (!say(event) && !silent.has(event.type)) drawer.add(event);
    if (asking.has(event.type)) drawer.pause();
    if (endsRun.has(event.type) || (event.type === 'run-ended' && !event.ok)) finish();
    before = event.type;
  };
  const held = untilAnswered(tell);
  return {
    event: held.event,
    end() {
      held.end();
      finish();
    },
  };
};

/** Under a question on the screen nothing is written: what other hosts do meanwhile is told after the answer. */
const untilAnswered = (tell: (event: Event) => void): View => {
  let open = false;
  const waiting: Event[] = [];
  const end = (): void => {
    open = false;
    for (const event of waiting.splice(0)) tell(event);
  };
  return {
    event(event) {
      if (!open || asking.has(event.type) || isAnswer(event)) tell(event);
      else waiting.push(event);
      if (isAnswer(event)) end();
      else if (asking.has(event.type)) open = true;
    },
    end,
  };
};

const isAnswer = (event: Event): boolean =>
  event.type === 'consent-given' ||
  event.type === 'consent-refused' ||
  (event.type === 'host-key' && event.trusted !== undefined) ||
  (event.type === 'sudo-password' && event.given !== undefined);

type Types = ReadonlySet<EventBody['type']>;
const treating = ['examination', 'therapy-started', 'therapy-proven', 'therapy-rolled-back'] as const;
/** What was drawn before is over. */
const beginsAnew: Types = new Set([...treating, 'run-started']);
const endsRun: Types = new Set(['proof-ended', 'conformance-ended']);
/** Nothing to draw. */
const asking: Types = new Set(['consent-needed', 'host-key', 'sudo-password']);
const silent: Types = new Set([
  ...treating,
  ...asking,
  'consent-given',
  'consent-refused',
  'credential-issued',
  'credential-revoked',
]);

const tallyEveryMs = 5_000;

/** Events are folded in batches: a thousand hosts speak faster than their map can be copied for each word. */
const lines = ({ out, color, now }: ViewOptions): Drawer => {
  let state: Progress = nothingYet;
  let waiting: Event[] = [];
  let told = now();
  const worthy = worthALine();
  const flush = (): void => {
    const events = waiting;
    waiting = [];
    state = fold(state, events);
    out.write(
      events
        .filter(worthy)
        .map(event => plainLine(event, state))
        .filter(line => line !== undefined)
        .map(line => `${line}\n`)
        .join(''),
    );
    if (needsTally(state) && now() - told >= tallyEveryMs) {
      told = now();
      out.write(`${tally(state)}\n`);
    }
  };
  return {
    add(event) {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push(event);
    },
    pause: flush,
    resume: () => undefined,
    finish() {
      flush();
      if (state.run) out.write(`${summary(state, color)}\n`);
      state = nothingYet;
    },
  };
};

const redrawEveryMs = 100;

const terminal = ({ out, color, unicode, now }: ViewOptions): Drawer => {
  const draw = createLogUpdate(out);
  const canvas = (): Canvas => ({ width: out.columns || 80, height: out.rows || 24, color, unicode });
  let state: Progress = nothingYet;
  const waiting: Event[] = [];
  const redraw = (): void => {
    state = fold(state, waiting.splice(0));
    if (state.hosts.size > 0 || state.run) draw(frame(state, canvas(), now()));
  };
  // Not unref'd: log-update hides the cursor, and its end must come.
  let timer: NodeJS.Timeout | undefined;
  const resume = (): void => {
    timer ??= setInterval(redraw, redrawEveryMs);
  };
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
  };
  return {
    add(event) {
      waiting.push(event);
      resume();
    },
    pause() {
      stop();
      draw.clear();
      draw.done();
    },
    resume,
    finish() {
      stop();
      redraw();
      draw.done();
      if (state.run) out.write(`${summary(state, color)}\n`);
      state = nothingYet;
    },
  };
};
