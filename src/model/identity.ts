/**
 * Which cluster it is, by what no other one has. A name is not an identity: every kubeadm cluster is called
 * `kubernetes`.
 */
export interface ClusterIdentity {
  /** SHA-256 fingerprints, lower-case hex, of CA certificates that its control planes and etcd hosts trust. */
  readonly authorities: readonly string[];
  /** UID of the namespace `kube-system`, where the API answered. */
  readonly uid?: string;
  /** Ids of its etcd, 16 hexadecimal digits each: one that was restored from a backup has a new one. */
  readonly etcd?: readonly string[];
  /** Hosts that had its etcd's data when they were last seen, or were about to get them. */
  readonly members?: readonly EtcdMember[];
}

export interface EtcdMember {
  readonly name: string;
  readonly address: string;
}

/** `unknown`: too little is known of one of them to say. */
export const compareIdentities = (one: ClusterIdentity, other: ClusterIdentity): 'same' | 'other' | 'unknown' => {
  if (one.uid !== undefined && other.uid !== undefined) return one.uid === other.uid ? 'same' : 'other';
  if (one.authorities.length === 0 || other.authorities.length === 0) return 'unknown';
  return one.authorities.some(each => other.authorities.includes(each)) ? 'same' : 'other';
};

/** Both known: what is new is added, since a CA may be changed over the years. */
export const joinIdentities = (one: ClusterIdentity, other: ClusterIdentity): ClusterIdentity => {
  const uid = other.uid ?? one.uid;
  const etcd = [...new Set([...(one.etcd ?? []), ...(other.etcd ?? [])])];
  const members = other.members ?? one.members ?? [];
  return {
    authorities: [...new Set([...one.authorities, ...other.authorities])].sort(),
    ...(uid !== undefined && { uid }),
    ...(etcd.length > 0 && { etcd }),
    ...(members.length > 0 && { members }),
  };
};

export const identityText = ({ authorities, uid }: ClusterIdentity): string =>
  [
    authorities.length > 0 ? `CA ${authorities.map(each => each.slice(0, 16)).join(', ')}` : 'no CA known',
    ...(uid === undefined ? [] : [`kube-system ${uid}`]),
  ].join(', ');
