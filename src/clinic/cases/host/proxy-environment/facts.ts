/** Who calls the API by HTTP; the runtime's proxy is for images, and right. */
export const clients = ['kubelet', 'kube-proxy', 'kube-controller-manager', 'kube-scheduler'] as const;

/**
 * `noProxy`: as the process has it; `through`: the cluster's own addresses, names and networks that it does not leave
 * out.
 */
type Proxied<P> = { readonly program: P; readonly noProxy: string; readonly through: readonly string[] };

export type Facts = {
  readonly client: Proxied<(typeof clients)[number]>;
  readonly apiserver: Proxied<'kube-apiserver'>;
};
