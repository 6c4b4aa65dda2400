/**
 * What the journal remembers of the last run that left everything as its file asks. It is no truth about hosts: it only
 * tells what somebody wrote into the file from what somebody did on a host.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Applied, LaterStep } from '../model/drift.js';
import type { Event, EventBody } from '../model/event.js';
import type { ResourceId } from '../model/resource.js';
import type { Emitter } from './emitter.js';
import { eventIn } from './journal.js';
import { record } from './record.js';

export type AppliedEvent = Extract<EventBody, { readonly type: 'applied' }>;

export interface Remembered {
  readonly last?: Applied;
  /** What later runs did, the newest first. */
  readonly later: readonly LaterStep[];
  /** A journal that was not read: what was applied last may stand in it, so nothing older counts. */
  readonly unread?: { readonly journal: string; readonly why: string };
}

/** A journal of a thousand hosts is some ten MB; more is no journal of a run. */
const most = 256 * 1024 * 1024;

/** @param dir `.kubewizard/NAME`. */
export const rememberedIn = async (dir: string): Promise<Remembered> => {
  const folder = join(dir, 'journal');
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const later: LaterStep[] = [];
  for (const name of names
    .filter(one => one.endsWith('.jsonl'))
    .sort()
    .reverse()) {
    const read = await textOf(join(folder, name));
    if ('why' in read) return { later, unread: { journal: join(folder, name), why: read.why } };
    const { applied, steps, takesAway } = told(read.text);
    later.push(...steps);
    if (takesAway) return { later };
    if (applied) return { last: applied, later };
  }
  return { later };
};

async function textOf(path: string): Promise<{ readonly text: string } | { readonly why: string }> {
  const { size } = await stat(path);
  if (size > most) return { why: `it has ${Math.round(size / 1024 / 1024)} MB, and no journal of a run is so long` };
  return { text: await readFile(path, 'utf8') };
}

/** Journals are long: only the lines that count are parsed. */
const counts = /"type":"(?:applied|run-started|step-done|step-failed)"/;

/** Of one journal. What stands before its `applied` is part of what was applied. */
export const told = (
  text: string,
): {
  readonly applied?: Applied;
  readonly steps: readonly LaterStep[];
  readonly takesAway: boolean;
} => {
  let run: { readonly command: string; readonly owner: string; readonly at?: string } = {
    command: 'unknown',
    owner: 'unknown',
  };
  let applied: Applied | undefined;
  let steps: LaterStep[] = [];
  let takesAway = false;
  for (const event of text.split('\n').flatMap(line => (counts.test(line) ? (eventIn(line) ?? []) : []))) {
    if (event.type === 'run-started') {
      run = { command: event.command, owner: event.owner, at: event.at };
      takesAway ||= event.command === 'kw reset';
    }
    if (event.type === 'applied' && event.file !== undefined) {
      const did = new Map(steps.map(({ id, at }) => [id, at]));
      [applied, steps] = [lastOf(event, event.file, run.at ?? event.at, did), []];
    }
    if ((event.type === 'step-done' && event.how === 'mended') || event.type === 'step-failed')
      steps.push({ id: event.step, at: event.at, command: run.command, owner: run.owner });
  }
  return { ...(applied && { applied }), steps: steps.reverse(), takesAway };
};

const lastOf = (
  { at, ran, owner, without, version, wants }: Event & AppliedEvent,
  file: string,
  began: string,
  did: ReadonlyMap<ResourceId, string>,
): Applied => ({
  at,
  command: ran,
  owner,
  without,
  ...(version === undefined ? {} : { version }),
  file,
  ...(wants === undefined ? {} : { wants }),
  began,
  did,
});

/** Of a run that had nothing to do, and so has no journal: only where it is another than what is remembered. */
export const rememberApplied = async (dir: string, events: Emitter, at: Date, what: AppliedEvent): Promise<void> => {
  const { last } = await rememberedIn(dir);
  const same = last?.file === what.file && last?.version === what.version;
  if (last && same && last.without.join() === what.without.join()) return;
  await record(dir, 'applied', events, at, what);
};
