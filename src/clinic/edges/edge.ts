import type { Evidence } from '../../model/fact.js';
import type { Certificate } from '../../pki/certificate.js';

export type EdgeKind =
  | 'api-client'
  | 'apiserver-kubelet'
  | 'apiserver-etcd'
  | 'etcd-peer'
  | 'load-balancer-apiserver'
  | 'apiserver-aggregated'
  | 'apiserver-webhook'
  | 'kubelet-runtime';

/** What one end of an edge holds: certificates with the place they are from. `undefined`: nothing is configured. */
export interface Held {
  readonly path: string;
  readonly certificates: Evidence<readonly Certificate[]>;
}

export interface Edge {
  readonly kind: EdgeKind;
  readonly client: { readonly host: string; readonly program: string; readonly source: string };
  readonly server: { readonly host: string; readonly program: string; readonly address: string; readonly port: number };
  /** The name or address that the client dials, and so verifies. */
  readonly dials: string;
  /** The CAs by which the client verifies the server; undefined: it does not verify. */
  readonly clientTrusts?: Held;
  /** What the port serves, else what its file holds. */
  readonly serverShows: Held;
  readonly clientShows?: Held;
  /** The CAs by which the server verifies clients; undefined: it asks for no certificate. */
  readonly serverTrusts?: Held;
}
