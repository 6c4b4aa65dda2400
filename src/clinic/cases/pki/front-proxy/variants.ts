import type { CaseDefinition } from '../../../case.js';
import { type Quote, quoted, quotedList } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';
import type { Certificate } from '../../../../pki/certificate.js';
import { authorityText, certificateText } from '../../../read/shown.js';

/** What front proxies are verified by, and what the API server shows as one. */
interface Pair {
  readonly roots: { readonly path: string; readonly certificates: readonly Certificate[] };
  readonly proxy: { readonly path: string; readonly leaf: Certificate };
}

/** A CA is told by its subject and fingerprint, as people read it. */
export type Facts = {
  /** `path`: of --requestheader-client-ca-file. `signer`: who signed the cluster's own front proxies. */
  authority: Pair & { readonly path: string; readonly trusted: readonly string[]; readonly signer: string };
  /** `path`: of --proxy-client-cert-file. */
  client: Pair & { readonly path: string; readonly issuer: string; readonly trusted: string };
  'name-not-allowed': Pair & { readonly name: string; readonly allowed: readonly string[] };
  /** `service`: `namespace/name` that serves the API group version `api`. */
  'flags-missing': { readonly flag: string; readonly api: string; readonly service: string };
};

export const variants: CaseDefinition<Facts>['variants'] = {
  authority: {
    means: '--requestheader-client-ca-file is not the CA of the front proxy',
    says: ({ host, facts }) =>
      `kube-apiserver on ${host} believes front proxies of ${facts.trusted.join(' and ')} (${facts.path}), ` +
      `but the cluster's own were signed by ${facts.signer}`,
    shows: proof,
  },
  client: {
    means: 'the front proxy’s client certificate was signed by another CA',
    says: ({ host, facts }) =>
      `${facts.path} on ${host} was signed by another ${facts.issuer} than ${facts.trusted}, whom aggregated ` +
      'APIs believe',
    shows: proof,
  },
  'name-not-allowed': {
    means: 'the front proxy’s name is not among --requestheader-allowed-names',
    says: ({ host, facts }) =>
      `the front proxy of ${host} is called ${facts.name}, but --requestheader-allowed-names lists only ` +
      `${facts.allowed.join(', ')}`,
    shows: proof,
  },
  'flags-missing': {
    means: 'aggregated APIs are registered, but an API server lacks the flags of the front proxy',
    says: ({ host, facts }) =>
      `${facts.api} is served by ${facts.service}, but kube-apiserver on ${host} has no ${facts.flag}: it can ` +
      'prove no user to it',
    shows: ({ facts: { flag, api, service } }) => [
      quoted('processes', 'argv of kube-apiserver', `no ${flag}`),
      quotedList('apiservices.apiregistration.k8s.io', api, `service ${service}`),
    ],
  },
};

function proof({ facts: { roots, proxy } }: Found<Pair>): readonly Quote[] {
  return [
    quoted('certificates', proxy.path, certificateText(proxy.leaf)),
    quoted('certificates', roots.path, roots.certificates.map(authorityText).join('; ')),
  ];
}
