/** Rules of iptables that stand first in their chain, told from all others by a mark in their comment. */
import { raw, type Script, scripts, sh } from '../../shell/sh.js';
import type { FirewallRulesWant } from '../wants.js';

/** Rules of any set of ours: they may stand before one another. */
const ours = 'kubewizard-heal-';

const program = ({ backEnd }: FirewallRulesWant): Script =>
  sh`ipt=$(command -v iptables-${backEnd} || command -v iptables) || exit 1`;

// Ours hold no quotes: somebody else's rule that names our mark in its comment is passed by, and nothing is evaluated.
const standing = (mark: string, { chain }: FirewallRulesWant): Script =>
  sh`"$ipt" -w -S ${chain} | grep -e ${`--comment ${mark} `} | grep -v '["\\]'`;
const each = sh`set -f; while read -r rule; do "$ipt" -w $rule || exit 1; done`;
const gone = (mark: string, want: FirewallRulesWant): Script =>
  sh`${raw(standing(mark, want))} | sed 's/^-A /-D /' | (${raw(each)})`;

/** What stood in front of them stays behind them: nothing of the owner's is removed. Also for a unit at boot. */
export const laid = (mark: string, want: FirewallRulesWant): Script => {
  const insert = [...want.rules]
    .reverse()
    .map(words => sh`"$ipt" -w -I ${want.chain} ${words} -m comment --comment ${mark} -j ACCEPT`);
  return scripts([program(want), gone(mark, want), scripts(insert, ' && ')]);
};

/** Prints what stands in their place; nothing where they are all there, and only rules of ours before them. */
export const displaced = (mark: string, want: FirewallRulesWant): Script => sh`${raw(program(want))}
n=$("$ipt" -w -S ${want.chain} | grep -e '^-A' | sed ${`/--comment ${ours}/!q`} | grep -c -e ${`--comment ${mark} `})
[ "$n" -eq ${want.rules.length} ] || { echo "$n of" ${want.rules.length} rules stand first in ${want.chain}; \
"$ipt" -w -S ${want.chain} | head -n 5; }`;

export const kept = (mark: string, want: FirewallRulesWant): Script => sh`${raw(program(want))}
${raw(standing(mark, want))} | tac`;

export const broughtBack = (mark: string, want: FirewallRulesWant): Script => sh`${raw(program(want))}
${raw(gone(mark, want))}
sed 's/^-A /-I /' | (${raw(each)})`;
