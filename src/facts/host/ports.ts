import { type Fact, NotSeen } from '../../model/fact.js';
import { sh } from '../../shell/sh.js';

export interface Listener {
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
  /** The process's name, cut to 15 characters by the kernel; undefined: not known. */
  readonly process?: string;
}

/** Which ports are taken, and by whom: `ss -Hlntup`. */
export const ports: Fact<readonly Listener[]> = {
  id: 'ports',
  question: { ask: 'host', script: sh`command -v ss >/dev/null 2>&1 && { echo ss; ss -Hlntup 2>/dev/null; }` },
  parse(text) {
    const [first, ...lines] = text.split('\n');
    if (first !== 'ss') throw new NotSeen('ss is not on the host');
    return lines.flatMap(line => listener(line) ?? []);
  },
};

// tcp LISTEN 0 4096 127.0.0.1:2379 0.0.0.0:* users:(("etcd",pid=1,fd=7)); the address may be [::]:22, *:22 or
// 127.0.0.53%lo:53.
function listener(line: string): Listener | undefined {
  const found = /^(tcp|udp)\s+\S+\s+\d+\s+\d+\s+(\S+):(\d+)\s+\S+\s*(?:users:\(\("([^"]*)")?/.exec(line);
  if (!found) return undefined;
  const [, protocol, address = '', port, process] = found;
  const seen = {
    protocol: protocol as 'tcp' | 'udp',
    address: address.replace(/^\[|\]$|%.*$/g, ''),
    port: Number(port),
  };
  return process === undefined ? seen : { ...seen, process };
}
