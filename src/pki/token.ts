/** Tokens of service accounts (JWT, RFC 7519): signed here to ask who accepts them, and read for the key they name. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';

export interface AccountClaims {
  readonly issuer: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Seconds since 1970. */
  readonly now: number;
  readonly seconds: number;
}

/** As the API server's TokenRequest makes them, bound to nothing but its account. */
export const signedToken = (keyPem: string, claims: AccountClaims): string => {
  const { issuer, namespace, name, uid, now, seconds } = claims;
  const key = createPrivateKey(keyPem);
  const isRsa = key.asymmetricKeyType === 'rsa';
  const body = {
    aud: [issuer],
    exp: now + seconds,
    iat: now,
    nbf: now - 5,
    iss: issuer,
    'kubernetes.io': { namespace, serviceaccount: { name, uid } },
    sub: `system:serviceaccount:${namespace}:${name}`,
  };
  const text = [{ alg: isRsa ? 'RS256' : 'ES256', kid: kidOf(createPublicKey(key)) }, body]
    .map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign('sha256', Buffer.from(text), isRsa ? key : { key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
};

/** How Kubernetes names a key: SHA-256 over its DER, base64url (pkg/serviceaccount/jwt.go, keyIDFromPublicKey). */
export const kidOfPem = (publicPem: string): string => kidOf(createPublicKey(publicPem));

const kidOf = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64url');

/** The key that a token names; undefined: it is no token, or names none. */
export const kidIn = (token: string): string | undefined => {
  try {
    const { kid } = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString('utf8')) as {
      readonly kid?: unknown;
    };
    return typeof kid === 'string' ? kid : undefined;
  } catch {
    return undefined;
  }
};
