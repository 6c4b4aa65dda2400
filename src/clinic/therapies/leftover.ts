/**
 * Two wants of a therapy: something left over that is to go, and a command that is run while something speaks for it.
 */
import type { Resource } from '../../model/resource.js';
import type { Wants } from '../../resources/wants.js';
import type { Place } from './files.js';

/** `find` prints what is still there, nothing where all is well; `remove` may run again. */
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
