/**
 * What a host carries of a cluster, whichever: by it a host is told to be this cluster's, another's or nobody's. Filled
 * by `facts/host/carried.ts`.
 */
export interface Carried {
  /** CA certificates in `/etc/kubernetes/pki/ca.crt`, PEM; absent: no such file. What cannot be read is ''. */
  readonly ca?: string;
  /** While that CA is exchanged, of a control plane: who signs now, and who is to, PEM. */
  readonly caSigner?: string;
  readonly caNext?: string;
  /** The same of `/etc/kubernetes/pki/etcd/ca.crt`. */
  readonly etcdCa?: string;
  /** The CA that the kubelet's kubeconfig trusts, PEM. */
  readonly kubeletCa?: string;
  /** The node's own credential: the kubelet's client certificate, PEM, without its key. */
  readonly credential?: string;
  /** etcd's data are there. */
  readonly etcdData: boolean;
  /** Of etcd's data, 16 hexadecimal digits; absent: no data, or they could not be read. */
  readonly etcdCluster?: string;
  /** What its files call the cluster. */
  readonly name?: string;
  /** Kubewizard's own marks are there. */
  readonly marked: boolean;
  /** Paths that only a cluster makes. */
  readonly traces: readonly string[];
}
