/** The one place where events get their number and time; from here they go to the journal and to whoever listens. */
import type { Event, EventBody } from '../model/event.js';
import type { Journal } from './journal.js';

export interface Emitter {
  emit(body: EventBody): void;
  sync(): Promise<void>;
  /** From now on events go into this journal: behind the first of them, what was said before it. */
  attach(journal: Journal): void;
  detach(): void;
}

/** Connections come and go by the thousand before a run: only who was lost is worth remembering. */
const passing = ['host-connecting', 'host-ready', 'artifact-progress'];

/** The cluster file may hold what is nobody's business who reads a run's output. */
const toldOf = (event: Event): Event => {
  if (event.type !== 'applied') return event;
  const { file: _, wants: __, ...told } = event;
  return told;
};

export const emitter = (parts: {
  readonly clock: () => Date;
  readonly listen: (event: Event) => void;
  readonly journal?: Journal;
}): Emitter => {
  let { journal } = parts;
  let n = 0;
  let before: Event[] = [];
  return {
    emit(body) {
      const event: Event = { n: ++n, at: parts.clock().toISOString(), ...body };
      if (journal) {
        // The first line of a journal says what the run is.
        for (const each of [event, ...before]) journal.append(each);
        before = [];
      } else if (!passing.includes(event.type)) before.push(event);
      parts.listen(toldOf(event));
    },
    sync: async () => journal?.sync(),
    attach(next) {
      journal = next;
    },
    detach() {
      journal = undefined;
    },
  };
};
