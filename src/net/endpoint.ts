/** Where something listens: ports, links, host names, endpoints and the URLs of components. */
import { type Address, parseAddress } from './address.js';

declare const kind: unique symbol;

/** 1 to 65535. */
export type Port = number & { readonly [kind]: 'port' };
/** A network interface: `eth0`, `bond0.100`. The kernel would take more; such a name is not a name to us. */
export type LinkName = string & { readonly [kind]: 'link' };
/** A DNS name, not an address. */
export type HostName = string & { readonly [kind]: 'host name' };
/** `https://10.0.0.1:2379/path`: http or https, without user, query and fragment. */
export type Url = string & { readonly [kind]: 'url' };

export interface Endpoint {
  readonly host: Address | HostName;
  readonly port: Port;
}

export const parsePort = (text: string | number): Port | undefined =>
  /^[1-9]\d{0,4}$/.test(String(text)) && Number(text) <= 65_535 ? (Number(text) as Port) : undefined;

export const parseLinkName = (text: string): LinkName | undefined =>
  /^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,14}$/.test(text) ? (text as LinkName) : undefined;

const label = '[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const dnsName = new RegExp(`^${label}(\\.${label})*$`);

export const parseHostName = (text: string): HostName | undefined =>
  text.length <= 253 && dnsName.test(text) && !/^[\d.]+$/.test(text) ? (text as HostName) : undefined;

/** `10.0.0.1:6443`, `[fd00::1]:2379`, `db.example.com:443`. */
export const parseEndpoint = (text: string): Endpoint | undefined => {
  const [, inner, plain = '', digits = ''] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text) ?? [];
  const host = inner === undefined ? parseHost(plain) : parseAddress(inner);
  const port = parsePort(digits);
  return host !== undefined && port !== undefined ? { host, port } : undefined;
};

const parseHost = (text: string): Address | HostName | undefined => parseAddress(text) ?? parseHostName(text);

export const formatEndpoint = ({ host, port }: Endpoint): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

export const parseUrl = (text: string): Url | undefined => {
  const parts = urlParts(text);
  return parts && /^(\/[A-Za-z0-9._~%/-]*)?$/.test(parts.path) ? (text as Url) : undefined;
};

/** Where a URL leads; without a port the scheme's own. */
export const endpointOf = (url: Url): Endpoint => urlParts(url)?.endpoint as Endpoint;

const urlParts = (text: string): { readonly endpoint: Endpoint; readonly path: string } | undefined => {
  const [, scheme, authority = '', path = ''] = /^(https?):\/\/([^/]+)(.*)$/s.exec(text) ?? [];
  const endpoint = parseEndpoint(authority) ?? parseEndpoint(`${authority}:${scheme === 'http' ? 80 : 443}`);
  return scheme !== undefined && endpoint ? { endpoint, path } : undefined;
};

/** Anyone between here and there can change what it answers; not so on the loopback of this machine. */
export const isPlainHttp = (address: string): boolean =>
  /^http:\/\//i.test(address) && !/^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(:\d+)?(\/|$)/i.test(address);
