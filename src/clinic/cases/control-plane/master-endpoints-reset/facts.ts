import { type Quote, quotedObject } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';

export type Facts = {
  /** `count`: of --apiserver-count, as written; `servers`: how many there are. */
  readonly 'master-count': { readonly count: string; readonly servers: number };
  /** `named`: in the endpoints. */
  readonly 'dead-endpoint': { readonly address: string; readonly named: readonly string[] };
  /** `address`: what the API server advertises. */
  readonly 'missing-endpoint': { readonly address: string; readonly named: readonly string[] };
};

export function endpointsNamed({
  facts: { named },
}: Found<Facts['dead-endpoint' | 'missing-endpoint']>): readonly Quote[] {
  return [quotedObject('endpoints', 'default/kubernetes', named.join(', ') || 'none')];
}
