/**
 * Hosts that would not let us in: each cause is told once with its way out, and where no host is left, that is the end.
 */
import { type EventBody, type Failure, WorldFailed } from '../../model/event.js';
import type { Host } from '../../model/cluster.js';
import type { Session } from '../../engine/session.js';

/** Throws WorldFailed where every host is lost; a refused key or login goes before a host that is merely away. */
export function tellLost({ spec, lost }: Pick<Session, 'spec' | 'lost'>, emit: (body: EventBody) => void): void {
  const failures = groupByCause(spec.hosts, lost);
  const end = lost.size === spec.hosts.length ? (failures.find(refused) ?? failures[0]) : undefined;
  for (const failure of failures) if (failure !== end && refused(failure)) emit({ type: 'failure', failure });
  if (end) throw new WorldFailed(end);
}

/** For who looks on with the hosts that are left: what a person can lift, each cause once, with its way out. */
export function tellRefused({ spec, lost }: Pick<Session, 'spec' | 'lost'>, emit: (body: EventBody) => void): void {
  for (const failure of groupByCause(spec.hosts, lost).filter(refused)) emit({ type: 'failure', failure });
}

/** Those that are merely away, where something else ends the command before it comes to them: all mistakes at once. */
export function tellAway({ spec, lost }: Pick<Session, 'spec' | 'lost'>, emit: (body: EventBody) => void): void {
  for (const failure of groupByCause(spec.hosts, lost)) if (!refused(failure)) emit({ type: 'failure', failure });
}

const refused = (failure: Failure): boolean => failure.class === 'refused' || failure.class === 'auth';

/** One failure for each cause, in the order of the file. Of several hosts it names all, and no address. */
export const groupByCause = (hosts: readonly Host[], lost: ReadonlyMap<string, Failure>): readonly Failure[] => {
  const groups = new Map<string, { readonly alone: Failure; readonly cause: Failure; readonly names: string[] }>();
  for (const host of hosts) {
    const failure = lost.get(host.name);
    if (failure === undefined) continue;
    const cause = causeOf(failure, host);
    const key = JSON.stringify([cause.class, cause.message, cause.step, cause.help]);
    const group = groups.get(key);
    if (group) group.names.push(host.name);
    else groups.set(key, { alone: { ...failure, host: host.name }, cause, names: [host.name] });
  }
  return [...groups.values()].map(({ alone, cause, names }) =>
    names.length === 1 ? alone : { ...cause, hosts: names },
  );
};

/**
 * `10.0.0.1 port 22 refuses connections` is the same cause on 10.0.0.2; only words are compared, nothing is decided.
 */
const causeOf = ({ host: _, ...failure }: Failure, { address, ssh }: Host): Failure => {
  const own = [address, ssh?.address].find(one => one !== undefined && failure.message.startsWith(`${one} `));
  return own === undefined ? failure : { ...failure, message: failure.message.slice(own.length + 1) };
};
