/**
 * What the journal remembers of the last run that left everything as its file asks. It is no truth about hosts: it only
 * tells what somebody wrote into the file from what somebody did on a host.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LastApplied, LaterStep } from '../model/drift.js';
import type { Event, EventBody } from '../model/event.js';
import type { Emitter } from './emitter.js';
import { eventIn } from './journal.js';
import { record } from './record.js';

export type Applied = Extract<EventBody, { readonly type: 'applied' }>;

export interface Remembered {
  readonly last?: LastApplied;
  /** What later runs did, the newest first. */
  readonly later: readonly LaterStep[];
}

/** A journal of a thousand hosts is some ten MB; more is no journal of a run. */
const most = 256 * 1024 * 1024;

/** @param dir `.kubewizard/NAME`. What cannot be read is not remembered. */
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
    const text = await textOf(join(folder, name));
    const { applied, steps, takesAway } = told(text);
    later.push(...steps);
    if (takesAway) return { later };
    if (applied) return { last: applied, later };
  }
  return { later };
};

const textOf = async (path: string): Promise<string> => ((await stat(path)).size > most ? '' : readFile(path, 'utf8'));

/** Journals are long: only the lines that count are parsed. */
const counts = /"type":"(?:applied|run-started|step-done|step-failed)"/;

/** Of one journal. What stands before its `applied` is part of what was applied. */
export const told = (
  text: string,
): {
  readonly applied?: LastApplied;
  readonly steps: readonly LaterStep[];
  readonly takesAway: boolean;
} => {
  let run = { command: 'unknown', owner: 'unknown' };
  let applied: LastApplied | undefined;
  let steps: LaterStep[] = [];
  let takesAway = false;
  for (const event of text.split('\n').flatMap(line => (counts.test(line) ? (eventIn(line) ?? []) : []))) {
    if (event.type === 'run-started') {
      run = { command: event.command, owner: event.owner };
      takesAway ||= event.command === 'kw reset';
    }
    if (event.type === 'applied') [applied, steps] = [lastOf(event), []];
    if ((event.type === 'step-done' && event.how === 'mended') || event.type === 'step-failed')
      steps.push({ id: event.step, at: event.at, ...run });
  }
  return { ...(applied && { applied }), steps: steps.reverse(), takesAway };
};

const lastOf = ({ at, ran, owner, file, without }: Event & Applied): LastApplied => ({
  at,
  command: ran,
  owner,
  file,
  without,
});

/** Of a run that had nothing to do, and so has no journal: only where the file is another than what is remembered. */
export const rememberApplied = async (dir: string, events: Emitter, at: Date, what: Applied): Promise<void> => {
  const { last } = await rememberedIn(dir);
  if (last?.file === what.file && last.without.join() === what.without.join()) return;
  await record(dir, 'applied', events, at, what);
};
