/** Files of the user: written whole or not at all. */
import { randomBytes } from 'node:crypto';
import { link, open, rename, rm } from 'node:fs/promises';

/** Through a temporary file beside it, synced before it takes the name. */
export const writeAtomically = async (path: string, text: string, mode = 0o644): Promise<void> => {
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

const through = async <T>(path: string, text: string, mode: number, take: (part: string) => Promise<T>): Promise<T> => {
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
