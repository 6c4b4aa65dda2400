/** A host that would take a change back: it is given more time, or need not any more. */
import { sh } from '../../shell/sh.js';
import { lifeboatPath, lifeboatUnit } from '../../shell/taken-back.js';

/** `kw_hold`: so many seconds from now on. `kw_beat`: asks for more time, where it is due. */
export const beat = sh`
kw_held=-999
kw_hold() {
  [ -d "$kw_home/armed" ] || return 0
  kw_now; kw_held=$kw_time
  echo $((kw_time + $1)) >"$kw_scratch/armed-until.new" && mv -f "$kw_scratch/armed-until.new" "$kw_scratch/armed-until"
}
kw_beat() {
  [ -e "$kw_home/armed/waiting" ] || return 0
  kw_now; [ $((kw_time - kw_held)) -ge "\${kw_every:-10}" ] || return 0
  kw_say hold; kw_listen
}
`;

/** These units need not be put back any more; `kw_no` says that it is too late. */
export const disarm = sh`
kw_disarm() {
  kw_a=$kw_home/armed
  [ -d "$kw_a" ] || return 0
  for kw_u in $1; do rm -f "$kw_a/units/$kw_u"; done
  if [ -e "$kw_a/taking" ]; then kw_no='the host is taking the change back by itself'; return 0; fi
  # Another turn of this host is not over yet.
  for kw_u in "$kw_a"/units/*; do [ ! -e "$kw_u" ] || return 0; done
  if [ -e "$kw_a/waiting" ]; then
    mv -T "$kw_a/waiting" "$kw_a/over" 2>/dev/null ||
      { kw_no='the host has taken the change back by itself'; return 0; }
    systemctl --no-reload -q disable ${lifeboatUnit}
    systemctl --no-block stop ${lifeboatUnit}
    rm -f ${lifeboatPath}
  fi
  rm -rf "$kw_a" "$kw_scratch/armed-until"
}
`;
