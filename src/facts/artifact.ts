import type { Fact } from '../model/fact.js';
import { Unreadable } from '../model/fact.js';
import { ownMarker } from '../shell/original.js';
import { raw, type Script, sh } from '../shell/sh.js';

/** What lies at an executable's path. */
export interface ArtifactState {
  readonly is: 'absent' | 'linked' | 'other-link' | 'file';
  /** The store holds the wanted file, unchanged since its digest was checked. */
  readonly whole: boolean;
  /** Of another link: the digest it leads to in our store, or its target. */
  readonly target?: string;
  /** Kubewizard put it there. */
  readonly ours: boolean;
}

export const store = (sha256: string): string => `/var/lib/kubewizard/store/${sha256}`;

/**
 * An executable as a link into the store. A fetch writes size, mtime and inode beside the file once its digest was
 * right (`.ok`); as long as they are the same, 100 MB are not hashed again: one fork instead.
 */
export const artifact = (path: string, sha256: string): Fact<ArtifactState> => ({
  id: `artifact:${path}`,
  question: { ask: 'host', script: script(path, sha256) },
  parse: output => read(`artifact:${path}`, output),
});

const script = (path: string, sha256: string): Script => sh`p=${path} s=${store(sha256)}\n${raw(ask)}`;

const ask = sh`if [ -L "$p" ]; then if [ "$p" -ef "$s" ]; then echo linked; else echo "other-link $(readlink "$p")"; fi
elif [ -e "$p" ]; then echo file; else echo absent; fi
if [ -e ${raw(ownMarker)} ]; then echo ours; else echo foreign; fi
ok=; [ ! -e "$s.ok" ] || read -r ok <"$s.ok"
if [ -n "$ok" ] && [ "$ok" = "$(stat -c '%s %Y %i' "$s" 2>/dev/null)" ]; then echo whole; else echo missing; fi`;

function read(id: string, output: string): ArtifactState {
  const found = /^(absent|linked|other-link|file)(?: ([^\n]*))?\n(ours|foreign)\n(whole|missing)\n*$/.exec(output);
  if (!found) throw new Unreadable(id, output, 'not the three lines that were asked for');
  const [, is, target, whose, whole] = found;
  const state = { is: is as ArtifactState['is'], whole: whole === 'whole', ours: whose === 'ours' };
  return target === undefined
    ? state
    : { ...state, target: /^\/var\/lib\/kubewizard\/store\/([0-9a-f]{64})$/.exec(target)?.[1] ?? target };
}
