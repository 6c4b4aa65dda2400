/** What there is to run in the lab: scenarios, and vitest files that need real hosts. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

export interface Job {
  readonly name: string;
  readonly file: string;
  readonly kind: 'scenario' | 'vitest';
  readonly minutes: number;
  /** Part of the time that is left then which it may fill; it comes after all that take what they need. */
  readonly share?: number;
  /** What every run plays touches its subsystems already: it is played when its turn comes. */
  readonly rotates?: boolean;
}

/** So many of those that take turns are played a day. */
const aDay = 2;

/** The names of those that take turns and whose turn is another day: all have had one within a few days. */
export const notToday = (all: readonly Pick<Job, 'name' | 'rotates'>[], today: Date): readonly string[] => {
  const turns = all.filter(job => job.rotates).map(job => job.name);
  const day = Math.floor(today.getTime() / 86_400_000);
  const due = Array.from({ length: aDay }, (_, n) => turns[(day * aDay + n) % Math.max(1, turns.length)]);
  return turns.filter(name => !due.includes(name));
};

const vitestMinutes = 15;

/**
 * The wizard's before the clinic's, what fills the time that is left last, then in the order of their names. All is
 * read from the text: importing a scenario must not start anything.
 */
export const jobs = async (folder: string): Promise<readonly Job[]> => {
  const files = (await readdir(folder, { recursive: true }))
    .filter(file => /\.(scenario|test)\.ts$/.test(file))
    .sort((a, b) => Number(a.startsWith('clinic/')) - Number(b.startsWith('clinic/')) || (a < b ? -1 : 1));
  const found = await Promise.all(
    files.map(async (relative): Promise<Job> => {
      const file = join(folder, relative);
      if (file.endsWith('.test.ts')) return { name: relative, file, kind: 'vitest', minutes: vitestMinutes };
      const text = await readFile(file, 'utf8');
      const name = /export const name =\s*['"`](.+)['"`]/.exec(text)?.[1] ?? basename(file);
      const share = /export const share = ([\d.]+)/.exec(text)?.[1];
      return {
        ...(text.includes('export const rotates = true') && { rotates: true }),
        ...(share === undefined ? {} : { share: Number(share) }),
        name,
        file,
        kind: 'scenario',
        minutes: Number(/export const minutes = (\d+)/.exec(text)?.[1] ?? 10),
      };
    }),
  );
  return [...found.filter(job => job.share === undefined), ...found.filter(job => job.share !== undefined)];
};
