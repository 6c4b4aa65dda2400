/** What is true of one minor of Kubernetes, beyond its flags. */
export interface Release {
  /** `1.29`. */
  readonly minor: string;
  /** The newest patch release this catalog has heard of: `1.29.15`. Later ones are accepted too. */
  readonly latestPatchKnown: string;
  /** Registry of Kubernetes' own images, as kubeadm of this minor names it. */
  readonly registry: 'k8s.gcr.io' | 'registry.k8s.io';
  /** `version` without v: `3.5.10`. */
  readonly etcd: { readonly image: string; readonly version: string };
  readonly coredns: { readonly image: string; readonly version: string };
  readonly pauseImage: string;
  /** maintenance: warns; refused: kubelet exits unless `failCgroupV1: false`. */
  readonly cgroupV1: 'supported' | 'maintenance' | 'refused';
  /** `below`: exclusive; containerd 2 no longer speaks CRI v1alpha2, the only one that kubelets before 1.23 speak. */
  readonly containerd: { readonly min: string; readonly below?: string };
  /** As kubeadm of this minor sets them; every value is ''. */
  readonly controlPlaneLabels: readonly string[];
  readonly controlPlaneTaints: readonly { readonly key: string; readonly effect: 'NoSchedule' }[];
}
