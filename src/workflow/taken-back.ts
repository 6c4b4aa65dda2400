/**
 * What hosts did by themselves is told before anything else is, and remembered once, for `kw history`. Whoever wants to
 * change something waits for a host that is about to.
 */
import type { Emitter } from '../engine/emitter.js';
import { record } from '../engine/record.js';
import type { Session } from '../engine/session.js';
import { takenBack as fact } from '../facts/taken-back.js';
import type { EventBody } from '../model/event.js';
import type { ByThemselves } from '../model/taken-back.js';
import { takenBackFolder } from '../shell/taken-back.js';
import { sh } from '../shell/sh.js';
import { factValue } from './fact-value.js';
import { rememberedTakenBack } from './history.js';

/** Longer than a host waits, and then takes. */
const tries = 120;

/** Resolves once no host would take anything back. @returns what was found then. */
export async function untilQuiet(
  { emit }: Pick<Emitter, 'emit'>,
  session: Pick<Session, 'ask'>,
  first: ByThemselves,
  pause: () => Promise<void> = () => new Promise(resolve => setTimeout(resolve, 2000)),
): Promise<ByThemselves> {
  let found = first;
  const told = new Set<string>();
  for (let at = 0; at < tries; at += 1) {
    const busy = [...found].flatMap(([host, { now }]) => (now ? [{ host, now }] : []));
    if (busy.length === 0) return found;
    for (const { host, now } of busy.filter(one => !told.has(one.host))) {
      told.add(host);
      const says =
        now === 'taking'
          ? 'it takes a change back by itself; waiting until it has'
          : 'a change waits to be confirmed here, by another run or by one that was cut off; the host takes it back ' +
            'by itself where that does not happen; waiting';
      emit({ type: 'note', host, says });
    }
    await pause();
    found = new Map([
      ...found,
      ...(await ask(
        session,
        busy.map(({ host }) => host),
      )),
    ]);
  }
  return found;
}

const ask = async (session: Pick<Session, 'ask'>, hosts: readonly string[]): Promise<ByThemselves> => {
  const answers = await session.ask(hosts.map(host => ({ id: host, host, question: fact.question })));
  return new Map(
    hosts.flatMap(host => {
      const answer = factValue(fact, answers.get(host));
      return 'value' in answer ? [[host, answer.value] as const] : [];
    }),
  );
};

interface Telling {
  readonly events: Emitter;
  readonly ports: { readonly clock: () => Date };
}

/** @param dir `.kubewizard/NAME`. */
export async function tellTakenBack({ events, ports }: Telling, dir: string, found: ByThemselves): Promise<void> {
  const told = [...found].flatMap(([host, { past }]) =>
    past.map((one): Extract<EventBody, { type: 'taken-back' }> => ({ type: 'taken-back', host, ...one })),
  );
  if (told.length === 0) return;
  const known = await rememberedTakenBack(dir);
  for (const event of told) {
    if (known.has(`${event.host} ${event.run}`)) events.emit(event);
    else await record(dir, 'taken-back', events, ports.clock(), event);
  }
}

/** What was changed since has been proven: it is told no more. */
export async function forgetTakenBack(
  { connections }: Pick<Session, 'connections'>,
  found: ByThemselves,
): Promise<void> {
  const hosts = [...found].filter(([, { past }]) => past.length > 0).map(([host]) => host);
  await Promise.all(
    hosts.map(async host => {
      await (await connections(host)).run(sh`rm -rf ${takenBackFolder}`, { timeoutMs: 30_000 });
    }),
  );
}
