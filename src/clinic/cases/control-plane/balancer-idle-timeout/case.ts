import { defineCase, type FoundOf } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { haproxyConfig } from '../../../read/balancer/contained.js';
import { backendsIn } from '../../../read/balancer/haproxy.js';
import { idleOf } from '../../../read/balancer/idle.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { securePort } from '../../../read/flags.js';
import { hostsOf } from '../../../read/hosts.js';
import { freshUnit } from '../../../therapies/files.js';
import { editText } from '../../../therapies/place.js';
import { restoreAt } from '../../../therapies/restore.js';
import { idOf } from '../../../../model/resource.js';
import { pattern } from '../../../../model/pattern.js';
import { quoted } from '../../../read/quote.js';

/**
 * Clients of the API ask every 30 s whether a connection without traffic still lives (golang.org/x/net/http2,
 * ReadIdleTimeout, as client-go sets it): a shorter timeout cuts every watch that has nothing to tell.
 */
const asked = 30;

type Facts = {
  /** `line`: as it stands in `path`. */
  readonly short: { readonly path: string; readonly backend: string; readonly line: string; readonly seconds: number };
};

export default defineCase<Facts>({
  id: 'balancer-idle-timeout',
  precedence: 442,
  title: 'The load balancer cuts connections to the API that are silent for a while',
  variants: {
    short: {
      means: 'it waits less long than clients of the API stay silent',
      says: ({ host, facts: { line, path, seconds } }) =>
        `the load balancer on ${host} cuts connections that are silent for ${seconds} s (“${line}” in ${path}); ` +
        `clients of the API say something every ${asked} s: watches, kubectl logs -f and exec are cut`,
      shows: ({ facts }) => [quoted('files', facts.path, facts.line)],
    },
  },
  about: [{ who: 'load-balancer', whom: 'api-server', how: 'timed-out' }],
  told: [
    ['watched', 'idle', 'cut-off'],
    ['balancer', 'idle', 'cut-off'],
  ],
  symptoms: [
    { text: /(?:kubectl )?(?:logs -f|port-forward|exec -it).{0,120}(?:unexpected EOF|cut|drops?|disconnect)/i },
    {
      text: pattern(
        /(?:logs -f|port-forward|exec|watch|terminal)\b.{0,160}\b(?:after|every) /i,
        /(?:exactly |about )?\d+ ?(?:s|sec|seconds?|m|min|minutes?)\b/,
      ),
    },
    // What kubectl says when a stream that it held is cut.
    { text: /(?:kubectl|helpers\.go:\d+\]).{0,60} (?:unexpected EOF|lost connection)|error: lost connection to pod/ },
    { text: /watch of \*?\S+ ended with: .{0,80}(?:unexpected EOF|http2: client connection lost)/ },
    { text: /unable to decode an event from the watch stream: .{0,60}(?:connection lost|unexpected EOF)/ },
    { text: /\bhaproxy\b.{0,200}\s[cs]D\s/, benign: 'a client or server that was silent for longer than is allowed' },
    { text: /timeout (?:client|server|tunnel)\s+\d{1,2}s/, benign: 'where another frontend than the API’s is meant' },
  ],
  explains: [],
  lab: true,
  sources: [
    'https://github.com/kubernetes/kubeadm, High availability considerations: timeout client and server 35 s',
    'https://docs.haproxy.org/2.6/configuration.html#4.2-timeout%20tunnel',
    'kubernetes/kubernetes#74412',
  ],
  badCures: [
    {
      cure: 'net.ipv4.tcp_keepalive_time made short',
      why: 'keepalives of TCP carry no byte: a load balancer that counts bytes does not see them',
      text: /tcp_keepalive_(?:time|intvl) ?=/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    const ports = new Set(hostsOf(chart, 'controlPlane').map(securePort));
    return evidence.verdict(hostsOf(chart).flatMap(host => findings(host, ports, evidence)));
  },

  therapy({ host, facts: { path } }, chart) {
    const again = restoreAt(chart, host, path, 'kw-haproxy.service');
    if (again.length > 0)
      return { title: `Write the load balancer’s configuration on ${host} again`, risk: 'restart', want: again };
    const seen = chart.hosts.get(host);
    const because = 'silent connections to the API are not cut';
    const file = seen && editText(seen, path, longer, because);
    const unit = seen && 'units' in seen && 'value' in seen.units ? seen.units.value : [];
    return file && unit.some(one => one.name === 'haproxy.service' && one.active === 'active')
      ? {
          title: `Let the load balancer on ${host} wait longer for silent connections`,
          risk: 'restart',
          want: [file, freshUnit('haproxy.service', [path], { host, because, after: [idOf(file)] })],
        }
      : {
          refused: 'how this load balancer is started was not seen, or its file cannot be written back as it is',
          advice: [`in ${path}: timeout client, timeout server: 35s or more, or timeout tunnel 1h; then reload it`],
        };
  },

  verify: ({ host, facts: { path, line } }) => [
    {
      host,
      command: `grep -n timeout ${/^[\w./-]+$/.test(path) ? path : 'haproxy.cfg'}`,
      answer: line,
      healthy: `client and server above ${asked}s, or a tunnel timeout above it`,
    },
  ],
});

/** What is shorter than a client's silence becomes what kubeadm's guide has; all else stays as it is. */
const longer = (text: string): string =>
  text.replace(
    /^([ \t]*timeout[ \t]+(?:client|server|tunnel)[ \t]+)(\d+)(ms|s)?(?=[ \t]*(?:#.*)?$)/gm,
    (whole, head: string, number: string, unit = 'ms') =>
      Number(number) * (unit === 's' ? 1 : 0.001) <= asked ? `${head}35s` : whole,
  );

function findings(host: HostChart, ports: ReadonlySet<number>, evidence: EvidenceReader): readonly FoundOf<Facts>[] {
  const process = evidence.process(host, 'haproxy');
  if (!process) return [];
  const path = haproxyConfig(host, process);
  const file = evidence.file(host, path);
  if (file?.text === undefined) {
    evidence.note(host.name, path, 'the configuration of the running haproxy was not seen');
    return [];
  }
  const { text } = file;
  const backend = backendsIn(text).find(one => one.servers.some(({ port }) => port !== undefined && ports.has(port)));
  const idle = backend && idleOf(text, backend.name);
  return backend && idle && idle.seconds <= asked
    ? [
        {
          variant: 'short',
          host: host.name,
          subject: { backend: backend.name },
          facts: { path, backend: backend.name, line: idle.line, seconds: Math.round(idle.seconds * 1000) / 1000 },
        },
      ]
    : [];
}
