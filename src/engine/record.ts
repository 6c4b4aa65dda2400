/** An event that belongs to no run, in a journal of its own: on the disk when this resolves. */
import { randomBytes } from 'node:crypto';
import type { EventBody } from '../model/event.js';
import type { Emitter } from './emitter.js';
import { openJournal } from './journal.js';

/** @param dir `.kubewizard/NAME`. @param name What its journal is called. */
export const record = async (dir: string, name: string, events: Emitter, at: Date, what: EventBody): Promise<void> => {
  const journal = await openJournal(dir, `${name}-${randomBytes(4).toString('hex')}`, at);
  events.attach(journal);
  try {
    events.emit(what);
    await events.sync();
  } finally {
    events.detach();
    await journal.close();
  }
};
