/** Hosts that would not let us in: each is told with its way out, and where no host is left, that is the end. */
import { type EventBody, type Failure, WorldFailed } from '../../model/event.js';
import type { Session } from '../../engine/session.js';

/** Throws WorldFailed where every host is lost; a refused key or login goes before a host that is merely away. */
export function tellLost({ spec, lost }: Pick<Session, 'spec' | 'lost'>, emit: (body: EventBody) => void): void {
  const failures = [...lost].map(([host, failure]): Failure => ({ ...failure, host }));
  const end = lost.size === spec.hosts.length ? (failures.find(refused) ?? failures[0]) : undefined;
  for (const failure of failures) if (failure !== end && refused(failure)) emit({ type: 'failure', failure });
  if (end) throw new WorldFailed(end);
}

const refused = (failure: Failure): boolean => failure.class === 'refused' || failure.class === 'auth';
