/** Rules of iptables that stand first in their chain, now and after a boot: what is let through is named exactly. */
import { idOf, type Resource } from '../../model/resource.js';
import { freshUnit, type Place, textFile } from './files.js';
import { leftover } from './leftover.js';

export interface FirstRules {
  readonly chain: 'INPUT' | 'FORWARD';
  /** `-s 10.244.0.0/16 -j ACCEPT`, as iptables -S prints it; ours carry the comment. */
  readonly rules: readonly string[];
  readonly backEnd: 'nft' | 'legacy';
  /** Name of a unit that lays them again at boot; absent: something else does. */
  readonly unit?: string;
}

/** What stood in front of them stays behind them: nothing of the owner's is removed. */
export const firstRules = ({ chain, rules, backEnd, unit }: FirstRules, place: Place): readonly Resource[] => {
  const program = `ipt=$(command -v iptables-${backEnd} || command -v iptables) || exit 1`;
  const [parts, mark] = [rules.map(rule => rule.replace(/ -j (\S+)$/, ' -m comment --comment kubewizard-heal -j $1')), 'kubewizard-heal'];
  const lay = `${program}
"$ipt" -w -S ${chain} | grep -e '${mark}' | sed 's/^-A /-D /' | while read -r rule; do eval "\\"\\$ipt\\" -w $rule" || exit 1; done
${[...parts].reverse().map(rule => `"$ipt" -w -I ${chain} ${rule}`).join(' && ')}`;
  // The first rules of the chain shall be ours, as many as they are.
  const look = `${program}
n=$("$ipt" -w -S ${chain} | grep -e '^-A' | head -n ${parts.length} | grep -c -e '${mark}'); [ "$n" -eq ${parts.length} ] || "$ipt" -w -S ${chain} | head -n 5`;
  const now = leftover(`rules in front of ${chain}`, { look, remove: lay, risk: 'none' }, place);
  if (unit === undefined) return [now];
  const script = textFile(`/usr/local/lib/kubewizard/${unit}`, `#!/bin/sh\n# Written by kw heal: ${place.because}.\n${lay}\n`, 0o755, place);
  const file = textFile(`/etc/systemd/system/${unit}.service`, unitText(unit, place.because), 0o644, { ...place, after: [idOf(script)] });
  return [script, file, now, freshUnit(`${unit}.service`, [file.key, script.key], { ...place, after: [idOf(file), idOf(now)] }, { oneshot: true })];
};

const unitText = (unit: string, because: string): string => `[Unit]
Description=Kubewizard: ${because}
After=network.target docker.service firewalld.service ufw.service nftables.service netfilter-persistent.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/lib/kubewizard/${unit}

[Install]
WantedBy=multi-user.target
`;
