/** What shall not be so on a host: something that is left over, or something that speaks for a command. */
import type { Resource } from '../../model/resource.js';
import type { Wants } from '../../resources/wants.js';
import type { Place } from './files.js';

/** `look` prints what is still there, nothing where all is well; `remove` may run again. */
export const leftover = (
  key: string,
  want: Wants['cleanup'],
  { host, because, stage = 'nodes', after = [] }: Place,
): Resource<'cleanup', Wants['cleanup']> => ({ kind: 'cleanup', host, key, want, stage, after, because });

/** `unless` prints what speaks for running it, nothing where all is well. */
export const command = (
  key: string,
  want: Wants['command'],
  { host, because, stage = 'nodes', after = [] }: Place,
): Resource<'command', Wants['command']> => ({ kind: 'command', host, key, want, stage, after, because });
