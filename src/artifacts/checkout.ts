/** The folder of this checkout, from the bundle as well as from the sources. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const checkout = (from = dirname(fileURLToPath(import.meta.url))): string => {
  if (existsSync(join(from, 'package-lock.json'))) return from;
  if (dirname(from) === from) throw new Error('no package-lock.json above the program');
  return checkout(dirname(from));
};
