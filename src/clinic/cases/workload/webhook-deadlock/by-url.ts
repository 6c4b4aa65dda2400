/** A webhook that is called by its URL: whom that means, and whether somebody listens there. */
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import type { EvidenceReader } from '../../../read/evidence-reader.js';
import { hostsOf } from '../../../read/hosts.js';
import { hostNamed } from '../../../read/hosts-file.js';
import { at, type Tree } from '../../../read/yaml.js';
import { type Quote, quotedOn } from '../../../read/quote.js';

/** `server`: the host whose API server calls in vain; `why`: nobody has the port open there, or it says so itself. */
export interface Unanswered {
  readonly url: string;
  readonly server: string;
  readonly why: 'nobody-listens' | 'logged';
  /** Of its log. */
  readonly line?: string;
  /** The host and port behind the URL. */
  readonly behind?: { readonly host: string; readonly port: number };
}

export const urlOf = (hook: Tree): string | undefined => {
  const url: unknown = at(hook, 'clientConfig', 'url');
  return typeof url === 'string' ? url : undefined;
};

/** The Service that a URL means by its name in the cluster's DNS, as `clientConfig` would name it. */
export const serviceIn = (url: string): Tree | undefined => {
  const [, name, namespace, port] =
    /^https:\/\/([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.[a-z0-9.-]+)?(?::(\d+))?(?:\/|$)/.exec(url) ?? [];
  return name === undefined ? undefined : { name, namespace, port: Number(port ?? 443) };
};

export const whoDoesNotAnswer = ({ server, line, behind }: Unanswered): readonly Quote[] => [
  ...(behind
    ? [quotedOn(behind.host, 'listening', `ports of ${behind.host}`, `nobody listens on ${behind.port}`)]
    : []),
  ...(line === undefined ? [] : [quotedOn(server, 'logs', 'log of kube-apiserver', line)]),
];

/** undefined: it is answered, as far as is seen. */
export const unanswered = (
  chart: Chart,
  webhook: string,
  url: string,
  evidence: EvidenceReader,
): Unanswered | undefined => {
  const [, name = '', told] = /^https:\/\/(\[[^\]]+\]|[^:/]+)(?::(\d+))?/.exec(url) ?? [];
  const host = name.replace(/^\[|\]$/g, '').toLowerCase();
  const port = Number(told ?? 443);
  const isLoopback = /^(?:127\.|::1$|localhost$)/.test(host);
  if (!isLoopback)
    for (const one of hostsOf(chart)) {
      evidence.read(one.network);
      evidence.read(one.identity);
    }
  for (const server of hostsOf(chart, 'controlPlane')) {
    const behind = isLoopback ? server : hostNamed(hostsOf(chart), host);
    const open = behind && listens(behind, port, evidence);
    if (behind && open === false)
      return { url, server: server.name, why: 'nobody-listens', behind: { host: behind.name, port } };
    const line = open === true ? undefined : failureIn(server, webhook, evidence);
    if (line !== undefined) return { url, server: server.name, why: 'logged', line };
  }
  return undefined;
};

const listens = (host: HostChart, port: number, evidence: EvidenceReader): boolean | undefined =>
  evidence.read(host.listening)?.some(one => one.protocol === 'tcp' && one.port === port);

/** The last word about this webhook, where it is a failure to reach it. */
const failureIn = (server: HostChart, webhook: string, evidence: EvidenceReader): string | undefined =>
  evidence
    .read(server.logs)
    ?.['kube-apiserver']?.filter(line => line.includes('failed calling webhook') && line.includes(`"${webhook}`))
    .findLast(line => /connection refused|i\/o timeout|deadline exceeded|no such host|no route to host/.test(line))
    ?.slice(0, 300);
