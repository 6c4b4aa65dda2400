/** A published file, verified against its published SHA-256 before it gets a name in the store. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorldFailed } from '../../model/event.js';
import { failed } from '../failure.js';
import { adopt, type Stored } from '../store/store.js';
import type { Pin } from './pins.js';
import { digestOf, forget, partOf, type Site } from './site.js';
import { sumIn } from './sums.js';

export interface Published {
  readonly path: string;
  /** Path of the file with its SHA-256. */
  readonly sums: string;
}

export type Progress = (says: string, done?: number, of?: number) => void;

export const fileName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

export async function publishedSum(site: Site, { path, sums }: Published): Promise<string> {
  const text = await site.text(sums);
  if (text === undefined)
    throw failed(
      'unproven',
      `${site.where(sums)}: there is no published SHA-256 for ${fileName(path)}`,
      `Check that ${site.name} holds this version; a mirror must also hold the files with the sums.`,
    );
  const sum = sumIn(text, fileName(path));
  if (!sum)
    throw failed(
      'unproven',
      `${site.where(sums)} holds no SHA-256 of ${fileName(path)}`,
      `Check that ${site.name} is not answering with an error page, and mirror that file again.`,
    );
  return sum;
}

/** @param pin Absent: the sum that the site publishes decides. */
export async function download(
  site: Site,
  file: Published,
  store: string,
  progress: Progress,
  pin?: Pin,
): Promise<Stored> {
  const expected = pin ?? { sha256: await publishedSum(site, file), by: undefined };
  const name = join(store, expected.sha256);
  // Two names of one content must not write one file at the same time.
  const before = underWay.get(name) ?? Promise.resolve();
  const mine = before.then(() => fetched(site, file, expected, store, progress));
  const over = mine.then(
    () => undefined,
    () => undefined,
  );
  underWay.set(name, over);
  return mine.finally(() => {
    if (underWay.get(name) === over) underWay.delete(name);
  });
}

const underWay = new Map<string, Promise<void>>();

/** `by`: absent where the sum is the one that the site publishes. */
interface Expected {
  readonly sha256: string;
  readonly by: string | undefined;
}

async function fetched(
  site: Site,
  file: Published,
  expected: Expected,
  store: string,
  progress: Progress,
): Promise<Stored> {
  const { sha256: sum } = expected;
  const there = await stat(join(store, sum)).catch(() => undefined);
  if (there) return { sha256: sum, size: there.size, file: join(store, sum) };
  const part = await partOf(store, sum);
  // A run that was killed just before the rename has left it whole.
  if (
    await stat(part).then(
      () => true,
      () => false,
    )
  ) {
    const left = await digestOf(part);
    if (left.sha256 === sum) return adopt(store, part, sum, left.size);
  }
  const how = await saveInto(site, file.path, part, progress);
  const got = await digestOf(part);
  if (got.sha256 === sum) return adopt(store, part, sum, got.size);
  await forget(part);
  // Pieces of two different files: the whole may still be right.
  if (how === 'resumed') return fetched(site, file, expected, store, progress);
  throw await mismatch(site, file, got.sha256, expected);
}

/** Names what came, what was expected and by whom, and what the site itself says of its file. */
async function mismatch(site: Site, file: Published, got: string, { sha256, by }: Expected): Promise<WorldFailed> {
  const where = site.where(file.path);
  if (by === undefined)
    return failed(
      'unproven',
      `${where} has SHA-256 ${got}, published is ${sha256}; nothing of it was kept`,
      'Try again; if it stays so, a proxy or the mirror alters the file: mirror it again, or ask who runs it.',
    );
  const published = await publishedSum(site, file).catch(() => undefined);
  return failed(
    'unproven',
    `${where} has SHA-256 ${got}, ${by} says ${sha256}${published ? `, and the site publishes ${published}` : ''}; ` +
      'nothing of it was kept',
    'Do not use this file: it was changed after its digest was written down, at the site or on the way. Try again ' +
      'from another network; if it stays so, tell the project that publishes it.',
  );
}

async function saveInto(site: Site, path: string, part: string, progress: Progress): Promise<'whole' | 'resumed'> {
  const how = await site.save(path, part, (done, of) => progress(`fetching ${fileName(path)}`, done, of));
  if (how === undefined)
    throw failed('refused', `${site.where(path)}: not there`, `Check that ${site.name} holds this version.`);
  return how;
}
