/**
 * The armed way back: before a turn changes what others reach the cluster by, its host is told to put itself back,
 * unless somebody who reached the API afterwards says that it need not. While the control machine is heard, it is given
 * more time. Of the two that may move `waiting`, the host itself and the control machine, one succeeds.
 */
import type { ResourceId } from '../../model/resource.js';
import { raw, type Script, scripts, sh } from '../../shell/sh.js';
import { lifeboatPath, lifeboatUnit } from '../../shell/taken-back.js';
import { disarm } from './disarm.js';
import { type Dirs, hostDirs } from '../context.js';
import { gateText, watchText } from '../put-back/watch.js';

/** A unit that a host would put back by itself. */
export interface ArmedUnit {
  readonly unit: string;
  readonly step: ResourceId;
  /** Seconds that it takes to end once it serves. */
  readonly endsIn: number;
  /** How it is asked whether it serves, each for so many seconds. */
  readonly gates: readonly { readonly script: Script; readonly seconds: number }[];
}

/** Who changes something, for the words of the host. */
export interface ArmedBy {
  readonly run: string;
  readonly command: string;
  readonly owner: string;
  /** Seconds without a word of the control machine, after which the host acts. */
  readonly seconds: number;
}

/**
 * Its `sleep` outlives it for a second. To end that too, systemd waits under cgroup v1 for a word of the kernel which
 * now and then never comes (seen with 252): then each stop took its whole time-out of 90 s, and every turn with it.
 */
const unitText = ({ home }: Dirs): string => `[Unit]
Description=Takes back a change that nobody confirmed (Kubewizard)
StartLimitIntervalSec=0

[Service]
ExecStart=/bin/sh ${home}/armed/back
Restart=on-failure
RestartSec=10
KillMode=process
TimeoutStopSec=10

[Install]
WantedBy=multi-user.target
`;

/** What only a script with turns needs. */
export const arming = (by: ArmedBy, dirs: Dirs = hostDirs): Script => sh`
kw_every=${Math.ceil(by.seconds / 9)} kw_owner=${by.owner} kw_command=${by.command} kw_by=${by.run}
kw_back=${watchText(dirs)}
kw_unit=${unitText(dirs)}
${raw(disarm)}
kw_taken() {
  [ ! -e "$kw_home/taken-back/$kw_by" ] || kw_give_up 'the host has taken back by itself what this run had changed'
}
kw_arm_fresh() {
  kw_a=$kw_home/armed
  if [ -e "$kw_a/taking" ]; then echo 'the host is taking an earlier change back by itself'; return 1; fi
  [ -e "$kw_a/waiting" ] || rm -rf "$kw_a"
}
# unit, seconds in which it ends, its gate; what has nothing kept cannot be put back
kw_arm_unit() {
  [ -d "$kw_home/before/$1" ] && [ ! -e "$kw_a/units/$1" ] || return 0
  (umask 077; mkdir -p "$kw_a/units" "$kw_a/gates") &&
    printf '%s\\n' "$3" >"$kw_a/gates/$1" && echo "$2" >"$kw_a/units/$1"
}
# seconds
kw_armed() {
  [ -d "$kw_a/units" ] || return 0
  kw_hold "$1" || return 1
  kw_was=; [ ! -e "$kw_a/run" ] || read -r kw_was <"$kw_a/run"
  if [ -e "$kw_a/waiting" ] && [ "$kw_was" = "$kw_by" ] && systemctl is-active -q ${lifeboatUnit}; then return 0; fi
  printf '%s\\n' "$kw_by" "$kw_command" "$kw_owner" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$kw_a/run" &&
    printf '%s\\n' "$kw_back" >"$kw_a/back" && printf '%s' "$kw_unit" >${lifeboatPath} &&
    : >"$kw_a/waiting" && kw_sync "$kw_a/back" &&
    systemctl daemon-reload && systemctl --no-reload -q enable ${lifeboatUnit} &&
    systemctl restart ${lifeboatUnit}
}
# Asks until it is told; the number of the step
kw_confirm() {
  while :; do
    kw_no=; kw_later=
    kw_say confirm "$1"; kw_listen
    [ -n "$kw_later" ] || break
    sleep 1
  done
  [ -z "$kw_no" ] || { echo "$kw_no"; return 1; }
}
`;

/** Before a step of an armed turn acts: what the host will do without a word, and when. */
export const arms = (units: readonly ArmedUnit[], seconds: number): readonly Script[] => [
  sh`kw_arm_fresh`,
  ...units.map(({ unit, endsIn, gates }) => sh`kw_arm_unit ${unit} ${Math.ceil(endsIn)} ${gateText(gates)}`),
  sh`kw_armed ${seconds}`,
];

/** Told to the host by the control machine. */
export const hold = (seconds: number): Script => sh`kw_hold ${seconds}`;
export const later = (seconds: number): Script => scripts([hold(seconds), sh`kw_later=1`]);
export const refuse = (why: string): Script => sh`kw_no=${why}`;
export const release = (units: readonly string[]): Script => sh`kw_disarm ${units.join(' ')}`;

/** Told by whoever knows that this run is dead: nobody will confirm its change, and its host need not wait for that. */
export const hasten = (run: string, { home, scratch }: Dirs = hostDirs): Script => sh`
[ -e ${`${home}/armed/waiting`} ] && read -r kw_by <${`${home}/armed/run`} && [ "$kw_by" = ${run} ] || exit 0
echo 0 >${`${scratch}/armed-until.new`} && mv -f ${`${scratch}/armed-until.new`} ${`${scratch}/armed-until`}`;
