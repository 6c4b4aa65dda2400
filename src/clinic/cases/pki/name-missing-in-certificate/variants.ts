import type { CaseDefinition, FoundOf, Variant } from '../../../case.js';
import type { Certificate } from '../../../../pki/certificate.js';
import { quoted } from '../../../read/quote.js';
import { certificateText } from '../../../read/shown.js';

/** `client` calls the server as `dialled`; in the file (only seen on `port` without `path`) stand `names`. */
export interface Lacks {
  readonly path?: string;
  readonly port: number;
  readonly client: string;
  readonly dialled: string;
  readonly names: readonly string[];
  readonly missing: readonly string[];
  readonly leaf: Certificate;
}
export type Facts = Readonly<Record<'dialled' | 'service' | 'load-balancer' | 'etcd', Lacks>>;
export type Finding = FoundOf<Facts>;

const lacks = (means: string): Variant<{ readonly host: string; readonly facts: Lacks }> => ({
  means,
  says: ({ host, facts }) =>
    `${facts.client} calls ${host} as ${facts.dialled}, but ${placeOf(facts)} names only ` +
    `${facts.names.join(', ') || 'nothing'}: it lacks ${facts.missing.join(', ')}`,
  shows: ({ facts }) => [
    quoted('served', placeOf(facts), `${certificateText(facts.leaf)}; names: ${facts.names.join(', ') || 'none'}`),
    quoted('served', 'missing names', facts.missing.join(', ')),
  ],
});

export const placeOf = ({ path, port }: Pick<Lacks, 'path' | 'port'>): string => path ?? `port ${port}`;

export const variants: CaseDefinition<Facts>['variants'] = {
  dialled: lacks('an API server’s certificate lacks an address that a kubeconfig dials'),
  service: lacks('an API server’s certificate lacks the address or name of the service through which pods call it'),
  'load-balancer': lacks('an API server’s certificate lacks the name by which the load balancer’s check verifies it'),
  etcd: lacks('etcd’s certificate lacks an address that API servers dial'),
};
