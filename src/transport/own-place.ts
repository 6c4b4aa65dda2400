/**
 * Whose a place on the control machine is. What lies there decides what kw does as root on every host, so it is asked
 * as ssh asks of its configuration, and git of a folder: who else may write here, or put another folder in its place?
 */
import { lstat, readdir, readlink, stat } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { escapeForTerminal } from '../shell/terminal.js';
import { WorldFailed } from '../model/event.js';
import { isOurs, type Person, whoRuns } from './person.js';

/** Its owner inside of a user namespace: nobody of this namespace is. */
const unmapped = 65_534;
const [sticky, group, everybody] = [0o1000, 0o020, 0o002];

interface Met {
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly link: boolean;
  readonly folder: boolean;
}

const look = async (path: string): Promise<Met | undefined> => {
  const at = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    // What cannot be entered is said by whoever reads it.
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'EACCES') return undefined;
    throw error;
  });
  return (
    at && {
      path,
      uid: at.uid,
      gid: at.gid,
      mode: at.mode & 0o7777,
      link: at.isSymbolicLink(),
      folder: at.isDirectory(),
    }
  );
};

// As Linux: MAXSYMLINKS.
const mostLinks = 40;

/**
 * All that lies on the way to a path, every link and what it leads to; as far as it is there. `part`: of the path
 * itself, its links and where they end; none for what only lies on the way of a link.
 */
const wayTo = async (path: string): Promise<readonly (Met & { readonly part?: number })[]> => {
  const met: (Met & { readonly part?: number })[] = [];
  const root = await look(sep);
  if (root) met.push(root);
  let at: string = sep;
  let links = 0;
  const left: { readonly name: string; readonly part?: number }[] = partsOf(path).map((name, part) => ({ name, part }));
  for (let next = left.shift(); next !== undefined; next = left.shift()) {
    const one = await look(resolve(at, next.name));
    if (!one) break;
    met.push({ ...one, ...(next.part !== undefined && { part: next.part }) });
    if (!one.link) {
      at = one.path;
      continue;
    }
    if (++links > mostLinks) break;
    const to = await readlink(one.path);
    const names = to.split(sep).filter(Boolean);
    const part = next.part;
    left.unshift(...names.map((name, n) => ({ name, ...(n === names.length - 1 && part !== undefined && { part }) })));
    if (to.startsWith(sep)) at = sep;
  }
  return met;
};

const partsOf = (path: string): readonly string[] => resolve(path).split(sep).filter(Boolean);

/** A group of the same number as its owner is the owner's alone, as most distributions make them. */
const othersOfGroup = ({ gid, uid, mode }: Met): boolean => (mode & group) !== 0 && gid !== uid && gid !== 0;

/** Of a folder on the way: who may exchange what lies in it. In a sticky one only owners may. */
const wrongOnTheWay = (one: Met, person: Person): WorldFailed | undefined => {
  if (!isOurs(one.uid, person) && one.uid !== unmapped) return anothers(one, person);
  return !one.link && (one.mode & everybody) !== 0 && (one.mode & sticky) === 0 ? written(one, 'everybody') : undefined;
};

const wrongOf = (one: Met, person: Person, shared: 'may be shared' | 'own'): WorldFailed | undefined => {
  if (!isOurs(one.uid, person)) return anothers(one, person);
  if (one.link) return undefined;
  if ((one.mode & everybody) !== 0) return written(one, 'everybody');
  return shared === 'own' && othersOfGroup(one) ? written(one, 'group') : undefined;
};

/**
 * Throws WorldFailed (refused) where a file, or what lies on the way to it, may be another user's; @returns whether its
 * group may write it. What is no file (a pipe) is whoever's who opened it.
 */
export const ownFile = async (path: string, person: Person = whoRuns()): Promise<{ readonly shared: boolean }> => {
  const way = await wayTo(path);
  const last = way.at(-1);
  if (!last || last.folder || isOfTheSystem(last.path)) return { shared: false };
  refuse(way.slice(0, -1).map(one => wrongOnTheWay(one, person)));
  refuse([wrongOf(last, person, 'may be shared')]);
  const folder = way.findLast(one => one.folder && one !== last);
  return { shared: othersOfGroup(last) || (folder !== undefined && othersOfGroup(folder)) };
};

/**
 * Throws WorldFailed (refused) where `.kubewizard` on the way to `folder`, or anything that it holds, may be written by
 * somebody else, or a key in it read. What is not there yet is nobody's.
 */
