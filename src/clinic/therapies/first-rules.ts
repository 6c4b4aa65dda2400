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

const marked = 'kubewizard-heal';

/** What stood in front of them stays behind them: nothing of the owner's is removed. */
export const firstRules = ({ chain, rules, backEnd, unit }: FirstRules, place: Place): readonly Resource[] => {
  const program = `ipt=$(command -v iptables-${backEnd} || command -v iptables) || exit 1`;
  // Each set has a mark of its own: laying one leaves the others alone.
  const mark = `${marked}-${unit ?? chain.toLowerCase()}`;
  const parts = rules.map(rule => rule.replace(/ -j (\S+)$/, ` -m comment --comment ${mark} -j $1`));
  const own = `"$ipt" -w -S ${chain} | grep -e '--comment ${mark} '`;
  const each = 'while read -r rule; do eval "\\"\\$ipt\\" -w $rule" || exit 1; done';
  const gone = `${own} | sed 's/^-A /-D /' | ${each}`;
  const lay = `${program}
${gone}
${[...parts]
  .reverse()
  .map(rule => `"$ipt" -w -I ${chain} ${rule}`)
  .join(' && ')}`;
  // Nothing but such rules stands in front of ours, and ours are all there.
  const look = `${program}
n=$("$ipt" -w -S ${chain} | grep -e '^-A' | sed '/--comment ${marked}-/!q' | grep -c -e '--comment ${mark} '); [ "$n" -eq ${parts.length} ] || "$ipt" -w -S ${chain} | head -n 5`;
  const undo = { keep: `${program}\n${own} | tac`, back: `${program}\n${gone}\nsed 's/^-A /-I /' | ${each}` };
  const now = leftover(`rules in front of ${chain} (${mark})`, { look, remove: lay, risk: 'none', undo }, place);
  if (unit === undefined) return [now];
  const script = textFile(
    `/usr/local/lib/kubewizard/${unit}`,
    `#!/bin/sh\n# Written by kw heal: ${place.because}.\n${lay}\n`,
    0o755,
    place,
  );
  const file = textFile(`/etc/systemd/system/${unit}.service`, unitText(unit, place.because), 0o644, {
    ...place,
    after: [idOf(script)],
  });
  return [
    script,
    file,
    now,
    freshUnit(
      `${unit}.service`,
      [file.key, script.key],
      { ...place, after: [idOf(file), idOf(now)] },
      { oneshot: true },
    ),
  ];
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
