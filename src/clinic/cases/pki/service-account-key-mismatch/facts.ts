import type { FoundOf } from '../../../case.js';
import type { IssuerFacts } from './issuer.js';
import { type Quote, quoted } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';

/** Keys by their public half: the first characters of its SHA-256. */
export type Signs = {
  readonly path: string;
  readonly key: string;
  readonly refusedBy: readonly string[];
  readonly accepted?: string;
};

export type Facts = IssuerFacts & {
  /** `signer`: a place where the key lies with which tokens are signed. */
  verifier: { readonly path: string; readonly key: string; readonly signedWith: string; readonly signer: Place };
  signer: Signs;
  'token-signer': Signs;
};

export type Place = { readonly path: string; readonly host: string };

export type Finding = FoundOf<Facts>;

export const signs = (program: string, host: string, { key, path, refusedBy, accepted }: Signs): string =>
  `${program} on ${host} signs tokens with the key ${key} (${path}), but API servers ` +
  `(${refusedBy.join(', ')}) accept ${accepted}`;

export function proof({ facts: { path, key } }: Found<Pick<Signs, 'path' | 'key'>>): readonly Quote[] {
  return [quoted('keys', path, `public key ${key}`)];
}
