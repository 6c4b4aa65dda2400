/** TOKENS and environment variables of ssh_config(5), in paths. */
import { hostname } from 'node:os';

export interface Named {
  /** The word that ssh was given. */
  readonly asked: string;
  readonly hostName: string;
  readonly port: number;
  readonly user: string;
  readonly alias: string | undefined;
  readonly localUser: string;
  readonly uid: number;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The path that is meant; undefined where a token or a variable is not known here: then only ssh itself can say. */
export const expand = (text: string, of: Named): string | undefined => {
  const tokens: Readonly<Record<string, string>> = {
    '%': '%',
    d: of.home,
    h: of.hostName,
    i: String(of.uid),
    k: of.alias ?? of.asked,
    L: hostname().split('.')[0] ?? '',
    l: hostname(),
    n: of.asked,
    p: String(of.port),
    r: of.user,
    u: of.localUser,
  };
  let known = true;
  const found = (value: string | undefined): string => {
    if (value === undefined) known = false;
    return value ?? '';
  };
  const path = text
    .replace(/^~(?=\/|$)/, of.home)
    .replace(/%(.)/g, (_, token: string) => found(tokens[token]))
    .replace(/\$\{(\w+)\}/g, (_, name: string) => found(of.env[name]));
  return known ? path : undefined;
};
