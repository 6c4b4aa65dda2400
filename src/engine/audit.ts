/** The trail of who was given a way into the cluster: events in the journal, on the disk before anybody has them. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Access } from '../model/access.js';
import type { Event } from '../model/event.js';
import type { Emitter } from './emitter.js';
import { parseJournal } from './journal.js';
import { record } from './record.js';

/** Resolves when it is on the disk. @param dir `.kubewizard/NAME` */
export const recordAccess = (dir: string, events: Emitter, at: Date, what: Access): Promise<void> =>
  record(dir, 'access', events, at, what);

export type AccessEvent = Extract<Event, Access>;

/** The oldest first; [] where nothing was recorded yet. Only this control machine's trail: others have their own. */
export const recorded = async (dir: string): Promise<readonly AccessEvent[]> => {
  const folder = join(dir, 'journal');
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const files = names.filter(name => /-access-[0-9a-f]+\.jsonl$/.test(name)).sort();
  const texts = await Promise.all(files.map(name => readFile(join(folder, name), 'utf8')));
  return texts.flatMap(text => parseJournal(text)).filter(isAccess);
};

const isAccess = (event: Event): event is AccessEvent =>
  event.type === 'credential-issued' || event.type === 'credential-revoked';