export const ownFolder = async (folder: string, person: Person = whoRuns()): Promise<void> => {
  const way = await wayTo(folder);
  const parts = partsOf(folder);
  const begins = parts.lastIndexOf('.kubewizard');
  const from = begins < 0 ? parts.length - 1 : begins;
  const ours = way.filter(({ part = -1 }) => part >= from);
  refuse(way.map(one => (ours.includes(one) ? wrongOf(one, person, 'own') : wrongOnTheWay(one, person))));
  const last = ours.at(-1);
  if (!last?.folder) return;
  // Nobody else comes through a folder that is closed, whatever the modes below it are.
  const closed = ours.some(one => one.folder && (one.mode & 0o011) === 0);
  for (const name of await readdir(last.path, { recursive: true }).catch(() => [])) {
    const one = await look(join(last.path, name));
    if (!one) continue;
    if (one.link) refuse((await wayTo(one.path)).map(each => wrongOnTheWay(each, person)));
    refuse([closed ? wrongOnTheWay({ ...one, mode: 0 }, person) : wrongOf(one, person, 'own')]);
    if (!closed && !one.folder && !one.link && isKey(name) && (one.mode & 0o044) !== 0) throw readable(one);
  }
};

/** A pipe, a terminal, what a shell gives by its number. */
const isOfTheSystem = (path: string): boolean => /^\/(?:proc|dev)\//.test(path);

/** Of the vault, by its names. */
const isKey = (name: string): boolean => /\.key$|^(?:encryption|backup)\//.test(name);

/**
 * Why a file with a secret that a person names is not used; undefined: it may be. As ssh has it: a key of one's own
 * that others may read or write is not used, a key of somebody else is theirs to lend.
 */
export const openToOthers = async (path: string, person: Person = whoRuns()): Promise<string | undefined> => {
  const one = (await wayTo(path)).at(-1);
  if (!one || one.link || one.folder || isOfTheSystem(one.path)) return undefined;
  const open = one.uid === person.uid || one.uid === person.sudo ? 0o077 : everybody;
  return (one.mode & open) === 0 ? undefined : `others may read or write it (mode ${octal(one)})`;
};

/**
 * Why nothing is believed of a file that says whom to trust; undefined: it is. A group is believed, as ssh does of
 * known hosts; a file that is not there says nothing.
 */
export const notBelieved = async (path: string, person: Person = whoRuns()): Promise<string | undefined> => {
  const one = await stat(path).catch(() => undefined);
  if (!one?.isFile()) return undefined;
  if (!isOurs(one.uid, person)) return `it belongs to another user (uid ${one.uid})`;
  return (one.mode & everybody) === 0 ? undefined : `everybody on this machine may write it (chmod go-w ${path})`;
};

const refuse = (wrong: readonly (WorldFailed | undefined)[]): void => {
  const first = wrong.find(one => one !== undefined);
  if (first) throw first;
};

const octal = ({ mode }: Met): string => `0${(mode & 0o777).toString(8)}`;
const shown = ({ path }: Met): string => escapeForTerminal(path);
const refused = (message: string, help: string): WorldFailed => new WorldFailed({ class: 'refused', message, help });

const anothers = (one: Met, { uid, sudo }: Person): WorldFailed =>
  refused(
    `${shown(one)} belongs to another user (uid ${one.uid}): what lies there decides what kw does as root on hosts`,
    uid === 0 && sudo === undefined
      ? `run kw as that user, or by sudo from them (SUDO_UID=${one.uid} says so where there is no sudo); or look at ` +
          `what is in it, and make it yours: chown -R 0 ${shown(one)}`
      : 'run kw as that user; or work with a copy of the cluster file in a folder of your own',
  );

const written = (one: Met, who: 'everybody' | 'group'): WorldFailed =>
  refused(
    `${who === 'group' ? `a group (gid ${one.gid})` : 'everybody on this machine'} may write ${shown(one)} (mode ` +
      `${octal(one)}): what lies there decides what kw does as root on hosts`,
    `look at whether it is still what you left there, then: chmod go-w ${shown(one)}`,
  );

const readable = (one: Met): WorldFailed =>
  refused(
    `others on this machine may read ${shown(one)} (mode ${octal(one)}), which is a key of the cluster`,
    `chmod -R go= ${dirname(shown(one))}; whoever may have read it keeps what it opens until kw rotate exchanges it`,
  );
