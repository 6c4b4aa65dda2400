import { type Fact, Unreadable } from '../../model/fact.js';
import { count, fields } from './fields.js';
import { sh } from '../../shell/sh.js';

export interface SizeFacts {
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Free on the filesystem of /var/lib. */
  readonly diskFreeBytes: number;
  /** 0: swap is off. */
  readonly swapBytes: number;
}

/** How big it is. */
export const size: Fact<SizeFacts> = {
  id: 'size',
  question: {
    ask: 'host',
    script: sh`echo "cpus=$(grep -c '^processor' /proc/cpuinfo)"
while read -r n v r; do case $n in MemTotal:) echo "memory=$v";; SwapTotal:) echo "swap=$v";; esac; done </proc/meminfo
df -Pk /var/lib | { read -r _; read -r _ _ _ free _; echo "free=$free"; }`,
  },
  parse(text) {
    const seen = fields(text);
    const [cpus, memory, free, swap] = ['cpus', 'memory', 'free', 'swap'].map(name => count(seen.get(name)));
    if (!cpus || !memory || free === undefined)
      throw new Unreadable('size', text, 'it does not say how many processors, how much memory and room it has');
    return { cpus, memoryBytes: memory * 1024, diskFreeBytes: free * 1024, swapBytes: (swap ?? 0) * 1024 };
  },
};
