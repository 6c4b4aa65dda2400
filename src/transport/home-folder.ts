/** `.kubewizard/` holds keys: it is made for its owner alone, and keeps itself out of git. */
import { access, mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ownFolder } from './own-place.js';

/**
 * Makes a folder of the control machine, 0700; on the way a `.gitignore` for everything where `.kubewizard` begins.
 * Throws WorldFailed (refused) where it may be somebody else's.
 */
export const makeHome = async (folder: string): Promise<void> => {
  await ownFolder(folder);
  // Whoever was quicker has made one of their own.
  if ((await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined) await ownFolder(folder);
  const top = topOf(folder);
  const file = top && join(top, '.gitignore');
  if (
    file &&
    !(await access(file).then(
      () => true,
      () => false,
    ))
  )
    await writeFile(file, '*\n', { flag: 'wx', mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
};

const topOf = (folder: string): string | undefined => {
  if (basename(folder) === '.kubewizard') return folder;
  const above = dirname(folder);
  return above === folder ? undefined : topOf(above);
};
