/** What is run on a host to start, restart and stop a unit. */
import { dropIns, inputs, records } from '../../facts/service.js';
import { type Action, givesUp } from '../../model/resource.js';
import { raw, type Script, scripts, sh } from '../../shell/sh.js';
import type { ServiceWant } from '../wants.js';

/**
 * The record of the inputs is taken before the restart is queued and gets its name only afterwards: a crash in between
 * leaves the old record, so the restart stays owed. `--no-block`: units of one level start side by side.
 */
export function restart(
  unit: string,
  want: ServiceWant,
  bootChanges: boolean,
  reason: 'fresh' | 'running' | undefined,
  asked: boolean,
): Script {
  return scripts(
    [
      sh`u=${unit}`,
      asked && endsForgotten,
      // Before it is enabled: what must not start now must not start at the next boot either.
      reason === 'running' &&
        want.startGuard &&
        sh`why=$( ( ${raw(want.startGuard)}\n) 2>&1 ) || { echo "not started: $why" >&2; exit 1; }`,
      bootChanges && enable(want.atBoot),
      // Reloading costs systemd 50 ms and more, and a first build starts many units: only where it is needed.
      reason &&
        sh`case $(systemctl show -p LoadState -p NeedDaemonReload "$u") in *not-found*|*NeedDaemonReload=yes*) \
systemctl daemon-reload;; esac`,
      reason === 'fresh' && want.guard && guarded(want.guard),
      reason &&
        sh`mkdir -p ${raw(records)} && {
${raw(inputs(want.reads))}; ${raw(dropIns(sh`"$(systemctl show -p DropInPaths "$u")"`))}; echo
} > "${raw(records)}/$u.next" || exit 1`,
      reason === 'fresh' && (want.reloads ? reloadOr(want, want.reloads) : again),
      reason === 'running' && start,
      reason === 'fresh' && sh`mv -f "${raw(records)}/$u.next" "${raw(records)}/$u"`,
      reason === 'running' &&
        sh`[ ! -e "${raw(records)}/$u.next" ] || mv -f "${raw(records)}/$u.next" "${raw(records)}/$u"`,
    ].filter(line => typeof line === 'string'),
  );
}

export const stop = (unit: string, want: ServiceWant): Script =>
  scripts([
    sh`u=${unit}`,
    sh`case $(systemctl show -p LoadState "$u") in *not-found*) exit 0;; esac`,
    // An API server drains its watches for up to a minute; what is stopped here is not wanted any more.
    sh`timeout 20 systemctl stop "$u" || { systemctl kill -s KILL "$u"; systemctl stop "$u"; } || exit 1`,
    sh`systemctl reset-failed "$u" 2>/dev/null`,
    enable(want.atBoot),
    sh`rm -f "${raw(records)}/$u"`,
  ]);

/** Waits for systemd's word, then for the service's own; a failure brings the unit's last lines along. */
export function waitFor(unit: string, want: ServiceWant, inTurn = false): Action[] {
  const why = sh`u=${unit}\n${raw(explain)}`;
  const wait = (asks: Script, seconds: number, says: string): Action => {
    const script = inTurn && !want.oneshot ? orHopeless(unit, asks) : asks;
    return { do: 'wait', script, seconds, says, why };
  };
  const active = wait(up(unit, want), want.oneshot ? 120 : 90, `${unit} to run`);
  return want.ready ? [active, wait(want.ready.script, want.ready.seconds, want.ready.says)] : [active];
}

/** What served before its turn, and now ends again and again, will not serve: nobody waits for the time to be up. */
const orHopeless = (unit: string, asks: Script): Script => sh`( ${raw(asks)}
) && exit 0
n=$(systemctl show -p NRestarts --value ${unit}); [ "\${n:-0}" -lt ${mostEnds} ] || {
echo ${unit} "has ended $n times since its turn began"; exit ${givesUp}; }
exit 1`;
const mostEnds = 5;
/** What it did before its turn says nothing of its turn. */
const endsForgotten = sh`systemctl reset-failed "$u" 2>/dev/null || :`;

const explain = sh`systemctl show -p ActiveState -p SubState -p Result -p ExecMainStatus "$u"; \
journalctl -u "$u" -n 20 --no-pager -o cat 2>&1`;

const up = (unit: string, want: ServiceWant): Script => sh`u=${unit}\n${raw(want.oneshot ? upOnce : upForGood)}`;
const upOnce = sh`systemctl is-active -q "$u"`;
const upForGood = sh`case $(systemctl show -p ActiveState -p SubState "$u") in *SubState=exited*) exit 1;; \
*ActiveState=active*) exit 0;; *) exit 1;; esac`;

/**
 * Enabling with a reload costs as much as a reload, and systemd looks a unit it does not hold up by itself. Of one that
 * it holds it remembers the old word (seen on 252): only then is the reload needed.
 */
const enable = (atBoot: boolean): Script =>
  atBoot
    ? sh`case $(systemctl show -p UnitFileState "$u") in *masked*) systemctl -q unmask "$u";; esac
systemctl --no-reload -q enable "$u" || exit 1
case $(systemctl show -p UnitFileState "$u") in *=disabled) systemctl daemon-reload;; esac`
    : sh`systemctl --no-reload -q disable "$u" || exit 1
case $(systemctl show -p UnitFileState "$u") in *=enabled) systemctl daemon-reload;; esac`;

// reset-failed also forgets earlier starts: StartLimitBurst (5 in 10 s) is for crashes, not for us.
const again = sh`${raw(endsForgotten)}; systemctl --no-block restart "$u" || exit 1`;

/** By what was written down at its last start: whatever else has changed since, or is not known, takes a restart. */
const reloadOr = ({ reads }: ServiceWant, reloads: readonly string[]): Script => sh`how=reload; known=
[ ! -e "${raw(records)}/$u" ] || IFS= read -r known <"${raw(records)}/$u"
others=$(${raw(inputs(reads.filter(path => !reloads.includes(path))))}
${raw(dropIns(sh`"$(systemctl show -p DropInPaths "$u")"`))})
set -f; IFS='|'
for mark in $others; do case "|$known" in *"|$mark|"*) ;; *) how=restart;; esac; done
unset IFS; set +f
if [ "$how" = reload ] && [ -n "$known" ] && systemctl is-active -q "$u"; then
  ${raw(endsForgotten)}; systemctl reload "$u" || exit 1
else ${raw(again)}
fi`;

// In its RestartSec pause a unit takes no start job (systemd answers EAGAIN for ever), only a restart; one that is
// coming up must not be knocked down again by a second run. One that systemd has started meanwhile may have read what
// was there before: its own record says so; where there is none (since a boot), clocks judge it afterwards.
const start = sh`case $(systemctl show -p SubState -p ActiveState "$u") in
*auto-restart*|*SubState=exited*|*failed*) ${raw(again)};;
*ActiveState=active*) if [ ! -e "${raw(records)}/$u" ]; then rm -f "${raw(records)}/$u.next"
  elif ! cmp -s "${raw(records)}/$u" "${raw(records)}/$u.next"; then ${raw(again)}; fi;;
*) systemctl --no-block start "$u" || exit 1;;
esac`;

/** Peers may themselves just have restarted: the guard has a minute to agree. */
const guarded = (guard: Script): Script => sh`n=0
until why=$( ( ${raw(guard)}
) 2>&1 ); do
  n=$((n+1))
  if [ "$n" -ge 60 ]; then echo "not restarted, the guard refused: $why" >&2; exit 1; fi
  sleep 1
done`;
