/** Whether a rule of iptables takes a packet. */
import { type Address, contains, parseNetwork } from '../../net/address.js';
import { hasMark, type Hook, type Mark } from './packet-mark.js';

export interface Packet {
  readonly from: Address;
  readonly to: Address;
  readonly in?: string;
  readonly out?: string;
  readonly protocol?: 'tcp' | 'udp' | 'icmp';
  readonly port?: number;
}

/** undefined: it uses a match that is not understood here, or one of what is not known. */
export const matches = (rule: string, packet: Packet, hook: Hook, mark: Mark): boolean | undefined => {
  const words = rule.match(/"(?:[^"\\]|\\.)*"|\S+/g)?.slice(2) ?? [];
  let unsure = false;
  let not = false;
  for (let at = 0; at < words.length; at++) {
    const flag = words[at] ?? '';
    if (flag === '-j' || flag === '-g') break;
    if (flag === '!') {
      not = true;
      continue;
    }
    // A flag can have no word behind it (--syn), or two (--match-set NAME src).
    const values: string[] = [];
    while (at + 1 < words.length && !/^(?:-|!$)/.test(words[at + 1] ?? '')) values.push(words[++at] ?? '');
    const hit = test(flag, values[0] ?? '', packet, hook, mark);
    if (hit === undefined) unsure = true;
    else if (hit !== 'nothing' && hit === not) return false;
    not = false;
  }
  return unsure ? undefined : true;
};

const test = (flag: string, value: string, packet: Packet, hook: Hook, mark: Mark): boolean | undefined | 'nothing' => {
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
      return value === 'all' || (numbers[value] ?? value) === (packet.protocol ?? 'tcp');
    case '--dport':
    case '--dports':
      return packet.port === undefined ? undefined : amongPorts(packet.port, value);
    case '-m':
    case '--comment':
      return 'nothing';
    case '--ctstate':
    case '--state':
      return value.split(',').includes('NEW');
    case '--mark':
      return hasMark(mark, value);
    case '--dst-type':
      // What is forwarded is for another host, and what comes in for this one.
      return value !== 'LOCAL' ? undefined : hook === 'OUTPUT' ? undefined : hook === 'INPUT';
    case '--src-type':
      return value === 'LOCAL' && hook !== 'OUTPUT' ? false : undefined;
    default:
      return undefined;
  }
};

const numbers: Readonly<Record<string, string>> = { '6': 'tcp', '17': 'udp', '1': 'icmp' };

const amongPorts = (port: number, value: string): boolean =>
  value.split(',').some(part => {
    const [low, high] = part.split(':').map(Number);
    return low !== undefined && port >= low && port <= (high ?? low);
  });

const named = (link: string, pattern: string): boolean =>
  pattern.endsWith('+') ? link.startsWith(pattern.slice(0, -1)) : link === pattern;

const within = (address: Address, network: string): boolean | undefined => {
  const cidr = parseNetwork(network);
  return cidr && contains(cidr, address);
};
