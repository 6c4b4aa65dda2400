/** The private keys to offer, read once; those that cannot be used are named with the reason. */
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import ssh2, { type ParsedKey } from 'ssh2';
import type { Target } from './route.js';
import { failed } from '../failures.js';
import { openToOthers } from '../own-place.js';

export interface Keys {
  readonly usable: readonly { readonly path: string; readonly key: ParsedKey }[];
  /** `~/.ssh/id_rsa: protected by a passphrase`. */
  readonly unusable: readonly string[];
}

/**
 * A host's own key, else those of `paths` that exist. Throws WorldFailed when the host's own key cannot be read;
 * one with a passphrase is only unusable where an agent may hold it.
 */
export const readKeys = async (host: Target, paths: readonly string[], agent: boolean): Promise<Keys> => {
  const own = host.ssh.key;
  const read = await Promise.all(
    (own === undefined ? paths : [own]).map(path => readKey(home(path), own !== undefined)),
  );
  const wrong = read.flatMap(each => (each && 'why' in each ? [each] : []));
  const [first] = wrong;
  if (first && own !== undefined && !(agent && first.locked))
    throw failed(
      host.name,
      'auth',
      `cannot use the key ${own}: ${first.why}`,
      first.open
        ? `chmod 600 ${own}; ssh uses no such key either`
        : first.locked
          ? unlock(own)
          : 'name a private key in OpenSSH or PEM format in ssh.key',
    );
  return {
    usable: read.flatMap(each => (each && 'key' in each ? [each] : [])),
    unusable: wrong.map(each => `${each.path}: ${each.why}`),
  };
};

type Read =
  | { readonly path: string; readonly key: ParsedKey }
  | { readonly path: string; readonly why: string; readonly locked: boolean; readonly open?: true };

const readKey = async (path: string, needed: boolean): Promise<Read | undefined> => {
  const why = await openToOthers(path);
  if (why !== undefined) return { path, why, locked: false, open: true };
  try {
    const parsed: ParsedKey | ParsedKey[] | Error = ssh2.utils.parseKey(await readFile(path));
    const key = Array.isArray(parsed) ? parsed[0] : parsed;
    if (key && !(key instanceof Error))
      return key.isPrivateKey() ? { path, key } : { path, why: 'it is a public key', locked: false };
    const locked = /passphrase|[Ee]ncrypted/.test(key?.message ?? '');
    return { path, locked, why: locked ? 'protected by a passphrase' : (key?.message ?? 'no key in it') };
  } catch (error) {
    return !needed && (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? undefined
      : { path, why: (error as Error).message, locked: false };
  }
};

const home = (path: string): string => (path.startsWith('~/') ? resolve(userInfo().homedir, path.slice(2)) : path);

const unlock = (path: string): string => `unlock it for this session: eval $(ssh-agent) && ssh-add ${path}`;
