import { NotSeen } from '../../model/fact.js';
import { chartFact } from './chart-fact.js';
import { raw, type Script, sh } from '../../shell/sh.js';

const save = (program: Script, unless = sh``): Script =>
  sh`for t in filter nat mangle; do ${raw(unless)}${raw(program)} -t $t 2>/dev/null; done | \
grep -vE '^(-A|:)( ?KUBE-(SVC|SEP|EXT|FW)-| KUBE-SERVICES .* -j KUBE-SVC)'`;

/**
 * Both back ends of iptables (without nat's rules per service), and nft tables of others. To ask legacy iptables for a
 * table that is not there would make it.
 */
export const firewall = chartFact({
  id: 'firewall',
  question: {
    ask: 'host',
    seconds: 5,
    bytes: 1024 * 1024,
    script: sh`n=$(command -v iptables-nft-save || command -v iptables-save); l=$(command -v iptables-legacy-save)
[ -n "$n$l" ] || command -v nft >/dev/null || { echo '#absent'; exit 0; }
echo '#nft'; [ -z "$n" ] || ${raw(save(sh`"$n"`))}
echo '#legacy'; [ -z "$l" ] || ${raw(save(sh`"$l"`, sh`grep -qsx $t /proc/net/ip_tables_names || continue; `))}
echo '#foreign'; ! command -v nft >/dev/null || nft list tables 2>/dev/null | \
grep -vE '^table (ip|ip6|arp|bridge) (filter|nat|mangle|raw|security)$' | while read -r _ family name; \
do nft list table "$family" "$name" 2>/dev/null | head -n 2000; done
echo '#end'`,
  },
  parse: output => {
    if (output.startsWith('#absent')) throw new NotSeen('neither iptables nor nft is installed');
    const part = (from: string, to: string): string =>
      new RegExp(`^#${from}$\\n?([\\s\\S]*?)^#${to}$`, 'm').exec(output)?.[1] ?? '';
    if (!/^#legacy$/m.test(output)) throw new NotSeen('the rules are too many, or the question broke off');
    return { nft: part('nft', 'legacy'), legacy: part('legacy', 'foreign'), foreign: part('foreign', 'end') };
  },
});
