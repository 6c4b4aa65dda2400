/** A systemd of paper: what a unit reads at its start decides how it runs. */

/** As much of it as the scripts ask for. */
export const systemctl = (root: string): string => `#!/bin/sh
state=${root}/systemd; mkdir -p $state
props= value= verb= unit= args="$*"
while [ $# -gt 0 ]; do case $1 in
  -p) props="$props $2"; shift ;; --value) value=1 ;; --kill-who=*|--no-*|-q|--quiet) ;; -s) shift ;; --) ;;
  *) if [ -z "$verb" ]; then verb=$1; else unit="$unit $1"; fi ;; esac; shift; done
get() { cat $state/$u/$1 2>/dev/null || printf %s "$2"; }
set_() { mkdir -p $state/$u; printf %s "$2" >$state/$u/$1; }
start() {
  n=$(get starts 0); set_ starts $((n + 1)); set_ ends 0
  text=$(cat ${root}/units/$u ${root}/bin/\${u%.service} ${root}/conf/\${u%.service} 2>/dev/null)
  set_ reads "$text"; date +%s >$state/$u/since
  case $text$(get spoilt) in *bad*) set_ is auto-restart ;; *c1*worse*) set_ is running ;;
    *worse*) set_ is auto-restart ;; *) set_ is running ;; esac
}
for u in \${unit:-none}; do case $verb in
  show)
    is=$(get is dead)
    case $is in running) a=active ;; dead) a=inactive ;; *) a=activating ;; esac
    if [ $is = auto-restart ]; then set_ ends $(($(get ends 0) + 1)); fi
    for p in $props; do case $p in
      Id) v=$u ;; ActiveState) v=$a ;; SubState) v=$is ;; UnitFileState) v=enabled ;; LoadState) v=loaded ;;
      InvocationID) v=$(get starts 0) ;; NRestarts) v=$(get ends 0) ;; NeedDaemonReload) v=yes ;;
      ExecMainStartTimestamp) v="x $(date -u -d @$(get since 0) '+%Y-%m-%d %H:%M:%S') UTC" ;; *) v= ;; esac
      if [ -n "$value" ]; then echo "$v"; else echo "$p=$v"; fi; done; echo ;;
  restart|start) start ;;
  stop) set_ is dead ;;
  is-active) [ "$(get is dead)" = running ] || exit 3 ;;
esac; done
exit 0
`;
