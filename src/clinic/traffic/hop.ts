/** Where packets were seen last, where first no more, and so which host has them on its conscience. */
import type { Hop, Risen, Trace } from '../../facts/traffic/seen.js';
import { endsOf } from './broken.js';

export interface Lost {
  /** The host at which the packets end; undefined: the traces cannot tell two hosts apart. */
  readonly host?: string;
  /** The last link that carried them, and the first that did not. */
  readonly last?: Hop;
  readonly next?: Hop;
  /** They arrived, and what came back did not. */
  readonly onTheWayBack?: true;
  readonly risen: readonly Risen[];
}

/** A link carried the packets if it carried about as many as were sent; what else passes it is far less. */
const enough = (trace: Trace): number =>
  // Of a way that loses some: a link before the loss carried more than the middle, one behind it less.
  isPart(trace) ? (trace.sent + (trace.arrived ?? trace.sent)) / 2 : trace.sent * 0.7;

const isPart = ({ probe }: Trace): boolean => probe.kind === 'connects' || probe.kind === 'names';

export const lostIn = (trace: Trace): Lost => {
  const there = along(trace.hops, enough(trace));
  if (there.next) return blamed(trace, there);
  const back = along(trace.back, enough(trace));
  return back.next ? { ...blamed(trace, back), onTheWayBack: true } : blamed(trace, {});
};

/**
 * The last that carried: a link before it whose counters stand still is one that does not count. Below an overlay much
 * else passes: there a link is believed only after the overlay's own.
 */
const along = (hops: readonly Hop[], least: number): Pick<Lost, 'last' | 'next'> => {
  let above = true;
  const seen = hops.map(hop => {
    const is = hop.packets >= least;
    if (hop.below) return is && above;
    above = is;
    return is;
  });
  const at = seen.lastIndexOf(true);
  const [last, next] = [hops[at], hops[at + 1]];
  return { ...(last && { last }), ...(next && { next }) };
};

const blamed = ({ risen, probe }: Trace, { last, next }: Pick<Lost, 'last' | 'next'>): Lost => {
  const hosts = [...new Set(risen.map(one => one.host))];
  const between = last && next && last.host === next.host ? last.host : undefined;
  // Nothing was sent at all: the sender's own kernel keeps it.
  const own = !last && next ? next.host : undefined;
  const ends = endsOf(probe);
  const only = ends.length === 1 ? ends[0] : undefined;
  const host = between ?? own ?? (hosts.length === 1 ? hosts[0] : undefined) ?? only;
  return { ...(host !== undefined && { host }), ...(last && { last }), ...(next && { next }), risen };
};
