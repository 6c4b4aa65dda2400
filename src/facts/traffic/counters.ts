/** Counters of a host along a packet's way: links, the kernel's own refusals, rules that drop, queues. Reads only. */
import { raw, type Script, scripts, sh } from '../../shell/sh.js';
import type { PodEnd } from './seen.js';

export interface Counters {
  /** By link: packets in and out. */
  readonly links: ReadonlyMap<string, LinkCounter>;
  /** Links of each pod that was asked for, by its process. */
  readonly pods: ReadonlyMap<number, ReadonlyMap<string, LinkCounter>>;
  /** Datagrams to a port that nobody serves, by the pod's process. */
  readonly unserved: ReadonlyMap<number, number>;
  /** Connects that its kernel refused. */
  readonly resets: ReadonlyMap<number, number>;
  /** Names of links by their index, and the bridge that a link belongs to. */
  readonly names: ReadonlyMap<number, { readonly name: string; readonly master?: string }>;
  /** By destination: the link by which the host sends. */
  readonly routes: ReadonlyMap<string, string>;
  /** `rule raw PREROUTING: …` → count; a rule of equal text counts together. */
  readonly drops: ReadonlyMap<string, number>;
  /** Rules that drop and do not count. */
  readonly silent: readonly string[];
}

export interface LinkCounter {
  readonly in: number;
  readonly out: number;
  /** Dropped and faulty, both ways. */
  readonly lost: number;
}

/** `destinations`: addresses whose route is asked for. */
export const countersScript = (pods: readonly PodEnd[], destinations: readonly string[]): Script =>
  scripts([
    sh`export LC_ALL=C; b() { if command -v timeout >/dev/null 2>&1; then timeout -k 1 4 "$@"; else "$@"; fi; }`,
    sh`echo '#dev'; cat /proc/net/dev; echo '#stat'; cat /proc/net/snmp /proc/net/netstat`,
    ...pods.flatMap(({ pid, netns }) => [
      sh`if readlink ${`/proc/${pid}/ns/net`} | grep -qxF ${`net:[${netns}]`}; then
echo '#pod' ${pid}; cat ${`/proc/${pid}/net/dev`} ${`/proc/${pid}/net/snmp`}; fi`,
    ]),
    sh`echo '#links'; ip -o link`,
    ...destinations.map(one => sh`echo '#route' ${one}; ip -o route get ${one} 2>&1`),
    sh`echo '#qdisc'; b tc -s qdisc show 2>/dev/null`,
    sh`n=$(command -v iptables-nft-save || command -v iptables-save); l=$(command -v iptables-legacy-save)`,
    sh`echo '#rules'; [ -z "$n" ] || b "$n" -c 2>/dev/null | ${raw(dropping)}`,
    sh`[ -z "$l" ] || for t in $(cat /proc/net/ip_tables_names 2>/dev/null); do b "$l" -c -t "$t" 2>/dev/null; \
done | ${raw(dropping)}`,
    sh`echo '#nft'; ! command -v nft >/dev/null 2>&1 || b nft list ruleset 2>/dev/null | \
grep -E '^table |^[[:space:]]+chain |hook|drop|reject|queue' | head -n 4000`,
    sh`echo '#end'`,
  ]);

const dropping = sh`grep -E '^\\*|^:[^ ]+ DROP|-j (DROP|REJECT|NFQUEUE|TARPIT|STEAL)' | head -n 2000`;

