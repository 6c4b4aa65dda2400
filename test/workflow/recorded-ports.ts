/**
 * Ports without a terminal: every word is kept, nobody is asked unless a test answers, and no host answers unless it
 * gives one.
 */
import type { Event, EventBody } from '../../src/model/event.js';
import { failed } from '../../src/transport/failures.js';
import type { ConsentAnswer, ConsentRequest, Ports } from '../../src/workflow/ports.js';

export interface Recorded {
  readonly events: Event[];
  /** The types in their order, a row of equal ones once. */
  readonly types: () => readonly EventBody['type'][];
  readonly asked: ConsentRequest[];
  readonly ports: Ports;
}

export const recordedPorts = (
  more: Partial<Ports> & { readonly answer?: (request: ConsentRequest) => ConsentAnswer } = {},
): Recorded => {
  const { answer, ...ports } = more;
  const events: Event[] = [];
  const asked: ConsentRequest[] = [];
  return {
    events,
    asked,
    types: () => events.map(event => event.type).filter((type, index, all) => type !== all[index - 1]),
    ports: {
      emit: event => {
        events.push(event);
      },
      clock: () => new Date(),
      connect: async host => {
        throw failed(host.name, 'unreachable', 'no route to host');
      },
      artifacts: {
        resolve: async () => {
          throw new Error('no artifacts here');
        },
        atHand: async () => undefined,
      },
      folders: { home: '/nonexistent', working: '/nonexistent' },
      ...(answer
        ? {
            consent: async request => {
              asked.push(request);
              return answer(request);
            },
          }
        : {}),
      ...ports,
    },
  };
};
