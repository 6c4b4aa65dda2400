/** Why containerd and the kubelet do not speak CRI with each other. */

/** Both as plain versions; what the kubelet needs of containerd is `from` (inclusive) or `before` (exclusive). */
export type VersionsApart = {
  readonly kubelet: string;
  readonly containerd: string;
} & ({ readonly from: string } | { readonly before: string });

export type Facts = {
  /** Names in disabled_plugins that mean CRI, and all. */
  readonly disabled: { readonly plugins: readonly string[]; readonly disabled: readonly string[] };
  /** What containerd said at its last start. */
  readonly 'failed-to-load': { readonly line: string };
  readonly version: VersionsApart;
  /** Paths of sockets. */
  readonly socket: { readonly dials: string; readonly listens: string };
  /** `annotated`: what the node says, `told`: the path in it. */
  readonly annotation: {
    readonly annotated: string;
    readonly node: string;
    readonly told: string;
    readonly dials: string;
  };
};
