/**
 * The lock's half on a host. The file holds three lines: when it expires (seconds of the host's own clock), the run,
 * and its owner as JSON. Who reads and writes it holds flock on the folder; that ends with the process, so it is never
 * stale.
 */
import { raw, type Script, sh } from '../../shell/sh.js';

export interface LockTerms {
  readonly home: string;
  readonly run: string;
  /** One line. */
  readonly owner: string;
  /** Seconds. */
  readonly ttl: number;
  /** Runs that are known to be dead. */
  readonly dead: readonly string[];
}

/** Prints `taken`, or `held <seconds left> <owner>`. */
export const takeScript = (terms: LockTerms): Script => sh`kw_home=${terms.home}
mkdir -p "$kw_home" || exit 1
${raw(body(terms, sh`kw_take`))}`;

/** The same for a lock that one has; `gone` where its folder or the file itself was removed (a reset does that). */
export const renewScript = (terms: LockTerms): Script => sh`kw_home=${terms.home}
[ -f "$kw_home/lock" ] || { echo gone; exit 0; }
${raw(body(terms, sh`kw_take`))}`;

export const releaseScript = (terms: LockTerms): Script => sh`kw_home=${terms.home}
[ -f "$kw_home/lock" ] || exit 0
${raw(body(terms, sh`kw_release`))}`;

const body = ({ run, owner, ttl, dead }: LockTerms, act: Script): Script => sh`
kw_run=${run} kw_owner=${owner} kw_ttl=${ttl} kw_dead=${` ${dead.join(' ')} `}
kw_read() { kw_until=; kw_by=; kw_who=; { read -r kw_until; read -r kw_by; IFS= read -r kw_who; \
} 2>/dev/null <"$kw_home/lock"; }
# More than ten minutes ahead: the clock was set back since, and the lock is old.
kw_lives() {
  case $kw_until in ''|*[!0-9]*) return 1 ;; esac
  case $kw_dead in *" $kw_by "*) return 1 ;; esac
  [ "$kw_until" -gt "$kw_now" ] && [ "$kw_until" -lt $((kw_now + 600)) ]
}
kw_take() {
  kw_now=$(date +%s); kw_read
  if [ "$kw_by" != "$kw_run" ] && kw_lives; then printf 'held %s %s\\n' $((kw_until - kw_now)) "$kw_who"; return; fi
  umask 022
  printf '%s\\n%s\\n%s\\n' $((kw_now + kw_ttl)) "$kw_run" "$kw_owner" >"$kw_home/lock.new" && \
mv -fT "$kw_home/lock.new" "$kw_home/lock" && echo taken
}
kw_release() { kw_read; [ "$kw_by" != "$kw_run" ] || rm -f "$kw_home/lock"; }
( if command -v flock >/dev/null 2>&1; then flock -w 10 9 || exit 1; fi; ${raw(act)} ) 9<"$kw_home"`;
