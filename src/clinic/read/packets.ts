/**
 * What iptables would do with a new packet, from the text of iptables-save. Where a rule cannot be decided, it says
 * so.
 */
import { type Address, contains, parseNetwork } from '../../net/address.js';

export interface Packet {
  readonly from: Address;
  readonly to: Address;
  readonly in?: string;
  readonly out?: string;
  readonly protocol?: 'tcp' | 'udp' | 'icmp';
  readonly port?: number;
}

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

/** Table `filter` of one back end; a chain that is not there accepts. */
export const fateOf = (saved: string, chain: 'INPUT' | 'FORWARD' | 'OUTPUT', packet: Packet): Fate => {
  const chains = chainsOf(saved);
  const ends = walk(chains, chain, packet, 0);
  const policy = chains.get(chain)?.policy ?? 'ACCEPT';
  const found =
    ends.by === undefined
      ? { fate: policy === 'DROP' ? ('dropped' as const) : ('accepted' as const), by: `policy ${policy} of ${chain}` }
      : { fate: ends.fate, by: ends.by };
  return { ...found, ...(ends.unsure !== undefined && { unsure: ends.unsure }) };
};

const known = new Map<string, ReadonlyMap<string, Chain>>();

const chainsOf = (saved: string): ReadonlyMap<string, Chain> => {
  const old = known.get(saved);
  if (old) return old;
  const chains = new Map<string, { policy: string; rules: string[] }>();
  let table = '';
  for (const line of saved.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1).trim();
    if (table !== 'filter') continue;
    const [, name, policy] = /^:(\S+) (\S+)/.exec(line) ?? [];
    if (name !== undefined && policy !== undefined) chains.set(name, { policy, rules: chains.get(name)?.rules ?? [] });
    const of = /^-A (\S+)/.exec(line)?.[1];
    if (of === undefined) continue;
    const chain = chains.get(of) ?? { policy: '-', rules: [] };
    chain.rules.push(line);
    chains.set(of, chain);
  }
  if (known.size >= 2048) known.clear();
  known.set(saved, chains);
  return chains;
};

interface End {
  readonly fate: 'accepted' | 'dropped';
  readonly by?: string;
  readonly unsure?: string;
}

const walk = (chains: ReadonlyMap<string, Chain>, name: string, packet: Packet, depth: number): End => {
  let unsure: string | undefined;
  if (depth > 16) return { fate: 'accepted', unsure: `${name} calls itself` };
  for (const rule of chains.get(name)?.rules ?? []) {
    const target = / -j (\S+)/.exec(rule)?.[1] ?? '';
    const terminal = ['ACCEPT', 'DROP', 'REJECT'].includes(target);
    const jumps = chains.has(target);
    if (!terminal && !jumps && target !== 'RETURN') continue;
    const hit = matches(rule, packet);
    if (hit === false) continue;
    if (hit === undefined) {
      if (terminal || (jumps && decides(chains, target, 0))) unsure ??= rule;
      continue;
    }
    if (target === 'RETURN') break;
    if (terminal)
      return { fate: target === 'ACCEPT' ? 'accepted' : 'dropped', by: rule, ...(unsure !== undefined && { unsure }) };
    const inner = walk(chains, target, packet, depth + 1);
    unsure ??= inner.unsure;
    if (inner.by !== undefined) return { ...inner, ...(unsure !== undefined && { unsure }) };
  }
  return { fate: 'accepted', ...(unsure !== undefined && { unsure }) };
};

/** A chain that only counts or logs changes nothing. */
const decides = (chains: ReadonlyMap<string, Chain>, name: string, depth: number): boolean =>
  depth > 16 ||
  (chains.get(name)?.rules ?? []).some(
    rule =>
      / -j (ACCEPT|DROP|REJECT)\b/.test(rule) ||
      (chains.has(/ -j (\S+)/.exec(rule)?.[1] ?? '') && decides(chains, / -j (\S+)/.exec(rule)?.[1] ?? '', depth + 1)),
  );

/** undefined: it uses a match that is not understood here. */
const matches = (rule: string, packet: Packet): boolean | undefined => {
  const words = rule.match(/"(?:[^"\\]|\\.)*"|\S+/g)?.slice(2) ?? [];
  let unsure = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const not = word === '!';
    const flag = not ? (words[++at] ?? '') : word;
    if (flag === '-j') break;
    const value = words[++at] ?? '';
    const hit = test(flag, value, packet);
    if (hit === undefined) unsure = true;
    else if (hit !== 'nothing' && hit === not) return false;
  }
  return unsure ? undefined : true;
};

const test = (flag: string, value: string, packet: Packet): boolean | undefined | 'nothing' => {
  switch (flag) {
    case '-s':
      return within(packet.from, value);
    case '-d':
      return within(packet.to, value);
    case '-i':
      return packet.in === undefined ? undefined : named(packet.in, value);
    case '-o':
      return packet.out === undefined ? undefined : named(packet.out, value);
    case '-p':
      return value === 'all' || value === (packet.protocol ?? 'tcp');
    case '--dport':
    case '--dports':
      return packet.port === undefined
        ? undefined
        : value.split(',').some(part => {
            const [low, high] = part.split(':').map(Number);
            return low !== undefined && (packet.port ?? 0) >= low && (packet.port ?? 0) <= (high ?? low);
          });
    case '-m':
    case '--comment':
      return 'nothing';
    case '--ctstate':
    case '--state':
      return value.split(',').includes('NEW');
    case '--mark':
      return /^0x0+(\/|$)|^0(\/|$)/.test(value);
    default:
      return undefined;
  }
};

const named = (link: string, pattern: string): boolean =>
  pattern.endsWith('+') ? link.startsWith(pattern.slice(0, -1)) : link === pattern;

const within = (address: Address, network: string): boolean | undefined => {
  const cidr = parseNetwork(network);
  return cidr && contains(cidr, address);
};
