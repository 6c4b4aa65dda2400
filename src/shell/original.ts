/**
 * What was on a host before Kubewizard came: a file is copied once before its first overwrite, and comes back on reset.
 * A marker says "Kubewizard wrote this"; it is set before the first write, so a crash never takes our file for a
 * user's. The scripts name the path once, in `$p`: a plan for thousands of hosts shares the rest of their text.
 */
import { raw, type Script, sh } from './sh.js';

const home = sh`/var/lib/kubewizard`;

/**
 * Shell words, for scripts that hold the path in `$p`. A directory's marker is a file inside, beside those of its
 * files.
 */
export const ownMarker = sh`"${raw(home)}/owned$p"`;
export const ownDirectoryMarker = sh`"${raw(home)}/owned$p/.directory"`;
export const originalFile = sh`"${raw(home)}/original$p"`;

/**
 * Before a write to `path`. The copy is complete before it has its name, the marker comes after the copy: whatever
 * moment a crash chooses, the next run neither loses the original nor copies a file of ours over it.
 */
export const keepOriginal = (path: string): Script => sh`p=${path}\n${raw(keep)}`;

/**
 * Takes away what Kubewizard wrote at `path`; a kept original returns. A file that is not ours is moved to removed/.
 */
export const giveBack = (path: string): Script => sh`p=${path}\n${raw(back)}`;

const keep = sh`d=\${p%/*} m=${raw(ownMarker)} o=${raw(originalFile)}
[ -d "$d/" ] || mkdir -p "$d" || exit 1
if [ -d "$p" ] && [ ! -L "$p" ]; then echo "$p is a directory where a file is wanted; move it away" >&2; exit 1; fi
if [ ! -e "$m" ]; then
  if [ -e "$p" ] || [ -L "$p" ]; then
    if [ ! -e "$o" ] && [ ! -L "$o" ]; then
      mkdir -p "\${o%/*}" && cp -a "$p" "$o.part" && mv -T "$o.part" "$o" || exit 1
    fi
  fi
  [ -d "\${m%/*}" ] || mkdir -p "\${m%/*}" || exit 1
  : > "$m" || exit 1
fi`;

// The hidden name: a kubelet takes any other file among its manifests for one more pod.
const back = sh`m=${raw(ownMarker)} o=${raw(originalFile)} r="${raw(home)}/removed$p" new="\${p%/*}/.kw-part.\${p##*/}"
if [ -e "$m" ]; then
  if [ -e "$o" ] || [ -L "$o" ]; then cp -a "$o" "$new" && mv -T "$new" "$p" || exit 1
  else rm -f "$p" || exit 1; fi
  rm -f "$m"
elif [ -e "$p" ] || [ -L "$p" ]; then
  mkdir -p "\${r%/*}" && cp -a "$p" "$r" && rm -f "$p" || exit 1
fi`;
