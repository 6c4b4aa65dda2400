/**
 * What iptables would do with a new packet, from the text of iptables-save. Where a rule cannot be decided, it says
 * so.
 */
import { type Hook, type Mark, marked, targetOf, unmarked, unsureOf } from './packet-mark.js';
import { matches, type Packet } from './packet-match.js';

export type { Packet } from './packet-match.js';

export interface Fate {
  readonly fate: 'accepted' | 'dropped';
  /** The rule, or `policy of FORWARD`. */
  readonly by: string;
  /** A rule before it might have decided otherwise. */
  readonly unsure?: string;
}

interface Chain {
  readonly policy: string;
  readonly rules: readonly string[];
}

type Chains = ReadonlyMap<string, Chain>;

/** Table `filter` of one back end; a chain that is not there accepts. */
export const fateOf = (saved: string, hook: Hook, packet: Packet): Fate => {
  const { chains, mark } = tablesOf(saved);
  const end = walk({ chains, packet, hook }, hook, mark, 0);
  const policy = chains.get(hook)?.policy ?? 'ACCEPT';
  const found =
    end.by === undefined
      ? { fate: policy === 'DROP' ? ('dropped' as const) : ('accepted' as const), by: `policy ${policy} of ${hook}` }
      : { fate: end.fate, by: end.by };
  return { ...found, ...(end.unsure !== undefined && { unsure: end.unsure }) };
};

interface Tables {
  readonly chains: Chains;
  /** Of a packet before `filter` sees it. */
  readonly mark: Mark;
}

const known = new Map<string, Tables>();

const tablesOf = (saved: string): Tables => {
  const old = known.get(saved);
  if (old) return old;
  const chains = new Map<string, { policy: string; rules: string[] }>();
  const earlier: string[] = [];
  let table = '';
  for (const line of saved.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1).trim();
    if (table === 'mangle' || table === 'raw') earlier.push(line);
    if (table !== 'filter') continue;
    const [, name, policy] = /^:(\S+) (\S+)/.exec(line) ?? [];
    if (name !== undefined && policy !== undefined) chains.set(name, { policy, rules: chains.get(name)?.rules ?? [] });
    const of = /^-A (\S+)/.exec(line)?.[1];
    if (of === undefined) continue;
    const chain = chains.get(of) ?? { policy: '-', rules: [] };
    chain.rules.push(line);
    chains.set(of, chain);
  }
  // Tables that mark before this one are not walked: the bits that they may set are not known.
  const made = { chains, mark: unsureOf(unmarked, earlier) };
  if (known.size >= 2048) known.clear();
  known.set(saved, made);
  return made;
};

interface Way {
  readonly chains: Chains;
  readonly packet: Packet;
  readonly hook: Hook;
}

interface End {
  readonly fate: 'accepted' | 'dropped';
  /** Absent: the packet leaves the chain at its end, with this mark. */
  readonly by?: string;
  readonly unsure?: string;
  readonly mark: Mark;
}

const walk = (way: Way, name: string, entered: Mark, depth: number): End => {
  let unsure: string | undefined;
  let mark = entered;
  const end = (fate: End['fate'], by?: string): End => ({
    fate,
    mark,
    ...(by !== undefined && { by }),
    ...(unsure !== undefined && { unsure }),
  });
  if (depth > 16) return { fate: 'accepted', mark, unsure: `${name} calls itself` };
  for (const rule of way.chains.get(name)?.rules ?? []) {
    const { target, leaves } = targetOf(rule);
    const jumps = way.chains.has(target);
    if (!jumps && !acts.has(target)) continue;
    const hit = matches(rule, way.packet, way.hook, mark);
    if (hit === false) continue;
    if (hit === undefined || target === 'NFQUEUE') {
      if (jumps ? decides(way.chains, target, 0) : final.has(target) || target === 'NFQUEUE') unsure ??= rule;
      mark = unsureOf(mark, jumps ? rulesBelow(way.chains, target) : [rule]);
      continue;
    }
    if (target === 'RETURN') break;
    if (final.has(target)) return end(target === 'ACCEPT' ? 'accepted' : 'dropped', rule);
    if (!jumps) {
      mark = marked(mark, rule);
      continue;
    }
    const inner = walk(way, target, mark, depth + 1);
    unsure ??= inner.unsure;
    mark = inner.mark;
    if (inner.by !== undefined) return end(inner.fate, inner.by);
    if (leaves) break;
  }
  return end('accepted');
};

const final: ReadonlySet<string> = new Set(['ACCEPT', 'DROP', 'REJECT']);
const acts: ReadonlySet<string> = new Set([...final, 'RETURN', 'NFQUEUE', 'MARK', 'CONNMARK']);

/** A chain that only counts or logs changes nothing. */
const decides = (chains: Chains, name: string, depth: number): boolean =>
  depth > 16 ||
  (chains.get(name)?.rules ?? []).some(rule => {
    const { target } = targetOf(rule);
    return final.has(target) || (chains.has(target) && decides(chains, target, depth + 1));
  });

/** The rules of a chain and of all that it calls. */
const rulesBelow = (chains: Chains, name: string): readonly string[] => {
  const seen = new Set<string>();
  const open = [name];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (seen.has(one)) continue;
    seen.add(one);
    for (const rule of chains.get(one)?.rules ?? []) open.push(targetOf(rule).target);
  }
  return [...seen].flatMap(one => chains.get(one)?.rules ?? []);
};
