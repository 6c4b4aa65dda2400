/** Whether a command that somebody ran names a thing, and how much of it may be shown. */
import { redact } from '../../model/redaction/redact.js';
import type { Command } from '../../facts/traces/logins.js';
import type { Difference } from '../../model/drift.js';
import { traitsOf } from '../../resources/index.js';

type Thing = Pick<Difference, 'kind' | 'key' | 'changes'>;

/**
 * One of its words (a colon may be part of one, as in names of roles, or not, as in `scp host:path`) is the thing, the
 * thing in the folder where it ran, or a folder above it.
 */
export function namesIt({ command, folder }: Pick<Command, 'command' | 'folder'>, thing: Thing): boolean {
  const words = [/[\s=,;'"<>|&()]+/, /[\s=:,;'"<>|&()]+/].flatMap(at => command.split(at)).filter(word => word !== '');
  const { path: hasPath, named } = traitsOf(thing.kind);
  if (hasPath) {
    const paths = words.map(word => (word.startsWith('/') ? word : `${folder}/${word.replace(/^\.\//, '')}`));
    return paths.some(path => isAt(thing.key, path.replace(/\/+$/, '')));
  }
  const names = named?.(thing.key, thing.changes) ?? [thing.key];
  return words.some(word => names.includes(word) || names.some(name => word.endsWith(`/${name}`)));
}

/** `/etc` and shorter say nothing. */
const isAt = (key: string, path: string): boolean =>
  key === path || (path.split('/').length > 2 && key.startsWith(`${path}/`));

const shells = /^(?:\S*\/)?(?:(?:ba|da|z|k|fi)?sh|su)(?:\s+(?:-|-l|-i|--login|root))*$/;

/** From then on nothing that is done is written down. */
export const rootShell = ({ command }: Pick<Command, 'command'>): boolean => shells.test(command.trim());

/** People write passwords into commands. They go before it is cut: half a password is known by nothing. */
export const shownCommand = (command: string): string => redact(command).slice(0, 400);
