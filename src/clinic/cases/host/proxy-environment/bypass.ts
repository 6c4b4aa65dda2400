/**
 * NO_PROXY as Go reads it (golang.org/x/net/http/httpproxy): names and their subdomains, addresses, CIDRs, `*`;
 * loopback always.
 */

export interface Net {
  readonly base: number;
  readonly prefix: number;
}

/** IPv4 only: undefined for anything else. */
export const netOf = (text: string): Net | undefined => {
  const [, a, b, c, d, prefix = '32'] =
    /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text.trim()) ?? [];
  const bytes = [a, b, c, d].map(Number);
  return a === undefined || bytes.some(one => one > 255) || Number(prefix) > 32
    ? undefined
    : { base: bytes.reduce((sum, one) => sum * 256 + one, 0), prefix: Number(prefix) };
};

const holds = (outer: Net, inner: Net): boolean => {
  const size = 2 ** (32 - outer.prefix);
  return outer.prefix <= inner.prefix && Math.floor(outer.base / size) === Math.floor(inner.base / size);
};

/** `target`: a name, an address, or a whole network that must be left out. */
export const bypasses = (target: string, noProxy: string): boolean => {
  if (/^(localhost|127\.|::1$)/.test(target)) return true;
  const net = netOf(target);
  return noProxy
    .split(',')
    .map(one => one.trim().toLowerCase())
    .filter(one => one !== '')
    .some(rule => {
      if (rule === '*') return true;
      const bare = rule.replace(/:\d+$/, '');
      const outer = netOf(bare);
      if (net) return outer !== undefined && holds(outer, net);
      const name = bare.replace(/^\*?\./, '');
      const host = target.toLowerCase();
      return host.endsWith(`.${name}`) || (!/^\*?\./.test(bare) && host === name) || host === bare;
    });
};
