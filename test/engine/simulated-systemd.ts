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
reads() {
  text=$(cat ${root}/units/$u ${root}/bin/\${u%.service} ${root}/conf/\${u%.service} 2>/dev/null)
  set_ reads "$text"; set_ looks 0
  case $text$(get spoilt) in *bad*) set_ lives 2 ;; *mortal*) cp ${root}/lives $state/$u/lives ;;
    *c1*worse*) rm -f $state/$u/lives ;; *worse*) set_ lives 2 ;; *) rm -f $state/$u/lives ;; esac
  if [ -e $state/$u/lives ]; then is dying; else is running; fi
}
is() { set_ is $1; set_ changes $(($(get changes 0) + 1)); }
start() { set_ starts $(($(get starts 0) + 1)); date +%s >$state/$u/since; reads; }
# What cannot serve is active for some looks, ends, waits a look, and is started again.
look() {
  case $(get is dead) in
    dying) set_ looks $(($(get looks 0) + 1)); [ $(get looks) -le $(get lives) ] || is auto-restart ;;
    auto-restart) set_ ends $(($(get ends 0) + 1)); [ ! -e $state/$u/lives ] || start ;;
  esac
}
case $unit in *kw-armed.service*)
  end() { [ ! -e $state/armed.pid ] || kill -s KILL -- -$(cat $state/armed.pid) 2>/dev/null; rm -f $state/armed.pid; }
  case $verb in
    start|restart) end; run=$(sed -n s/^ExecStart=//p ${root}/units/kw-armed.service)
      setsid $run </dev/null >>${root}/journal 2>&1 3>&- 4>&- & echo $! >$state/armed.pid ;;
    stop) end ;;
    is-active) [ -e $state/armed.pid ] && kill -0 $(cat $state/armed.pid) 2>/dev/null || exit 3 ;;
    enable) : >$state/armed.enabled ;;
    disable) rm -f $state/armed.enabled ;;
  esac
  exit 0 ;;
esac
for u in \${unit:-none}; do case $verb in
  boot) [ $u != none ] || for u in $(ls $state); do case $u in
      armed.enabled) $0 start kw-armed.service ;;
      *.service) case $(get is dead) in dead) ;; *) start ;; esac ;;
    esac; done ;;
  show)
    look; is=$(get is dead)
    case $is in running|dying) a=active is=running ;; dead) a=inactive ;; *) a=activating ;; esac
    for p in $props; do case $p in
      Id) v=$u ;; ActiveState) v=$a ;; SubState) v=$is ;; UnitFileState) v=enabled ;; LoadState) v=loaded ;;
      InvocationID) v=$(get starts 0) ;; NRestarts) v=$(get ends 0) ;; NeedDaemonReload) v=yes ;;
      StateChangeTimestampMonotonic) v=$(get changes 0) ;;
      ExecMainStartTimestamp) v="x $(date -u -d @$(get since 0) '+%Y-%m-%d %H:%M:%S') UTC" ;; *) v= ;; esac
      if [ -n "$value" ]; then echo "$v"; else echo "$p=$v"; fi; done; echo ;;
  start) case $(get is dead) in running|dying) ;; *) start ;; esac ;;
  restart) start ;;
  reload) reads ;;
  stop) is dead ;;
  reset-failed) set_ ends 0 ;;
  is-active) [ "$(get is dead)" = running ] || exit 3 ;;
esac; done
exit 0
`;

/** Health of what runs and is not deaf, by its port. */
export const curl = (root: string, ports: ReadonlyMap<number, string>): string => `#!/bin/sh
case $* in ${[...ports].map(([port, name]) => `*:${port}/*) u=${name}.service ;;`).join(' ')} *) exit 7 ;; esac
[ "$(cat ${root}/systemd/$u/is)" = running ] || exit 7
! grep -q deaf ${root}/systemd/$u/reads || exit 28
`;
