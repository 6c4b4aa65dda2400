/** A bootstrap token as the API keeps it: a Secret whose name is the token's first half. */
import { stringify } from 'yaml';

export const tokensPath = '/api/v1/namespaces/kube-system/secrets';
export const tokenType = 'bootstrap.kubernetes.io/token';

export interface NewToken {
  readonly id: string;
  readonly secret: string;
  readonly expires: Date;
  readonly description: string;
  /** Whose rights its owner has beside those of every bootstrapper. */
  readonly group: string;
}

/** Of a token what may be shown: all but its secret half. */
export interface Token {
  readonly id: string;
  readonly expires: string;
  readonly usages: readonly string[];
  readonly groups: readonly string[];
  readonly description: string;
}

/** To the second: the API server reads RFC 3339, and nobody needs more. */
export const instant = (date: Date): string => date.toISOString().replace(/\.\d+Z$/, 'Z');

export const tokenSecret = ({
  id,
  secret,
  expires,
  description,
  group,
}: NewToken): Readonly<Record<string, unknown>> => ({
  apiVersion: 'v1',
  kind: 'Secret',
  type: tokenType,
  metadata: { name: `bootstrap-token-${id}`, namespace: 'kube-system' },
  stringData: {
    'token-id': id,
    'token-secret': secret,
    expiration: instant(expires),
    'usage-bootstrap-authentication': 'true',
    'usage-bootstrap-signing': 'true',
    'auth-extra-groups': group,
    ...(description === '' ? {} : { description }),
  },
});

/** Undefined: a Secret that is not a bootstrap token. */
export const tokenOf = (secret: {
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
}): Token | undefined => {
  const read = (key: string): string => Buffer.from(secret.data?.[key] ?? '', 'base64').toString();
  if (secret.type !== tokenType || read('token-id') === '') return undefined;
  return {
    id: read('token-id'),
    expires: read('expiration'),
    groups: read('auth-extra-groups').split(',').filter(Boolean),
    description: read('description'),
    usages: ['authentication', 'signing'].filter(usage => read(`usage-bootstrap-${usage}`) === 'true'),
  };
};

/** What a kubelet is given as `--bootstrap-kubeconfig`: with it, it asks for a certificate of its own. */
export const bootstrapKubeconfig = (cluster: string, server: string, caPem: string, token: string): string =>
  stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'bootstrap',
      preferences: {},
      clusters: [
        { name: cluster, cluster: { 'certificate-authority-data': Buffer.from(caPem).toString('base64'), server } },
      ],
      contexts: [{ name: 'bootstrap', context: { cluster, user: 'kubelet-bootstrap' } }],
      users: [{ name: 'kubelet-bootstrap', user: { token } }],
    },
    { lineWidth: 0 },
  );
