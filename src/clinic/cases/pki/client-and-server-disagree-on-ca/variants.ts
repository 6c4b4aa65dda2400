import type { CaseDefinition, FoundOf } from '../../../case.js';
import type { AuthorityName } from '../../../read/authority.js';
import { authorityText, certificateText } from '../../../read/shown.js';
import { type Quote, quoted, quotedObject, quotedOn } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';
import type { Certificate } from '../../../../pki/certificate.js';

/** A file in the hands of `program` that should hold, or be signed by, `authority`; `far` is at the other end. */
type Wrong = {
  readonly path: string;
  readonly program: string;
  readonly authority: AuthorityName;
  readonly far: { readonly program: string; readonly host: string };
  /** The first certificate of the file, and the first at the far end; absent: it was not seen. */
  readonly mine?: Certificate;
  readonly theirs?: Certificate;
};
/** It trusts `trusted`, and the far end was signed by `signer`. `hosts`: how many are concerned. */
export type Trusts = Wrong & { readonly trusted: string; readonly signer: string; readonly hosts: number };
/** It was signed by `issuer` with the key `keyId`, and the far end trusts `trusted`. */
export type Shows = Wrong & { readonly issuer: string; readonly keyId: string; readonly trusted: string };

/** What is handed out, and what should be: each a CA by its subject and fingerprint; `authorities`: all handed out. */
type Told = { readonly told: string; readonly truth: string; readonly authorities: readonly Certificate[] };

export type TrustVariant =
  | 'client-ca'
  | 'kubeconfig-ca'
  | 'kubelet-client-ca'
  | 'etcd-ca'
  | 'etcd-peer-ca'
  | 'load-balancer-ca';
export type ShowVariant =
  | 'serving-certificate'
  | 'client-certificate'
  | 'kubelet-client-certificate'
  | 'etcd-certificate'
  | 'etcd-peer-certificate';

export type EndFacts = Readonly<Record<TrustVariant, Trusts> & Record<ShowVariant, Shows>>;
export type PublishedFacts = {
  /** `configMap`: namespace/name. */
  'cluster-info': Told & { readonly configMap: string };
  /** A file (`path`) that pods are given, or ConfigMaps of `namespace` and `more` others. */
  'root-ca': Told & ({ readonly path: string } | { readonly namespace: string; readonly more: number });
};
export type Facts = EndFacts & PublishedFacts;
export type EndFinding = FoundOf<EndFacts>;
export type PublishedFinding = FoundOf<PublishedFacts>;
export type Finding = FoundOf<Facts>;

const quotedEnds = (
  { path, far, mine, theirs }: Wrong,
  mineText: (one: Certificate) => string,
  does: 'shows' | 'trusts',
  theirText: (one: Certificate) => string,
): readonly Quote[] => [
  ...(mine ? [quoted(path.endsWith('.conf') ? 'kubeconfigs' : 'certificates', path, mineText(mine))] : []),
  ...(theirs
    ? [quotedOn(far.host, 'certificates', `what ${far.program} on ${far.host} ${does}`, theirText(theirs))]
    : []),
];

const handedOut = ({ authorities }: Told): string => authorities.map(authorityText).join('; ');

const trusts = (means: string) => ({
  means,
  says: ({ host, facts }: { readonly host: string; readonly facts: Trusts }): string =>
    `${facts.program} on ${host} trusts ${facts.trusted} (${facts.path}), but ${facts.far.program} on ` +
    `${facts.far.host} shows a certificate that ${facts.signer} ` +
    `signed${facts.hosts > 1 ? `; ${facts.hosts} hosts are concerned` : ''}`,
  shows: ({ facts }: Found<Trusts>): readonly Quote[] => quotedEnds(facts, authorityText, 'shows', certificateText),
});

const shows = (means: string) => ({
  means,
  says: ({ host, facts }: { readonly host: string; readonly facts: Shows }): string =>
    `${facts.path} of ${facts.program} on ${host} was signed by another ${facts.issuer} (key id ` +
    `${facts.keyId}) than ${facts.trusted}, which ${facts.far.program} on ${facts.far.host} trusts`,
  shows: ({ facts }: Found<Shows>): readonly Quote[] => quotedEnds(facts, certificateText, 'trusts', authorityText),
});

/** In the order of importance: one file in many hands is named after the first of its uses. */
export const variants: CaseDefinition<Facts>['variants'] = {
  'client-ca': trusts(
    'the CA by which an API server verifies its clients (--client-ca-file) is not the one that signed them',
  ),
  'serving-certificate': shows('an API server serves a certificate that the cluster’s CA did not sign'),
  'kubeconfig-ca': trusts('the CA in a kubeconfig is not the one that signed the API server'),
  'client-certificate': shows(
    'the client certificate in a kubeconfig was signed by another CA than the one that the API server trusts',
  ),
  'kubelet-client-ca': trusts('the CA by which a kubelet verifies the API server (clientCAFile) is another one'),
  'kubelet-client-certificate': shows('the certificate that the API server shows to kubelets was signed by another CA'),
  'etcd-ca': trusts('etcd and the API server trust different CAs'),
  'etcd-certificate': shows('a certificate between etcd and the API server was signed by another CA than etcd’s'),
  'etcd-peer-ca': trusts('an etcd member verifies its peers by another CA'),
  'etcd-peer-certificate': shows('the peer certificate of an etcd member was signed by another CA than the others’'),
  'load-balancer-ca': trusts('the load balancer verifies API servers by another CA'),
  'cluster-info': {
    means: 'hosts that join are told another CA (kube-public/cluster-info)',
    says: ({ facts }) =>
      `hosts that join are told by ${facts.configMap} to trust ${facts.told}, but the cluster's CA is ${facts.truth}`,
    shows: ({ facts }) => [quotedObject('configmaps', facts.configMap, handedOut(facts))],
  },
  'root-ca': {
    means: 'pods are told another CA (kube-root-ca.crt, --root-ca-file)',
    says: ({ host, facts }) =>
      'path' in facts
        ? `kube-controller-manager on ${host} gives pods ${facts.path} (--root-ca-file) with ${facts.told}, but ` +
          `the API server was signed by ${facts.truth}`
        : `pods of ${facts.namespace}${facts.more > 0 ? ` and ${facts.more} more namespaces` : ''} are told by ` +
          `kube-root-ca.crt to trust ${facts.told}, but the cluster's CA is ${facts.truth}`,
    shows: ({ facts }) => [
      'path' in facts
        ? quoted('certificates', facts.path, handedOut(facts))
        : quotedObject('configmaps', `${facts.namespace}/kube-root-ca.crt`, handedOut(facts)),
    ],
  },
};
