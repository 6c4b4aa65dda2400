export const replicated = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;

/** `path`: of its configuration; `asking`: how it asks for the health of its servers. */
type Asking = { readonly path: string; readonly asking: 'none' | 'connect' | 'tls' };

/** Units of a cluster's programs, which shall be started again whenever they end. */
export const isComponent = (unit: string): boolean =>
  [
    ...replicated,
    ...['etcd', 'kubelet', 'kube-proxy', 'containerd', 'docker', 'crio', 'haproxy', 'keepalived'],
    ...['kw-haproxy', 'kw-keepalived'],
  ].some(program => unit === `${program}.service`);

type Voter = { readonly name: string; readonly peerUrls: readonly string[] };

/** `server`, `only`, `masters` and `toldBy` (who lists the members): names of hosts. */
export type Facts = {
  readonly 'tcp-check-only': Asking;
  /** `answer`: of its /readyz. */
  readonly 'ill-backend-served': Asking & { readonly server: string; readonly answer: string };
  /** `serves` and `address`: `192.0.2.11:6443`. */
  readonly 'backend-missing': {
    readonly path: string;
    readonly server: string;
    readonly address: string;
    readonly serves: readonly string[];
  };
  readonly 'one-replica': {
    readonly program: (typeof replicated)[number];
    readonly only: string;
    readonly masters: readonly string[];
    /** The unit or manifest that starts it there. */
    readonly source: string | undefined;
  };
  /** `active` and `sub`: systemd's ActiveState and SubState. */
  readonly 'nobody-restarts': {
    readonly unit: string;
    readonly active: string;
    readonly sub: string;
    readonly dropIns: readonly string[];
  };
  readonly 'even-etcd': { readonly voters: readonly Voter[]; readonly toldBy: string };
  /** `place`: the host of all peer URLs. */
  readonly 'etcd-on-one-host': {
    readonly voters: readonly Voter[];
    readonly toldBy: string;
    readonly masters: readonly string[];
    readonly place: string;
  };
};