/** undefined: the answer is cut off. */
export const readCounters = (output: string): Counters | undefined => {
  if (!/^#end$/m.test(output)) return undefined;
  const parts = partsOf(output);
  const part = (name: string): string => parts.find(([head]) => head === name)?.[1] ?? '';
  const pods = parts.flatMap(([head, text]) => {
    const pid = /^pod (\d+)$/.exec(head)?.[1];
    return pid === undefined ? [] : [[Number(pid), text] as const];
  });
  const nft = nftRules(part('nft'));
  return {
    links: linksOf(part('dev')),
    pods: new Map(pods.map(([pid, text]) => [pid, linksOf(text)])),
    unserved: new Map(pods.map(([pid, text]) => [pid, statsOf(text).get('Udp NoPorts') ?? 0])),
    resets: new Map(pods.map(([pid, text]) => [pid, statsOf(text).get('Tcp OutRsts') ?? 0])),
    names: namesOf(part('links')),
    routes: new Map(
      parts.flatMap(([head, text]) => {
        const [to, link] = [/^route (\S+)$/.exec(head)?.[1], / dev (\S+)/.exec(text)?.[1]];
        return to !== undefined && link !== undefined ? [[to, link] as const] : [];
      }),
    ),
    drops: new Map([
      ...ofKernel(part('stat')),
      ...ofQueues(part('qdisc')),
      ...ofIptables(part('rules')),
      ...nft.counted,
    ]),
    silent: nft.silent,
  };
};

const partsOf = (output: string): readonly (readonly [head: string, text: string])[] =>
  output
    .split(/^#(?=(?:dev|stat|pod \d+|links|route \S+|qdisc|rules|nft|end)$)/m)
    .slice(1)
    .map(part => {
      const end = part.indexOf('\n');
      return [part.slice(0, end), part.slice(end + 1)] as const;
    });

const linksOf = (text: string): ReadonlyMap<string, LinkCounter> =>
  new Map(
    [...text.matchAll(/^\s*([^\s:]+):((?:\s+\d+){16})\s*$/gm)].map(([, name = '', numbers = '']) => {
      const at = numbers.trim().split(/\s+/).map(Number);
      const sum = (...columns: readonly number[]): number => columns.reduce((all, one) => all + (at[one] ?? 0), 0);
      return [name, { in: sum(1), out: sum(9), lost: sum(2, 3, 10, 11) }];
    }),
  );

const namesOf = (text: string): Counters['names'] =>
  new Map(
    [...text.matchAll(/^(\d+): ([^:@\s]+)[^\n]*?(?: master (\S+))?(?: [^\n]*)?$/gm)].map(([line, index, name = '']) => {
      const master = / master (\S+)/.exec(line)?.[1];
      return [Number(index), { name, ...(master !== undefined && { master }) }];
    }),
  );

/** Pairs of lines: names, and their values. */
export const statsOf = (text: string): ReadonlyMap<string, number> =>
  new Map(
    [...text.matchAll(/^(\w+): ([A-Za-z].*)\n\1: ([-\d].*)$/gm)].flatMap(([, group = '', names = '', values = '']) => {
      const numbers = values.split(' ');
      return names.split(' ').map((name, at) => [`${group} ${name}`, Number(numbers[at])] as const);
    }),
  );

/** What the kernel counts where it throws a packet away by itself, and what that means. */
export const refusals: Readonly<Record<string, string>> = {
  'IpExt InNoRoutes': 'no route to where the packet is to go (InNoRoutes)',
  'Ip OutNoRoutes': 'no route to where the packet is to go (OutNoRoutes)',
  'Ip InAddrErrors': 'a packet for somebody else on a link that does not forward (InAddrErrors)',
  'Ip InDiscards': 'the kernel discarded a packet that came in (InDiscards)',
  'Ip OutDiscards': 'the kernel discarded a packet that was to go out (OutDiscards)',
  'TcpExt IPReversePathFilter': 'rp_filter: the way back to the sender is another link (IPReversePathFilter)',
  'Ip FragFails': 'a packet larger than the next link carries, which must not be cut (FragFails)',
};

const ofKernel = (text: string): readonly (readonly [string, number])[] => {
  const stats = statsOf(text);
  return Object.entries(refusals).flatMap(([key, what]) => {
    const value = stats.get(key);
    return value === undefined ? [] : [[`kernel ${what}`, value] as const];
  });
};

const ofQueues = (text: string): readonly (readonly [string, number])[] =>
  [...text.matchAll(/^qdisc (\S+) \S+ dev (\S+)[^\n]*\n[^\n]*\(dropped (\d+)/gm)].map(([, kind, link, count]) => [
    `queue ${kind} on ${link}`,
    Number(count),
  ]);

const ofIptables = (text: string): ReadonlyMap<string, number> => {
  const found = new Map<string, number>();
  let table = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1).trim();
    const [, policed, many] = /^:(\S+) DROP \[(\d+):/.exec(line) ?? [];
    const [, packets, rule = '', chain = ''] = /^\[(\d+):\d+\] (-A (\S+) .*)$/.exec(line) ?? [];
    const key = policed !== undefined ? `${table} ${policed}: its policy DROP` : `${table} ${chain}: ${rule}`;
    const count = Number(many ?? packets ?? Number.NaN);
    if (!Number.isNaN(count)) found.set(`rule ${key}`, (found.get(`rule ${key}`) ?? 0) + count);
  }
  return found;
};

/** Rules of nft by table and chain; those without a counter, and policies, which never have one, apart. */
const nftRules = (text: string): { counted: ReadonlyMap<string, number>; silent: readonly string[] } => {
  const counted = new Map<string, number>();
  const silent = new Set<string>();
  let [table, chain] = ['', ''];
  for (const line of text.split('\n')) {
    const words = line.trim();
    table = /^table (\S+ \S+)/.exec(words)?.[1] ?? table;
    chain = /^chain (\S+)/.exec(words)?.[1] ?? chain;
    if (/^(table|chain) /.test(words)) continue;
    const hook = /^type \S+ hook (\S+) .*policy drop/.exec(words)?.[1];
    if (hook !== undefined) silent.add(`nft ${table}, ${chain} (${hook}): policy drop`);
    if (words.startsWith('type ') || !/\b(drop|reject|queue)\b/.test(words)) continue;
    const packets = /\bcounter packets (\d+)/.exec(words)?.[1];
    const rule = `nft ${table}, ${chain}: ${words.replace(/counter packets \d+ bytes \d+ ?/, '')}`;
    if (packets === undefined) silent.add(rule);
    else counted.set(`rule ${rule}`, (counted.get(`rule ${rule}`) ?? 0) + Number(packets));
  }
  return { counted, silent: [...silent].slice(0, 50) };
};
