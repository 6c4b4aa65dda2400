export const taint = 'node.cloudprovider.kubernetes.io/uninitialized';

export const controllerLists = ['deployments.apps', 'daemonsets.apps', 'pods'] as const;

export type Controller = {
  readonly list: (typeof controllerLists)[number];
  readonly namespace: string;
  readonly name: string;
};

export type Facts = {
  readonly 'no-controller': { readonly node: string };
  /** `controllers`: at least one; the first is the one that is changed. */
  readonly 'kept-away': { readonly node: string; readonly controllers: readonly Controller[] };
  readonly leftover: { readonly node: string };
};

export const nameOf = ({ namespace, name }: Controller): string => `${namespace}/${name}`;
