import type { FoundOf } from '../../../case.js';
import type { Found } from '../../../examine/verdict.js';
import { type Quote, quoted } from '../../../read/quote.js';

export interface Sized {
  readonly name: string;
  readonly mtu: number;
}

/** An overlay's link, and the one below it. */
export interface Stacked {
  readonly tunnel: Sized & { readonly kind?: string };
  readonly below: Sized;
}

export type Facts = {
  /** `most`: how many of the segment's hosts have the MTU of `other`; absent where no value is that of most. */
  'hosts-differ': Sized & {
    readonly other: { readonly host: string; readonly mtu: number };
    readonly most?: { readonly many: number; readonly of: number };
  };
  'overlay-too-large': Stacked & { readonly wanted: number };
  'pods-too-large': Stacked & { readonly path: string; readonly mtu: number; readonly wanted: number };
};

export type Finding = FoundOf<Facts>;

export function proof({ facts: { tunnel, below } }: Found<Stacked>): readonly Quote[] {
  const text = `${below.name} mtu ${below.mtu}, ${tunnel.name} (${tunnel.kind}) mtu ${tunnel.mtu}`;
  return [quoted('network', 'ip link', text)];
}
