export const taint = 'node.cloudprovider.kubernetes.io/uninitialized';

export const controllerLists = ['deployments.apps', 'daemonsets.apps', 'pods'] as const;

export type Controller = {
  readonly list: (typeof controllerLists)[number];
  readonly namespace: string;
  readonly name: string;
};

/** `written`: what its spec says of it. */
type Waiting = { readonly node: string; readonly written: { readonly taints: unknown; readonly providerID: unknown } };

export type Facts = {
  readonly 'no-controller': Waiting;
  /** `controllers`: at least one; the first is the one that is changed. */
  readonly 'kept-away': Waiting & { readonly controllers: readonly Controller[] };
  readonly leftover: Waiting;
};

export const nameOf = ({ namespace, name }: Controller): string => `${namespace}/${name}`;
