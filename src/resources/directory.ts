import { directory as factOf, type DirectoryState } from '../facts/directory.js';
import { type Change, changed, removed } from '../model/resource.js';
import { ownDirectoryMarker } from '../shell/original.js';
import { raw, type Script, sh } from '../shell/sh.js';
import { defineKind } from './kind.js';
import type { DirectoryWant } from './wants.js';

/** A directory with this mode and owner, or none. */
export const directory = defineKind<'directory', DirectoryWant, DirectoryState>({
  kind: 'directory',
  path: 'whole',
  read: (path, want) => factOf(path, want.absent === true),

  diff(want, have) {
    if (want.absent)
      return goes(want, have)
        ? [removed('directory', have.is === 'directory' && !have.empty ? 'with contents' : have.is)]
        : [];
    if (have.is !== 'directory')
      return [changed('directory', have.is === 'absent' ? undefined : 'something else', octal(want.mode))];
    const changes: Change[] = [];
    if (have.mode !== want.mode) changes.push(changed('mode', octal(have.mode), octal(want.mode)));
    if (want.owner && !isOwner(want.owner, have.owner)) changes.push(changed('owner', have.owner, want.owner));
    return changes;
  },

  plan(path, want, changes) {
    if (want.absent)
      return {
        actions: [{ do: 'run', script: remove(path), says: `remove ${path}` }],
        risk: changes.some(change => change.from === 'with contents') ? 'data' : 'none',
      };
    return { actions: [{ do: 'run', script: make(path, want), says: `make ${path}` }], risk: 'none' };
  },

  rollback: path => ({ by: 'files', paths: [path] }),
  ideal: want =>
    want.absent
      ? { is: 'absent' }
      : { is: 'directory', mode: want.mode, owner: want.owner ?? 'root:root', ours: true, empty: false },
  undo: (_, want) => (want.absent ? undefined : { ...want, absent: true, ours: true }),
});

const goes = (want: DirectoryWant, have: DirectoryState): boolean =>
  have.is === 'directory' ? !want.ours || have.ours : have.is === 'other' && !want.ours;

const octal = (mode: number): string => mode.toString(8).padStart(4, '0');
const isOwner = (wanted: string, have: string): boolean =>
  wanted.includes(':') ? wanted === have : wanted === have.split(':')[0];

// The marker comes first: a crash between the two leaves a marker without a directory, never a directory of ours
// without one.
const make = (path: string, { mode, owner }: DirectoryWant): Script =>
  sh`p=${path}\n${raw(made)}\nchmod ${octal(mode)} "$p"${raw(owner ? sh` && chown ${owner} "$p"` : sh``)}`;

const made = sh`m=${raw(ownDirectoryMarker)}
if [ ! -d "$p" ]; then
  if [ -e "$p" ] || [ -L "$p" ]; then echo "$p is not a directory; move it away" >&2; exit 1; fi
  mkdir -p "\${m%/*}" && : > "$m" && mkdir -p "$p" || exit 1
fi`;

/**
 * Never crosses into another filesystem: a volume that is still mounted below keeps its files, and the removal fails.
 */
const remove = (path: string): Script => {
  if (!/^\/[^/]+\/[^/]/.test(path) || path.split('/').includes('..'))
    throw new Error(`${path} is not a directory that may be removed whole`);
  return sh`p=${path}\nrm -rf --one-file-system "$p" && rm -f ${raw(ownDirectoryMarker)}`;
};
