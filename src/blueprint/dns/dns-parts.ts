/** What a DNS server brings to the addon; all else (service, account, spread, tolerations) is the same for all. */
export interface DnsParts {
  readonly name: string;
  readonly rules: readonly unknown[];
  readonly configMap?: Readonly<Record<string, string>>;
  readonly container: Readonly<Record<string, unknown>>;
  readonly volumes: readonly unknown[];
}
