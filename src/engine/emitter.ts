/** The one place where events get their number and time; from here they go to the journal and to whoever listens. */
import type { Event, EventBody } from '../model/event.js';
import type { Journal } from './journal.js';

export interface Emitter {
  emit(body: EventBody): void;
  sync(): Promise<void>;
}

export const emitter = (parts: {
  readonly clock: () => Date;
  readonly listen: (event: Event) => void;
  readonly journal?: Journal;
}): Emitter => {
  let n = 0;
  return {
    emit(body) {
      const event: Event = { n: ++n, at: parts.clock().toISOString(), ...body };
      parts.journal?.append(event);
      parts.listen(event);
    },
    sync: async () => parts.journal?.sync(),
  };
};
