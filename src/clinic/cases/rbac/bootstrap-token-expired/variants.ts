import type { CaseDefinition, FoundOf } from '../../../case.js';
import { day } from '../../../read/shown.js';
import { quoted, quotedList } from '../../../read/quote.js';

/** Why the token that a kubelet shows lets it in nowhere. Ids are the public halves of tokens, times ISO 8601. */
export type Why =
  | { readonly is: 'none' }
  | { readonly is: 'expired'; readonly at: string }
  | { readonly is: 'not-for-authentication' }
  | { readonly is: 'another'; readonly ids: readonly string[] }
  | { readonly is: 'all-expired'; readonly tokens: number; readonly last: string };

export type Facts = {
  /** `path`: the bootstrap kubeconfig. Without `id` the token's own was not seen. */
  expired: {
    readonly path: string;
    readonly id?: string;
    readonly why: Why;
    /** All that there are; `ends` is '' where one never does. */
    readonly tokens: readonly { readonly secret: string; readonly ends: string }[];
  };
  /** `source`: what starts the controller manager with these `controllers`. */
  'signer-off': { readonly source?: string; readonly token: string; readonly controllers: string };
};
export type Finding = FoundOf<Facts>;

const whyText = (why: Why): string => {
  switch (why.is) {
    case 'none':
      return 'the cluster has no bootstrap token';
    case 'expired':
      return `that one expired on ${day(why.at)}`;
    case 'not-for-authentication':
      return 'that one is not for authentication';
    case 'another':
      return `the cluster has only ${why.ids.join(', ')}`;
    case 'all-expired':
      return `the last of ${why.tokens} bootstrap tokens expired on ${day(why.last)}`;
  }
};

export const variants: CaseDefinition<Facts>['variants'] = {
  expired: {
    means: 'a kubelet waits to bootstrap, and its bootstrap token has expired, is gone, or is not for authentication',
    says: ({ host, facts: { path, id, why } }) =>
      `the kubelet on ${host} has no certificate yet and shows the token ` +
      `${id === undefined ? '' : `${id} `}in ${path}, but ${whyText(why)}`,
    shows: ({ facts: { path, id, tokens } }) => [
      quoted('kubeconfigs', path, id === undefined ? 'a bootstrap token' : `the bootstrap token ${id}`),
      quotedList(
        'secrets',
        'secrets of type bootstrap.kubernetes.io/token',
        tokens.map(one => `${one.secret}: ends ${one.ends || 'never'}`).join('; ') || 'none',
      ),
    ],
  },
  'signer-off': {
    means: 'a token is valid, but no controller signs cluster-info with it',
    says: ({ host, facts }) =>
      `the token ${facts.token} is meant for joining, but kube-controller-manager on ${host} runs with ` +
      `--controllers=${facts.controllers}, in which bootstrapsigner is off`,
    shows: ({ facts }) => [
      quoted('processes', 'argv of kube-controller-manager', `--controllers=${facts.controllers}`),
    ],
  },
};
