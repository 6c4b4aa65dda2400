import type { Fact } from '../model/fact.js';
import { Unreadable } from '../model/fact.js';
import { ownDirectoryMarker } from '../shell/original.js';
import { raw, type Script, sh } from '../shell/sh.js';

export type DirectoryState =
  | { readonly is: 'absent' | 'other' }
  /** `ours` and `empty` are only asked where it shall go. */
  | {
      readonly is: 'directory';
      readonly mode: number;
      readonly owner: string;
      readonly ours: boolean;
      readonly empty: boolean;
    };

/** A directory's mode and owner, and whether Kubewizard made it. */
export const directory = (path: string, goes: boolean): Fact<DirectoryState> => ({
  id: `directory:${path}`,
  question: { ask: 'host', script: script(path, goes) },
  parse: output => read(`directory:${path}`, output),
});

const script = (path: string, goes: boolean): Script => sh`p=${path}\n${raw(goes ? askWhose : ask(sh``))}`;

const ask = (more: Script): Script => sh`if [ -d "$p" ]; then stat -L -c 'directory %a %U:%G' "$p"${raw(more)}
elif [ -e "$p" ] || [ -L "$p" ]; then echo other; else echo absent; fi`;
const askWhose = ask(sh`
if [ -e ${raw(ownDirectoryMarker)} ]; then echo ours; fi
if [ -z "$(ls -A "$p")" ]; then echo empty; fi`);

function read(id: string, output: string): DirectoryState {
  const [first = '', ...rest] = output.split('\n');
  if (first === 'absent' || first === 'other') return { is: first };
  const found = /^directory ([0-7]{1,4}) (\S+)$/.exec(first);
  if (!found) throw new Unreadable(id, output, 'neither absent nor a directory with mode and owner');
  return {
    is: 'directory',
    mode: Number.parseInt(found[1] ?? '', 8),
    owner: found[2] ?? '',
    ours: rest.includes('ours'),
    empty: rest.includes('empty'),
  };
}
