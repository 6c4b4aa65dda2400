/** The CAs of a cluster and where on a control plane each lies, with the marks of a rotation that is under way. */
export const authorityKeys = ['ca', 'etcd/ca', 'front-proxy-ca'] as const;
export type AuthorityKey = (typeof authorityKeys)[number];
export type AuthorityFile = 'trust' | 'signer' | 'next';

/** PEM of what lies there; absent: it does not. */
export interface AuthorityMark {
  readonly trust: string;
  readonly signer?: string;
  readonly next?: string;
}
export type AuthorityMarks = Partial<Readonly<Record<AuthorityKey, AuthorityMark>>>;

const pki = '/etc/kubernetes/pki';

/** `key`: of the one that signs; `nextKey`: of the one that will. */
export const authorityFiles = (name: AuthorityKey): Readonly<Record<AuthorityFile | 'key' | 'nextKey', string>> => {
  const marks = `${pki}/rotation/${name.replace('/', '-')}`;
  return {
    trust: `${pki}/${name}.crt`,
    key: `${pki}/${name}.key`,
    signer: `${marks}/signer.crt`,
    next: `${marks}/next.crt`,
    nextKey: `${marks}/next.key`,
  };
};

/** What is wanted of a CA that is being exchanged, or was. */
export interface RotatingAuthority {
  readonly phase: 'settled' | 'trusting' | 'signing' | 'forgetting';
  /** PEM, one certificate; whom all trust stands elsewhere. */
  readonly signer: string;
  /** Of the one that will sign: `trusting` alone. */
  readonly next?: string;
  /** Names of secrets in the vault. */
  readonly key: string;
  readonly nextKey?: string;
}
export type RotatingAuthorities = Partial<Readonly<Record<AuthorityKey, RotatingAuthority>>>;
