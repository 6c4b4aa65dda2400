export type Program = 'etcd' | 'kube-apiserver' | 'kubelet';

/** Flags whose addresses must be the host's own. */
export const own: Readonly<Record<Program, readonly string[]>> = {
  etcd: ['listen-peer-urls', 'listen-client-urls', 'initial-advertise-peer-urls', 'advertise-client-urls'],
  'kube-apiserver': ['advertise-address', 'bind-address'],
  kubelet: ['node-ip'],
};

/**
 * `flags`: without dashes, those that hold the `former` address or others that the host has not; `held`: its own;
 * `wrong`: each of them with its flag.
 */
export type Moved<P> = {
  readonly program: P;
  readonly former: string;
  readonly flags: readonly string[];
  readonly held: readonly string[];
  readonly wrong: readonly { readonly flag: string; readonly address: string }[];
};

export type Facts = {
  readonly etcd: Moved<'etcd'>;
  readonly apiserver: Moved<'kube-apiserver'>;
  readonly node: Moved<'kubelet'>;
};
