/** `holders`: names of the hosts that hold the address now. */
export type Shared = { readonly address: string; readonly holders: readonly string[] };

/** `others`: names of hosts that share the address; `path`: of the keepalived configuration. */
export type Facts = {
  readonly 'router-ids-differ': Shared & {
    readonly path: string;
    readonly id: string;
    readonly usual: string;
    readonly others: readonly string[];
  };
  readonly 'peer-missing': Shared & {
    readonly path: string;
    readonly peers: readonly string[];
    readonly unheard: readonly string[];
  };
  /** `rule`: a line of iptables-save; `program`: whose rules it stands among. */
  readonly 'adverts-blocked': Shared & {
    readonly rule: string;
    readonly program: 'iptables-nft' | 'iptables-legacy';
  };
  readonly 'not-by-keepalived': Shared & { readonly others: readonly string[] };
  readonly 'two-holders': Shared;
};
