/** Who was given a way into the cluster, or lost it. The journal keeps it: `kw kubeconfig --issued` shows it. */
export type Access =
  /** Told, and on the disk, before the certificate exists. `owner`: who asked for it, as `anna@machine`. */
  | {
      readonly type: 'credential-issued';
      readonly user: string;
      readonly groups: readonly string[];
      /** The ClusterRole that was bound for it. */
      readonly role?: string;
      /** An instant. */
      readonly until: string;
      /** Of system:masters: nothing but its end, or another CA, takes it away. */
      readonly breaksGlass: boolean;
      readonly owner: string;
      /** SHA-256 of the CA that has signed it, and of those that it trusts; absent: before that was noted. */
      readonly signer?: string;
      readonly trusts?: readonly string[];
    }
  | {
      readonly type: 'credential-revoked';
      readonly user: string;
      /** ClusterRoleBindings that are gone. */
      readonly bindings: readonly string[];
      readonly owner: string;
    };
