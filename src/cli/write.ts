/** Files of the user: written whole or not at all. */
import { randomBytes } from 'node:crypto';
import { link, open, rename, rm, stat, writeFile } from 'node:fs/promises';

/** Through a temporary file beside it, synced before it takes the name. */
export const writeAtomically = async (path: string, text: string | Uint8Array, mode = 0o644): Promise<void> => {
  await through(path, text, mode, part => rename(part, path));
};

/** As writeAtomically. @returns false, and nothing is touched, where something of that name is there already. */
export const writeNew = (path: string, text: string, mode = 0o644): Promise<boolean> =>
  through(path, text, mode, async part => {
    try {
      // Unlike rename, link refuses a name that is taken, also by somebody who was quicker.
      await link(part, path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      await rm(part, { force: true });
    }
  });

/**
 * What a person names for a page or a bundle: a new file in its place, of which nobody holds an end; not what lies
 * there, and not where a link leads. What is no file (a pipe, a terminal) is written into.
 */
export const writeOut = async (path: string, content: string | Uint8Array, mode: number): Promise<void> => {
  const there = await stat(path).catch(() => undefined);
  const isFile = !there || (there.isFile() && !/^\/(?:dev|proc)\//.test(path));
  await (isFile ? writeAtomically(path, content, mode) : writeFile(path, content));
};

const through = async <T>(
  path: string,
  text: string | Uint8Array,
  mode: number,
  take: (part: string) => Promise<T>,
): Promise<T> => {
  const part = `${path}.${randomBytes(4).toString('hex')}.part`;
  const file = await open(part, 'wx', mode);
  try {
    await file.writeFile(text);
    await file.sync();
    await file.close();
    return await take(part);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(part, { force: true });
    throw error;
  }
};
