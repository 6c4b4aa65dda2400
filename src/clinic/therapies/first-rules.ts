/** Rules of iptables that stand first in their chain, now and after a boot: what is let through is named exactly. */
import { idOf, type Resource } from '../../model/resource.js';
import type { Cidr } from '../../net/address.js';
import type { Port } from '../../net/endpoint.js';
import { laid } from '../../resources/firewall-rules/scripts.js';
import type { Script } from '../../shell/sh.js';
import { freshUnit, type Place, textFile } from './files.js';

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

/** In the words of iptables -S. */
const wordsOf = ({ from, to, protocol, port }: Rule): readonly string[] => [
  ...(from === undefined ? [] : ['-s', from]),
  ...(to === undefined ? [] : ['-d', to]),
  ...(protocol === undefined ? [] : ['-p', protocol, '-m', protocol]),
  ...(port === undefined ? [] : ['--dport', String(port)]),
];

/** What stood in front of them stays behind them: nothing of the owner's is removed. */
export const firstRules = ({ chain, backEnd, rules, unit }: FirstRules, place: Place): readonly Resource[] => {
  const want = { chain, backEnd, rules: rules.map(wordsOf) };
  // Each set has a mark of its own: laying one leaves the others alone.
  const mark = `${marked}-${unit ?? chain.toLowerCase()}`;
  const { host, because, stage = 'nodes', after = [] } = place;
  const now = { kind: 'firewallRules', host, key: mark, want, stage, after, because };
  if (unit === undefined) return [now];
  const script = textFile(`/usr/local/lib/kubewizard/${unit}`, bootScript(laid(mark, want), because), 0o755, place);
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
