/**
 * A file written whole or not at all: a temporary file beside it (dot file: neither systemd, kubelet nor containerd
 * reads those), never with more rights than the file shall have, synced, renamed. Its name is fixed, so that a killed
 * script leaves at most one, which the next put takes away.
 */
import { sh } from '../../shell/sh.js';

export const put = sh`
kw_sync() { sync "$1" 2>/dev/null || sync; }
kw_beside() {
  kw_t=\${1%/*}/.kw-new.\${1##*/}
  [ -d "\${1%/*}/" ] || mkdir -p "\${1%/*}/" || return 1
  if [ -d "$1" ] && [ ! -h "$1" ]; then echo "$1 is a directory"; return 1; fi
  if [ -e "$kw_t" ] || [ -h "$kw_t" ]; then rm -f "$kw_t"; fi
}
# path, mode, owner or nothing, content in base64, umask that gives the mode to files that are not executable: it saves
# a fork
kw_put() {
  kw_beside "$1" || return 1
  if (umask "$5"; printf %s "$4" | base64 -d >"$kw_t") && { [ -z "$3" ] || chown "$3" "$kw_t"; } &&
    { [ $((0$2 & 0666)) = $((0$2)) ] || chmod "$2" "$kw_t"; } && kw_sync "$kw_t" && \
mv -fT "$kw_t" "$1"; then return 0; fi
  rm -f "$kw_t"; return 1
}
`;
