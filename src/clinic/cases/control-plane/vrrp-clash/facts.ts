/** `others`: names of hosts that share the address; `path`: of the keepalived configuration. */
export type Facts = {
  readonly 'router-ids-differ': {
    readonly address: string;
    readonly path: string;
    readonly id: string;
    readonly usual: string;
    readonly others: readonly string[];
  };
  readonly 'peer-missing': {
    readonly address: string;
    readonly path: string;
    readonly peers: readonly string[];
    readonly unheard: readonly string[];
  };
  /** `rule`: a line of iptables-save; `program`: whose rules it stands among. */
  readonly 'adverts-blocked': {
    readonly address: string;
    readonly rule: string;
    readonly program: 'iptables-nft' | 'iptables-legacy';
  };
  readonly 'not-by-keepalived': { readonly address: string; readonly others: readonly string[] };
  readonly 'two-holders': { readonly address: string; readonly holders: readonly string[] };
};
