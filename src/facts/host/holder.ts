import { sh } from '../../shell/sh.js';
import { type Fact, Unreadable } from '../../model/fact.js';
import { fields } from './fields.js';

export interface HolderFacts {
  /**
   * self: one of its own interfaces has it. other: somebody in its segment answered. nobody: nobody did, or it is not
   * in its segment.
   */
  readonly who: 'self' | 'other' | 'nobody';
  /** Of who answered; empty: not known. */
  readonly mac: string;
}

/**
 * Who has the virtual address before keepalived takes it. An answer to ping or TCP, even a refusal, is proof; so is one
 * to ARP, which no firewall filters, but only one that came just now: what the kernel remembers of an earlier cluster
 * says nothing.
 */
export const holder = (address: string): Fact<HolderFacts> => ({
  id: 'holder',
  question: {
    ask: 'host',
    script: sh`a=${address}
kw_knock() {
  if command -v ping >/dev/null 2>&1; then timeout 0.3 ping -c 1 "$a" >/dev/null 2>&1
  elif command -v bash >/dev/null 2>&1; then
    e=$(LC_ALL=C timeout 0.3 bash -c 'exec 3<>"/dev/tcp/$1/9"' kw "$a" 2>&1) || \
case $e in *refused*) ;; *) return 1;; esac
  else curl -s -o /dev/null --connect-timeout 0.3 -m 0.3 "telnet://$a:9" </dev/null; fi
}
case $(ip -o -4 route get "$a" 2>/dev/null) in
local*) echo who=self;;
*' via '*|'') echo who=nobody;;
*) w=nobody before=$(ip neigh show to "$a" 2>/dev/null); kw_knock && w=other
  n=$(ip neigh show to "$a" 2>/dev/null)
  case $before/$n in *lladdr*/*) ;; *REACHABLE*) w=other;; esac
  echo "who=$w"; echo "$n" | sed -n 's/.* lladdr \\([0-9a-f:]*\\).*/mac=\\1/p';;
esac`,
  },
  parse(text) {
    const seen = fields(text);
    const who = seen.get('who');
    if (who !== 'self' && who !== 'other' && who !== 'nobody')
      throw new Unreadable('holder', text, 'it does not say who has the address');
    return { who, mac: who === 'other' ? (seen.get('mac') ?? '') : '' };
  },
});
