import type { FoundOf } from '../../../case.js';

export const programs = ['kube-apiserver', 'kube-controller-manager', 'kubelet'] as const;

/** What a component is told; '' is not a provider. */
type Told = { readonly program: (typeof programs)[number]; readonly provider: string };

/** `since`: when the object was made, ISO 8601; `object`: what the API has of it. */
type Waits = {
  readonly namespace: string;
  readonly name: string;
  readonly since: string;
  readonly object: { readonly type: unknown; readonly status: unknown };
};

/** `config`: what --cloud-config names. */
type Given = Told & { readonly config: string | undefined };

export type Facts = {
  readonly unknown: Given;
  /** Minors of Kubernetes: the first without the provider, and the one that runs. */
  readonly gone: Given & { readonly goneSince: number; readonly minor: number };
  /** `other`: the provider that these others have. */
  readonly differs: Told & {
    readonly than: 'the other kubelets' | 'the other controller managers' | 'the kubelets';
    readonly other: string;
  };
  readonly configuration: Told & { readonly config: string };
  readonly 'service-waits': Waits;
  readonly 'volume-waits': Waits & { readonly provisioner: string };
};

/** All but what waits for a cloud. */
export type Flagged = FoundOf<Omit<Facts, 'service-waits' | 'volume-waits'>>;

/** In-tree providers and the first minor without them (CHANGELOGs 1.21 to 1.31; all are gone in 1.31). */
export const inTree: Readonly<Record<string, number>> = {
  aws: 27,
  azure: 30,
  gce: 31,
  vsphere: 30,
  openstack: 26,
  cloudstack: 13,
  ovirt: 13,
  photon: 13,
};
