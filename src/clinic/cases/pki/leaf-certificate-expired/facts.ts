import type { Certificate } from '../../../../pki/certificate.js';
import type { FoundOf } from '../../../case.js';
import type { InMemory, NotYet } from './not-yet.js';

/** Times are ISO 8601. */
export type Expired = { readonly expiredAt: string; readonly now: string; readonly leaf: Certificate };

/** Seen through its port alone. */
export type Served = Expired & { readonly address: string; readonly port: number };

export type Facts = {
  file: (Expired & { readonly path: string; readonly program: string }) | Served;
  kubeconfig: Expired & { readonly path: string; readonly user: string };
  'not-reloaded': {
    readonly path: string;
    readonly program: string;
    readonly port: number;
    readonly expiredAt: string;
    readonly renewedUntil: string;
    readonly served: Certificate;
    readonly leaf: Certificate;
  };
  'not-yet-valid': NotYet;
  'client-not-reloaded': InMemory;
};

export type Finding = FoundOf<Facts>;
