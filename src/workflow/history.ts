/** What was done to a cluster from this control machine, by its journals. Asks no host. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { eventIn } from '../engine/journal.js';
import { type Failure, type Event, withPutBack } from '../model/event.js';

export interface PastRun {
  readonly file: string;
  /** An instant. */
  readonly at: string;
  readonly command: string;
  readonly owner: string;
  readonly steps: number;
  /** `cut off`: its journal ends before the run did; `unreadable`: so does what can be read of it. */
  readonly ended: 'done' | 'failed' | 'cut off' | 'unreadable';
  readonly failed: number;
  readonly blocked: number;
  readonly seconds?: number;
  /** Absent: it ended before its proof, or had none. */
  readonly proven?: boolean;
  /** Credentials that were given or taken, `anna (until 2026-12-01)`. */
  readonly access: readonly string[];
  /** The first failure. */
  readonly why?: string;
  /** Its id; absent: it was none on hosts. */
  readonly run?: string;
  /** What hosts told later: they took it back by themselves. */
  readonly takenBack?: readonly Told[];
}

type Told = Extract<Event, { type: 'taken-back' }>;

/** A journal of a thousand hosts is some ten MB; more is no journal of a run. */
const most = 256 * 1024 * 1024;

/** The newest first. @param dir `.kubewizard/NAME` */
export const history = async (dir: string): Promise<readonly PastRun[]> => {
  const folder = join(dir, 'journal');
  const runs: PastRun[] = [];
  const told: Told[] = [];
  // One after the other: together they may be large.
  for (const name of await journalsIn(folder)) {
    const { run, byThemselves, only } = await pastRun(folder, name);
    told.push(...byThemselves);
    if (!only) runs.push(run);
  }
  return withTakenBack(runs, told).reverse();
};

const journalsIn = async (folder: string): Promise<readonly string[]> => {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.filter(name => name.endsWith('.jsonl')).sort();
};

/** `HOST RUN` of all that is remembered. @param dir `.kubewizard/NAME` */
export const rememberedTakenBack = async (dir: string): Promise<ReadonlySet<string>> => {
  const folder = join(dir, 'journal');
  const found = new Set<string>();
  for (const name of await journalsIn(folder))
    for (const { host, run } of (await pastRun(folder, name)).byThemselves) found.add(`${host} ${run}`);
  return found;
};

/** What hosts told stands at the run that it is about; of one from another control machine it is all that is known. */
const withTakenBack = (runs: readonly PastRun[], all: readonly Told[]): PastRun[] => {
  const keys = new Set<string>();
  const told = all.filter(({ host, run }) => !keys.has(`${host} ${run}`) && keys.add(`${host} ${run}`));
  const known = new Set(runs.map(({ run }) => run));
  const elsewhere = told.filter(({ run }) => !known.has(run)).map(foreign);
  return [...runs, ...elsewhere]
    .map(one => {
      const takenBack = told.filter(({ run }) => run === one.run);
      return takenBack.length > 0 ? { ...one, takenBack } : one;
    })
    .sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
};

const foreign = ({ run, changed, command, owner }: Told): PastRun => ({
  ...{ file: '', at: changed, command, owner, run, steps: 0 },
  ...{ ended: 'cut off', failed: 0, blocked: 0, access: [] },
});

interface Read {
  readonly run: PastRun;
  readonly byThemselves: readonly Told[];
  /** There is nothing else in this journal. */
  readonly only: boolean;
}

const pastRun = async (folder: string, name: string): Promise<Read> => {
  const path = join(folder, name);
  const { size, mtime } = await stat(path);
  const lines = size > most ? [] : (await readFile(path, 'utf8')).split('\n').filter(line => line !== '');
  const events = lines.map(line => eventIn(line));
  const byThemselves = events.filter((event): event is Told => event?.type === 'taken-back');
  const only = byThemselves.length > 0 && events.every(event => event && aside.has(event.type));
  return { run: pastRunOf(name, events, mtime.toISOString()), byThemselves, only };
};

/** What may stand beside it, where it is told before a run. */
const aside: ReadonlySet<Event['type']> = new Set(['taken-back', 'warning', 'note', 'host-lost', 'host-key']);

/** @param events undefined: a line that is not an event; the last may be half a line, where the machine died. */
export const pastRunOf = (file: string, events: readonly (Event | undefined)[], changedAt: string): PastRun => {
  const seen = events.filter(event => event !== undefined);
  const of = ofType(seen);
  const [started] = of('run-started');
  const ended = of('run-ended').at(-1);
  const proof = of('proof-ended').at(-1);
  const access = [
    ...of('credential-issued').map(issued),
    ...of('credential-revoked').map(one => `${one.user} revoked`),
  ];
  const failure = failureOf(seen);
  const [given] = [...of('credential-issued'), ...of('credential-revoked')];
  // A run that had nothing to do leaves this alone, where the cluster file is another.
  const [applied] = started ? [] : of('applied');
  return {
    file,
    at: seen[0]?.at ?? changedAt,
    command: started?.command ?? applied?.ran ?? (access.length > 0 ? 'kw kubeconfig' : 'unknown'),
    owner: started?.owner ?? applied?.owner ?? given?.owner ?? 'unknown',
    steps: started?.steps ?? 0,
    ended: ended ? (ended.ok ? 'done' : 'failed') : endOf(events, access.length > 0 || applied !== undefined),
    failed: ended?.failed ?? of('step-failed').length,
    blocked: ended?.blocked ?? of('step-blocked').length,
    ...(ended && { seconds: ended.seconds }),
    ...(proof && { proven: proof.ok }),
    access,
    ...(started && { run: started.run }),
    ...(failure && { why: `${failure.host ? `${failure.host}: ` : ''}${failure.message}` }),
  };
};

/** Of a journal in which no run ends. */
const endOf = (events: readonly (Event | undefined)[], noRun: boolean): PastRun['ended'] => {
  const torn = events.slice(0, -1).includes(undefined);
  if (torn || events.every(event => event === undefined)) return 'unreadable';
  return noRun ? 'done' : 'cut off';
};

/** The first of them, with what became of the state of before. */
const failureOf = (events: readonly Event[]): Failure | undefined => {
  const of = ofType(events);
  const [step] = of('step-failed');
  const back = of('put-back').find(({ host }) => host === step?.host);
  if (step) return back ? withPutBack(step.failure, back.says) : step.failure;
  return of('host-lost')[0]?.failure ?? of('failure')[0]?.failure;
};

const ofType =
  (events: readonly Event[]) =>
  <T extends Event['type']>(type: T) =>
    events.filter((event): event is Extract<Event, { type: T }> => event.type === type);

const issued = ({ user, until }: Extract<Event, { type: 'credential-issued' }>): string =>
  `${user} (until ${until.slice(0, 10)})`;
