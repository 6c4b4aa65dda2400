/** A run on its way to a person or a program: three drawers of one stream of events. */
import { createLogUpdate } from 'log-update';
import type { Event } from '../../../model/event.js';
import { fold } from './fold.js';
import { frame, type Canvas } from './frame.js';
import { needsTally, plainLine, tally, worthALine } from './plain.js';
import { nothingYet, type Progress } from './state.js';
import { summary } from './summary.js';

export interface View {
  event(event: Event): void;
  /** Draws the last state and lets go of the terminal. Safe to call twice. */
  end(): void;
  /** As `end`, and a terminal is as if nothing had been drawn: for what was only worth watching. */
  clear(): void;
}

export interface ViewOptions {
  readonly format: 'terminal' | 'lines' | 'json';
  readonly out: NodeJS.WriteStream;
  readonly color: boolean;
  readonly unicode: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export const view = (options: ViewOptions): View => ({ terminal, lines, json })[options.format](options);

/** Of the process: terminal where there is one, lines elsewhere, JSON when asked. */
export const progress = ({ json: asJson }: { readonly json?: boolean | undefined }): View =>
  view({
    format: asJson ? 'json' : process.stdout.isTTY && process.env.TERM !== 'dumb' ? 'terminal' : 'lines',
    out: process.stdout,
    color: Boolean(process.stdout.isTTY) && !process.env.NO_COLOR,
    unicode: /utf-?8/i.test(process.env.LC_ALL || process.env.LC_CTYPE || process.env.LANG || ''),
    now: Date.now,
  });

const json = ({ out }: ViewOptions): View => ({
  event: event => {
    out.write(`${JSON.stringify(event)}\n`);
  },
  end: () => undefined,
  clear: () => undefined,
});

const tallyEveryMs = 5_000;

/** Events are folded in batches: a thousand hosts speak faster than their map can be copied for each word. */
const lines = ({ out, color, now }: ViewOptions): View => {
  let state: Progress = nothingYet;
  let waiting: Event[] = [];
  let told = now();
  const worthy = worthALine();
  let open = true;
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
  const end = (): void => {
    if (!open) return;
    open = false;
    flush();
    if (state.run) out.write(`${summary(state, color)}\n`);
  };
  return {
    event(event) {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push(event);
    },
    end,
    clear: end,
  };
};

const redrawEveryMs = 100;

const terminal = ({ out, color, unicode, now }: ViewOptions): View => {
  const draw = createLogUpdate(out);
  const canvas = (): Canvas => ({ width: out.columns || 80, height: out.rows || 24, color, unicode });
  let state: Progress = nothingYet;
  const waiting: Event[] = [];
  const redraw = (): void => {
    state = fold(state, waiting.splice(0));
    if (state.hosts.size > 0 || state.run) draw(frame(state, canvas(), now()));
  };
  // Not unref'd: log-update hides the cursor, and end() must come.
  let timer: NodeJS.Timeout | undefined = setInterval(redraw, redrawEveryMs);
  const stop = (): boolean => {
    const running = timer !== undefined;
    clearInterval(timer);
    timer = undefined;
    return running;
  };
  return {
    event: event => {
      waiting.push(event);
    },
    end() {
      if (!stop()) return;
      redraw();
      draw.done();
      if (state.run) out.write(`${summary(state, color)}\n`);
    },
    clear() {
      if (!stop()) return;
      draw.clear();
      draw.done();
    },
  };
};
