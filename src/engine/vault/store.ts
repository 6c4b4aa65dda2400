/**
 * Secrets as files of the control machine: 0600 from their first byte, replaced by rename, synced before anybody relies
 * on them.
 */
import { randomBytes } from 'node:crypto';
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { WorldFailed } from '../../model/event.js';
import { makeHome } from '../../transport/home-folder.js';

/**
 * Secrets of a folder that are kept nowhere: a dry run that is killed leaves none of them behind. They are in the
 * memory of this process alone, and go with it.
 */
const inMemory = new Map<string, Map<string, string>>();

export const holdInMemory = (dir: string, first: Readonly<Record<string, string>>): void => {
  inMemory.set(dir, new Map(Object.entries(first)));
};

export const letGo = (dir: string): void => {
  inMemory.delete(dir);
};

/** undefined: it is not there. */
export const readSecret = async (dir: string, name: string): Promise<string | undefined> => {
  const held = inMemory.get(dir);
  if (held) return held.get(name);
  try {
    return await readFile(join(dir, name), 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw failed(
      `the secret ${name} cannot be read: ${(error as Error).message}`,
      `look at the owner and mode of ${dir}`,
    );
  }
};

/** Names of all that lie in a folder of it (`pki`), half-written ones left out; [] where there is none. */
export const secretsIn = async (dir: string, folder: string): Promise<readonly string[]> => {
  const held = inMemory.get(dir);
  if (held) return [...held.keys()].filter(name => name.startsWith(`${folder}/`));
  try {
    const found = await readdir(join(dir, folder), { withFileTypes: true });
    return found.flatMap(one => (one.isFile() && !one.name.endsWith('.tmp') ? [`${folder}/${one.name}`] : []));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw failed(`${join(dir, folder)} cannot be read: ${(error as Error).message}`, 'look at its owner and mode');
  }
};

export const writeSecret = async (dir: string, name: string, text: string): Promise<void> => {
  const held = inMemory.get(dir);
  if (held) {
    held.set(name, text);
    return;
  }
  const target = join(dir, name);
  const temporary = `${target}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await makeHome(dirname(target));
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
    await syncDirectory(dirname(target));
  } catch (error) {
    await rm(temporary, { force: true });
    throw failed(
      `the secret ${name} cannot be written: ${(error as Error).message}`,
      `make room and make ${dir} writable`,
    );
  }
};

export const dropSecret = async (dir: string, name: string): Promise<void> => {
  if (inMemory.get(dir)?.delete(name) !== undefined) return;
  await rm(join(dir, name), { force: true });
};

/**
 * Two runs of one control machine must not both make a CA: the second is refused. A lock whose process is gone is taken
 * over.
 */
export const withLock = async <T>(dir: string, work: () => Promise<T>): Promise<T> => {
  const lock = join(dir, 'vault.lock');
  await makeHome(dir);
  await take(lock, true);
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
};

const take = async (lock: string, again: boolean): Promise<void> => {
  try {
    const file = await open(lock, 'wx', 0o600);
    await file.writeFile(String(process.pid));
    await file.close();
  } catch (error) {
    if (codeOf(error) !== 'EEXIST')
      throw failed(`${lock} cannot be made: ${(error as Error).message}`, 'make its folder writable');
    const pid = Number(await readFile(lock, 'utf8').catch(() => ''));
    // An empty lock is one that is being written this very moment.
    if (!again || pid === 0 || isAlive(pid))
      throw new WorldFailed({
        class: 'locked',
        message: `another run (process ${pid || 'unknown'}) is making this cluster's secrets`,
        help: `wait for it; if there is none, remove ${lock}`,
      });
    await rm(lock, { force: true });
    await take(lock, false);
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
};

const syncDirectory = async (path: string): Promise<void> => {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
};

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

const failed = (message: string, help: string): WorldFailed => new WorldFailed({ class: 'refused', message, help });
