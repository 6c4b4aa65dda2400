import type { CaseDefinition } from '../../../case.js';

/** A CA is told by its subject and fingerprint, as people read it. */
export type Facts = {
  /** `path`: of --requestheader-client-ca-file. `signer`: who signed the cluster's own front proxies. */
  authority: { readonly path: string; readonly trusted: readonly string[]; readonly signer: string };
  /** `path`: of --proxy-client-cert-file. */
  client: { readonly path: string; readonly issuer: string; readonly trusted: string };
  'name-not-allowed': { readonly name: string; readonly allowed: readonly string[] };
  /** `service`: `namespace/name` that serves the API group version `api`. */
  'flags-missing': { readonly flag: string; readonly api: string; readonly service: string };
};

export const variants: CaseDefinition<Facts>['variants'] = {
  authority: {
    means: '--requestheader-client-ca-file is not the CA of the front proxy',
    says: ({ host, facts }) =>
      `kube-apiserver on ${host} believes front proxies of ${facts.trusted.join(' and ')} (${facts.path}), ` +
      `but the cluster's own were signed by ${facts.signer}`,
  },
  client: {
    means: 'the front proxy’s client certificate was signed by another CA',
    says: ({ host, facts }) =>
      `${facts.path} on ${host} was signed by another ${facts.issuer} than ${facts.trusted}, whom aggregated ` +
      'APIs believe',
  },
  'name-not-allowed': {
    means: 'the front proxy’s name is not among --requestheader-allowed-names',
    says: ({ host, facts }) =>
      `the front proxy of ${host} is called ${facts.name}, but --requestheader-allowed-names lists only ` +
      `${facts.allowed.join(', ')}`,
  },
  'flags-missing': {
    means: 'aggregated APIs are registered, but an API server lacks the flags of the front proxy',
    says: ({ host, facts }) =>
      `${facts.api} is served by ${facts.service}, but kube-apiserver on ${host} has no ${facts.flag}: it can ` +
      'prove no user to it',
  },
};
