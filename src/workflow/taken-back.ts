/**
 * What hosts did by themselves is told before anything else is, and remembered once, for `kw history`. Whoever wants to
 * change something waits for a host that is about to.
 */
import type { Emitter } from '../engine/emitter.js';
import { controlProcess, isDead } from '../engine/lock/control-process.js';
import { record } from '../engine/record.js';
import { hasten } from '../engine/script/armed.js';
import type { Session } from '../engine/session.js';
import { takenBack as fact } from '../facts/taken-back.js';
import type { EventBody } from '../model/event.js';
import type { ByThemselves, ChangedBy } from '../model/taken-back.js';
import { sh } from '../shell/sh.js';
import { takenBackFolder } from '../shell/taken-back.js';
import { factValue } from './fact-value.js';
import { rememberedTakenBack } from './history.js';

const says = {
  taking: 'it takes a change back by itself; waiting until it has',
  waiting:
    'a change waits to be confirmed here, by another run or by one that was cut off; the host takes it back by ' +
    'itself where that does not happen; waiting',
  cutOff: 'a change waits to be confirmed here by a run that was cut off; it is taken back now',
} as const;

/** Longer than a host waits, and then takes. */
const tries = 120;

/** Resolves once no host would take anything back. @returns what was found then. */
export async function untilQuiet(
  { emit }: Pick<Emitter, 'emit'>,
  session: Pick<Session, 'ask' | 'connections'>,
  first: ByThemselves,
  pause: () => Promise<void> = () => new Promise(resolve => setTimeout(resolve, 2000)),
): Promise<ByThemselves> {
  let found = first;
  const told = new Set<string>();
  for (let at = 0; at < tries; at += 1) {
    const busy = [...found].flatMap(([host, { now, by }]) => (now ? [{ host, now, by }] : []));
    if (busy.length === 0) return found;
    for (const { host, now, by } of busy.filter(one => !told.has(one.host))) {
      told.add(host);
      const cutOff = by && isDead(by, controlProcess()) ? by : undefined;
      emit({ type: 'note', host, says: now === 'taking' ? says.taking : cutOff ? says.cutOff : says.waiting });
      if (cutOff) await takeBackNow(session, host, cutOff);
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

/** Where that cannot be said, the host acts when its time is over. */
const takeBackNow = async (
  { connections }: Pick<Session, 'connections'>,
  host: string,
  by: ChangedBy,
): Promise<void> => {
  await Promise.resolve(connections(host))
    .then(connection => connection.run(hasten(by.run), { timeoutMs: 30_000 }))
    .catch(() => {});
};

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
