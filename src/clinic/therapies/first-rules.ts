/** Rules of iptables that stand first in their chain, now and after a boot: what is let through is named exactly. */
import { idOf, type Resource } from '../../model/resource.js';
import type { Cidr } from '../../net/address.js';
import type { Port } from '../../net/endpoint.js';
import { raw, type Script, scripts, sh } from '../../shell/sh.js';
import { freshUnit, type Place, textFile } from './files.js';
import { leftover } from './leftover.js';

/** What is let through. */
export interface Rule {
  readonly from?: Cidr;
  readonly to?: Cidr;
  readonly protocol?: 'tcp' | 'udp';
  readonly port?: Port;
}

export interface FirstRules {
  readonly chain: 'INPUT' | 'FORWARD';
  readonly rules: readonly Rule[];
  readonly backEnd: 'nft' | 'legacy';
  /** Name of a unit that lays them again at boot; absent: something else does. */
  readonly unit?: string;
}

const marked = 'kubewizard-heal';

/** As iptables -S prints it; ours carry the comment. */
const wordsOf = ({ from, to, protocol, port }: Rule, mark: string): readonly string[] => [
  ...(from === undefined ? [] : ['-s', from]),
  ...(to === undefined ? [] : ['-d', to]),
  ...(protocol === undefined ? [] : ['-p', protocol, '-m', protocol]),
  ...(port === undefined ? [] : ['--dport', String(port)]),
  ...['-m', 'comment', '--comment', mark, '-j', 'ACCEPT'],
];

// Ours hold no quotes: a stranger's rule that names our mark in its comment is passed by, and nothing is evaluated.
const each = sh`set -f; while read -r rule; do "$ipt" -w $rule || exit 1; done`;

const scriptsOf = ({ chain, rules, backEnd }: FirstRules, mark: string) => {
  const program = sh`ipt=$(command -v iptables-${backEnd} || command -v iptables) || exit 1`;
  const own = sh`"$ipt" -w -S ${chain} | grep -e ${`--comment ${mark} `} | grep -v '["\\]'`;
  const gone = sh`${raw(own)} | sed 's/^-A /-D /' | (${raw(each)})`;
  const insert = [...rules].reverse().map(rule => sh`"$ipt" -w -I ${chain} ${wordsOf(rule, mark)}`);
  return {
    lay: scripts([program, gone, scripts(insert, ' && ')]),
    // Nothing but such rules stands in front of ours, and ours are all there.
    look: sh`${raw(program)}
n=$("$ipt" -w -S ${chain} | grep -e '^-A' | sed ${`/--comment ${marked}-/!q`} | grep -c -e ${`--comment ${mark} `})
[ "$n" -eq ${rules.length} ] || "$ipt" -w -S ${chain} | head -n 5`,
    undo: {
      keep: sh`${raw(program)}
${raw(own)} | tac`,
      back: sh`${raw(program)}
${raw(gone)}
sed 's/^-A /-I /' | (${raw(each)})`,
    },
  };
};

/** What stood in front of them stays behind them: nothing of the owner's is removed. */
export const firstRules = (want: FirstRules, place: Place): readonly Resource[] => {
  const { chain, unit } = want;
  // Each set has a mark of its own: laying one leaves the others alone.
  const mark = `${marked}-${unit ?? chain.toLowerCase()}`;
  const { lay, look, undo } = scriptsOf(want, mark);
  const now = leftover(`rules in front of ${chain} (${mark})`, { look, remove: lay, risk: 'none', undo }, place);
  if (unit === undefined) return [now];
  const script = textFile(`/usr/local/lib/kubewizard/${unit}`, bootScript(lay, place.because), 0o755, place);
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

const bootScript = (lay: Script, because: string): string => `#!/bin/sh\n# Written by kw heal: ${because}.\n${lay}\n`;

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
