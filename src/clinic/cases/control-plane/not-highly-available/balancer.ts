/** What a haproxy in use does with API servers: which it serves, and how it asks for their health. */
import type { HostChart } from '../../../chart/host-chart.js';
import type { EvidenceReader } from '../../../read/evidence-reader.js';
import { readFlags } from '../../../read/flags.js';

export interface Balancer {
  readonly path: string;
  /** `192.0.2.11:6443` */
  readonly servers: readonly string[];
  /** An HTTP request decides over a server's health; false: TCP at most. */
  readonly asks: boolean;
  readonly checks: boolean;
}

/** undefined: none runs here, or it has nothing to do with these API servers, or it was not seen. */
export const balancerOf = (
  host: HostChart,
  apiservers: readonly string[],
  evidence: EvidenceReader,
): Balancer | undefined => {
  const process = evidence.process(host, 'haproxy');
  if (!process) return undefined;
  const path = pathIn(process.argv);
  const text = evidence.file(host, path)?.text;
  if (text === undefined) {
    evidence.note(host.name, path, 'the configuration of the running haproxy was not seen');
    return undefined;
  }
  const sections = text.split(/^(?=(?:global|defaults|frontend|backend|listen)\b)/m);
  const defaults = sections.filter(one => one.startsWith('defaults')).join('\n');
  const section = sections.find(
    one => /^(backend|listen)\b/.test(one) && serversIn(one).some(server => apiservers.includes(server)),
  );
  if (section === undefined) return undefined;
  const lines = /^\s*(?:server|default-server)\s.*$/gm;
  return {
    path,
    servers: serversIn(section),
    asks: /^\s*option\s+httpchk/m.test(section) || /^\s*option\s+httpchk/m.test(defaults),
    checks: (section.match(lines) ?? []).some(line => /\scheck(\s|$)/.test(line)),
  };
};

const serversIn = (section: string): readonly string[] =>
  [...section.matchAll(/^\s*server\s+\S+\s+(\S+)/gm)].map(([, address = '']) => address);

const pathIn = (argv: readonly string[]): string => {
  const after = argv[argv.indexOf('-f') + 1];
  return (argv.includes('-f') ? after : undefined) ?? readFlags(argv).get('f') ?? '/etc/haproxy/haproxy.cfg';
};
