/** What the person of this machine has accepted before takes no part in a scenario; what was built is found all the same. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from './scenario.js';

export const withOwnHome = async <T>(t: Stage, work: () => Promise<T>): Promise<T> => {
  const { HOME, XDG_CACHE_HOME } = process.env;
  const home = join(t.dir, 'home');
  mkdirSync(home, { recursive: true });
  Object.assign(process.env, { HOME: home, XDG_CACHE_HOME: XDG_CACHE_HOME ?? join(HOME ?? '', '.cache') });
  try {
    return await work();
  } finally {
    Object.assign(process.env, { HOME });
  }
};
