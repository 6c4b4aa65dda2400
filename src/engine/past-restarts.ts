/** The journal's own times: how long restarts took in the last runs of this cluster. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PastTimes, unitIn } from '../plan/past.js';
import { eventIn } from './journal.js';

/** Older runs were perhaps of other versions and other machines. */
const newestRuns = 10;

/** @param directory `.kubewizard/NAME`. What cannot be read teaches nothing, and is no failure. */
export const pastRestarts = async (directory: string): Promise<PastTimes> => {
  const folder = join(directory, 'journal');
  const names = (await readdir(folder).catch(() => [])).filter(name => name.endsWith('.jsonl'));
  const newest = names.sort().slice(-newestRuns);
  return restartsIn(await Promise.all(newest.map(name => readFile(join(folder, name), 'utf8').catch(() => ''))));
};

/** The median of each unit, by its kind and key. @param journals Their texts. */
export const restartsIn = (journals: readonly string[]): PastTimes => {
  const all = new Map<string, number[]>();
  for (const journal of journals) {
    const restarting = new Set<string>();
    for (const event of journal.split('\n').flatMap(line => eventIn(line) ?? [])) {
      if (event.type === 'step-started' && event.risk === 'restart') restarting.add(event.step);
      if (event.type !== 'step-done' || event.how !== 'mended' || !restarting.has(event.step)) continue;
      const unit = unitIn(event.step);
      if (event.seconds > 0) all.set(unit, [...(all.get(unit) ?? []), event.seconds]);
    }
  }
  return new Map([...all].map(([key, times]) => [key, median(times)]));
};

const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0;
