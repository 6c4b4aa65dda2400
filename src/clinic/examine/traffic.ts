/** What was sent along the data path, for the report: how many packets, what it cost, what was not measured. */
import type { Chart } from '../chart/chart.js';
import { isBroken } from '../traffic/broken.js';

export interface TrafficReport {
  /** `--read-only`. */
  readonly off?: true;
  readonly probes: number;
  readonly broken: number;
  readonly seconds: number;
  readonly unmeasured: readonly { readonly host: string; readonly why: string }[];
}

/** undefined: nobody could try, since no host was asked over ssh. */
export const trafficOf = ({ traffic }: Chart): TrafficReport | undefined =>
  traffic && {
    ...(traffic.off && { off: true }),
    probes: traffic.probes.filter(one => one.outcome !== 'not-run').length,
    broken: traffic.probes.filter(one => isBroken(one, traffic.probes)).length,
    seconds: Math.round(traffic.seconds * 10) / 10,
    unmeasured: traffic.unmeasured.map(({ host, why }) => ({ host, why })),
  };

/** In words, for text and page: the count first, then what is missing. */
export const trafficWords = ({ off, probes, broken, seconds, unmeasured }: TrafficReport): readonly string[] => {
  if (off) return ['Traffic: not measured (--read-only): whether pods reach each other is not known'];
  const result = broken > 0 ? `${broken} without the answer that must come` : 'all answered';
  const byReason = new Map<string, string[]>();
  for (const { host, why } of unmeasured) byReason.set(why, [...(byReason.get(why) ?? []), host]);
  return [
    `Traffic: ${probes} probes between pods, hosts, Services and the API in ${seconds} s, ${result}`,
    ...[...byReason].map(([why, hosts]) => `  not measured on ${few(hosts)}: ${why}`),
  ];
};

const few = (hosts: readonly string[]): string =>
  hosts.length > 5 ? `${hosts.slice(0, 5).join(', ')} and ${hosts.length - 5} more` : hosts.join(', ');
