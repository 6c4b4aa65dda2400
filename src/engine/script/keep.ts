/**
 * Before a turn of a rollout changes a host: what its units were while they served. Whoever does not serve has nothing
 * to be put back to. What an earlier run has kept, and never saw serve again, stays: it is older, and proven.
 */
import { sh } from '../../shell/sh.js';

export const keep = sh`
# the units of a turn
kw_before() {
  for kw_u in $1; do
    kw_b=$kw_home/before/$kw_u kw_was=
    [ ! -e "$kw_b/run" ] || read -r kw_was <"$kw_b/run"
    if [ -e "$kw_b/passed" ] && [ "$kw_was" != "$kw_turn" ]; then rm -rf "$kw_b" || return 1; fi
    if [ -d "$kw_b" ]; then
      [ "$kw_was" = "$kw_turn" ] || echo "$kw_turn" >"$kw_b/run" || return 1
      continue
    fi
    kw_st=$(systemctl show -p ActiveState -p InvocationID "$kw_u")
    case $kw_st in *ActiveState=active*|*ActiveState=reloading*) ;; *) continue ;; esac
    rm -rf "$kw_b.part"
    (umask 077; mkdir -p "$kw_b.part/files" "$kw_b.part/absent") || return 1
    [ ! -e "$kw_scratch/started/$kw_u" ] || cp "$kw_scratch/started/$kw_u" "$kw_b.part/started" || return 1
    printf '%s\\n' "$kw_st" >"$kw_b.part/unit" && echo "$kw_turn" >"$kw_b.part/run" &&
      mv -T "$kw_b.part" "$kw_b" || return 1
  done
}
# units that read it, and a path: with it the marks that say whose it is
kw_keep() {
  for kw_u in $1; do
    kw_b=$kw_home/before/$kw_u
    [ -d "$kw_b" ] || continue
    for kw_k in "$2" "$kw_home/owned$2" "$kw_home/original$2"; do
      [ ! -e "$kw_b/absent$kw_k" ] && [ ! -e "$kw_b/files$kw_k" ] && [ ! -h "$kw_b/files$kw_k" ] || continue
      if [ -e "$kw_k" ] || [ -h "$kw_k" ]; then
        mkdir -p "$kw_b/files\${kw_k%/*}" && rm -rf "$kw_b/new" && cp -a "$kw_k" "$kw_b/new" &&
          { [ -h "$kw_b/new" ] || kw_sync "$kw_b/new"; } && mv -fT "$kw_b/new" "$kw_b/files$kw_k" || return 1
      else mkdir -p "$kw_b/absent\${kw_k%/*}" && : >"$kw_b/absent$kw_k" || return 1
      fi
    done
  done
}
# the units of a turn; said by the control machine, which has seen the proof of each
kw_over() { for kw_u in $1; do rm -rf "$kw_home/before/$kw_u" || return 1; done; }
`;
