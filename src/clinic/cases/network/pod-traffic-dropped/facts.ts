import type { OverlayDown } from './overlay.js';
import type { Address } from '../../../../net/address.js';
import { type Quote, quoted } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';

export type BackEnd = 'nft' | 'legacy';

/** A packet of a pod, and the rule or policy at which it ends. */
export interface Dropped {
  readonly backEnd: BackEnd;
  readonly from: Address;
  readonly to: Address;
  readonly by: string;
  /** The chain's first lines, its policy before them. */
  readonly chain: readonly string[];
}

export type Facts = {
  docker: Dropped;
  'forward-policy': Dropped;
  'forward-rule': Dropped;
  'overlay-down': OverlayDown;
};

export const ends = (host: string, { from, to }: Dropped): string =>
  `a packet from pod address ${from} to ${to} ends on ${host} in FORWARD`;

export function proof({ facts: { backEnd, chain } }: Found<Dropped>): readonly Quote[] {
  return [quoted('firewall', `iptables-${backEnd}-save`, chain.join('; '))];
}
