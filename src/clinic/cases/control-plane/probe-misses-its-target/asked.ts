/** What a probe asks, as the kubelet reads it (pkg/probe and pkg/kubelet/prober). */
import { parsePort } from '../../../../net/endpoint.js';
import { at, type Tree } from '../../../read/yaml.js';

export const ways = ['httpGet', 'tcpSocket', 'grpc'] as const;

export interface Asked {
  readonly way: (typeof ways)[number];
  /** Absent: the pod itself, which is its host where it uses the host's network. */
  readonly host?: string;
  /** A number, or the name of a port that the same container declares. */
  readonly written: string | number;
  /** Absent: the container declares no port of that name. */
  readonly port?: number;
  readonly scheme: 'HTTP' | 'HTTPS';
  readonly path: string;
}

/** undefined: it asks no port, it runs a command. `unreadable`: a form that is not known here. */
export const readProbe = (
  probe: Tree,
  ports: Readonly<Record<string, number>>,
): Asked | { readonly unreadable: string } | undefined => {
  if (at(probe, 'exec')) return undefined;
  const way = ways.find(each => at(probe, each));
  if (!way) return { unreadable: 'it asks in a way that is not known here' };
  const [written, host, scheme, path] = ['port', 'host', 'scheme', 'path'].map(
    (field): unknown => at(probe, way, field) ?? undefined,
  );
  if (typeof written !== 'number' && (typeof written !== 'string' || way === 'grpc'))
    return { unreadable: 'its port is neither a number nor a name' };
  const port = portOf(written, ports);
  if (port !== undefined && parsePort(port) === undefined) return { unreadable: `its port ${written} is not a port` };
  if (![host, scheme, path].every(one => one === undefined || typeof one === 'string'))
    return { unreadable: 'its host, scheme or path is not text' };
  const upper = String(scheme ?? 'HTTP').toUpperCase();
  if (upper !== 'HTTP' && upper !== 'HTTPS') return { unreadable: `its scheme ${upper} is not known here` };
  return {
    way,
    ...(host && way !== 'grpc' ? { host: String(host) } : {}),
    written,
    ...(port !== undefined && { port }),
    scheme: upper,
    path: `/${String(path ?? '').replace(/^\//, '')}`,
  };
};

/** A name that no port has may still be a number in quotes. */
const portOf = (written: string | number, ports: Readonly<Record<string, number>>): number | undefined =>
  typeof written === 'number'
    ? written
    : Object.hasOwn(ports, written)
      ? ports[written]
      : /^\d+$/.test(written)
        ? Number(written)
        : undefined;

export const urlOf = ({ way, host, written, port, scheme, path }: Asked, own: string): string => {
  const name = host ?? own;
  const place = `${name.includes(':') ? `[${name}]` : name}:${port ?? written}`;
  const url =
    way === 'httpGet' ? `${scheme.toLowerCase()}://${place}${path}` : `${way === 'grpc' ? 'grpc' : 'tcp'}://${place}`;
  return port === undefined || String(written) === String(port) ? url : `${url} (the port ${written})`;
};
