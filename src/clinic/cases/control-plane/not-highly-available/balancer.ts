/** What a haproxy in use does with API servers: which it serves, and how it asks for their health. */
import type { HostChart } from '../../../chart/host-chart.js';
import { type Asking, type Backend, backendsIn, type Server } from '../../../read/balancer/haproxy.js';
import { haproxyConfig } from '../../../read/balancer/contained.js';
import type { EvidenceReader } from '../../../read/evidence-reader.js';
import { securePort } from '../../../read/flags.js';
import { hostNamed, namesIn } from '../../../read/hosts-file.js';

export interface Balancer {
  readonly path: string;
  /** `192.0.2.11:6443`, as they are written. */
  readonly servers: readonly string[];
  /** Control planes among them. */
  readonly serves: ReadonlySet<HostChart>;
  /** Servers of which nobody knows here which host they are: a name, a variable, an address of somebody else. */
  readonly unknown: readonly string[];
  /** `none`: at least one API server is never asked. */
  readonly asking: Asking | 'none';
}

/** undefined: none runs here, or it has nothing to do with these API servers, or it was not seen. */
export const balancerOf = (
  host: HostChart,
  masters: readonly HostChart[],
  evidence: EvidenceReader,
): Balancer | undefined => {
  const process = evidence.process(host, 'haproxy');
  if (!process) return undefined;
  const path = haproxyConfig(host, process);
  const text = evidence.file(host, path)?.text;
  if (text === undefined) {
    evidence.note(host.name, path, 'the configuration of the running haproxy was not seen');
    return undefined;
  }
  const names = namesIn(evidence.file(host, '/etc/hosts')?.text ?? '');
  const [best] = backendsIn(text)
    .map(backend => ({ backend, known: knownIn(backend, masters, names) }))
    .sort((a, b) => b.known.size - a.known.size);
  if (!best || best.known.size === 0) return undefined;
  const { backend, known } = best;
  const unchecked = [...known.keys()].some(server => !server.checked);
  return {
    path,
    servers: backend.servers.map(one => one.text),
    serves: new Set(known.values()),
    unknown: backend.servers.filter(one => !known.has(one)).map(one => one.text),
    asking: unchecked ? 'none' : backend.asking,
  };
};

const knownIn = (
  backend: Backend,
  masters: readonly HostChart[],
  names: ReadonlyMap<string, string>,
): ReadonlyMap<Server, HostChart> =>
  new Map(
    backend.servers.flatMap(server => {
      const master = server.host === undefined ? undefined : hostNamed(masters, server.host, names);
      // Without a port it is the one on which haproxy itself was called.
      return master && (server.port ?? securePort(master)) === securePort(master) ? [[server, master] as const] : [];
    }),
  );
