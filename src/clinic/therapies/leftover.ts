/** What shall not be so on a host: a script that shows it, and one that ends it. */
import type { Resource } from '../../model/resource.js';
import type { Wants } from '../../resources/wants.js';
import type { Place } from './files.js';

/** `look` prints what is still there, nothing where all is well; `remove` may run again. */
export const leftover = (
  key: string,
  want: Wants['residue'],
  { host, because, stage = 'nodes', after = [] }: Place,
): Resource<'residue', Wants['residue']> => ({ kind: 'residue', host, key, want, stage, after, because });
