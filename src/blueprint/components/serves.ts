/** Whether a unit serves that systemd calls active as soon as it was started, and after each of its ends again. */
import { healthUrl, type ProgramName } from '../../model/components.js';
import { records } from '../../facts/service.js';
import type { ServiceWant } from '../../resources/wants.js';
import { raw, type Script, sh } from '../../shell/sh.js';

type Ready = NonNullable<ServiceWant['ready']>;

/** By its own word; its owner may have moved where it says it, and not every host has curl. */
export const healthy = (program: ProgramName, args: Readonly<Record<string, string>>): Ready => {
  const runs = running(`${program}.service`);
  return {
    script: moved(args)
      ? runs
      : sh`if command -v curl >/dev/null; then curl -sfk --noproxy '*' --max-time 2 -o /dev/null ${healthUrl(program)}
else ${raw(runs)}
fi`,
    seconds: 90,
    says: `${program} to be healthy`,
  };
};

const moved = (args: Readonly<Record<string, string>>): boolean =>
  ['secure-port', 'authorization-always-allow-paths'].some(flag => flag in args) ||
  !['127.0.0.1', '0.0.0.0', '::'].includes(args['bind-address'] ?? '127.0.0.1');

/** Of a unit that nobody can ask. */
export const steady = (unit: string): Ready => ({ script: running(unit), seconds: 30, says: `${unit} to stay up` });

/**
 * For more than two seconds it was neither started nor read its files anew, by the clock of its own polls: systemd's
 * monotonic one and that of a container's /proc/uptime are not the same.
 */
const running = (unit: string): Script => sh`u=${unit}; f="${raw(records)}/$u.steady"
is=$(systemctl show -p ActiveState -p InvocationID -p NRestarts -p StateChangeTimestampMonotonic "$u")
case $is in *ActiveState=active*) ;; *) exit 1;; esac
read -r now rest </proc/uptime; now=\${now%.*} since= was=
[ ! -e "$f" ] || { read -r since; was=$(cat); } <"$f"
[ "$was" != "$is" ] || exit $((now - since < 3))
mkdir -p ${raw(records)} && printf '%s\\n' "$now" "$is" >"$f"
exit 1`;
