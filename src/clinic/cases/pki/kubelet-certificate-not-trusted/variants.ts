import type { Certificate } from '../../../../pki/certificate.js';
import type { CaseDefinition, FoundOf } from '../../../case.js';
import { type Quote, quoted, quotedList, quotedOn } from '../../../read/quote.js';
import { port } from './kubelet.js';
import { certificateText } from '../../../read/shown.js';
import type { Found } from '../../../examine/verdict.js';

/** The API server on `server` verifies kubelets by the CAs in `authorityPath`; `path` is what the kubelet serves. */
type NotSigned = {
  readonly path: string;
  readonly server: string;
  readonly authorityPath: string;
  readonly trusted: readonly string[];
  readonly leaf?: Certificate;
};

/** A CA is told by its subject and fingerprint, as people read it. */
export type Facts = {
  /** `refused`: how many kubelets it did not sign; `node` is one of them, and serves `leaf`. */
  'wrong-authority': {
    readonly path: string;
    readonly trusted: readonly string[];
    readonly refused: number;
    readonly node: string;
    readonly leaf?: Certificate;
  };
  'self-signed': NotSigned;
  'other-ca': NotSigned & { readonly issuer: string };
  'no-address': {
    readonly path: string;
    readonly server: string;
    readonly dialled: string;
    readonly names: readonly string[];
    readonly leaf: Certificate;
  };
  /** `request`: the name of a CertificateSigningRequest. */
  'request-pending': {
    readonly request: string;
    /** Why the handshake with the kubelet ends, where it is known. */
    readonly problem?: string;
    readonly since?: string;
    readonly signer: string;
    readonly user: string;
  };
};
export type Finding = FoundOf<Facts>;

const accepts = ({ server, trusted, authorityPath }: NotSigned): string =>
  `but kube-apiserver on ${server} accepts only ${trusted.join(' and ')} (${authorityPath})`;

export const variants: CaseDefinition<Facts>['variants'] = {
  'wrong-authority': {
    means: '--kubelet-certificate-authority of an API server is not the CA that signed the kubelets',
    says: ({ host, facts }) =>
      `kube-apiserver on ${host} verifies kubelets by ${facts.path}, which is ${facts.trusted.join(' and ')}, ` +
      `but ${facts.refused} of the kubelets (${facts.node} …) show certificates that this CA did not sign`,
    shows: ({ facts: { path, trusted, node, leaf } }) => [
      quoted('certificates', path, trusted.join('; ')),
      ...(leaf ? [quotedOn(node, 'served', port.source, certificateText(leaf))] : []),
    ],
  },
  'self-signed': {
    means: 'a kubelet made its serving certificate itself, and the API server verifies',
    says: ({ host, facts }) => `the kubelet on ${host} shows a certificate that it signed itself, ${accepts(facts)}`,
    shows: notSigned,
  },
  'other-ca': {
    means: 'the serving certificate of a kubelet was signed by another CA',
    says: ({ host, facts }) =>
      `the kubelet on ${host} shows a certificate that another ${facts.issuer} signed, ${accepts(facts)}`,
    shows: notSigned,
  },
  'no-address': {
    means: 'the serving certificate of a kubelet lacks the address that the API server dials',
    says: ({ host, facts }) =>
      `kube-apiserver on ${facts.server} dials the kubelet of ${host} as ${facts.dialled}, but its ` +
      `certificate names only ${facts.names.join(', ') || 'nothing'}`,
    shows: ({ facts }) => [
      quoted('served', port.source, `${certificateText(facts.leaf)}; names: ${facts.names.join(', ') || 'none'}`),
    ],
  },
  'request-pending': {
    means: 'a kubelet waits for its serving certificate: nobody has approved its request',
    says: ({ host, facts }) =>
      `the kubelet on ${host} serves no certificate (${facts.problem ?? 'the handshake ends'}), ` +
      `and its request ${facts.request} has ` +
      `waited since ${facts.since ?? 'its start'} for somebody to approve it`,
    shows: ({ facts: { request, problem, signer, user } }) => [
      quoted('served', port.source, problem ?? 'no certificate'),
      quotedList(
        'certificatesigningrequests.certificates.k8s.io',
        `certificatesigningrequest ${request}`,
        `${signer} for ${user}: no condition`,
      ),
    ],
  },
};

function notSigned({ facts: { server, authorityPath, trusted, leaf } }: Found<NotSigned>): readonly Quote[] {
  return [
    ...(leaf ? [quoted('served', port.source, certificateText(leaf))] : []),
    quotedOn(server, 'certificates', authorityPath, trusted.join('; ')),
  ];
}
