/** Components that are refused again and again, until now, by the API, by etcd, or by a certificate. */
import { componentNames, listenerAt } from '../../../model/components.js';
import type { Chart } from '../../chart/chart.js';
import type { HostChart } from '../../chart/host-chart.js';
import { hostsOf } from '../../read/hosts.js';
import { shown } from '../../read/shown.js';
import { timeOfLine } from '../../read/since.js';
import type { Sign } from './sign.js';
import { pattern } from '../../../model/pattern.js';

const programs = componentNames.filter(one => one !== 'containerd');

const refusals: readonly (readonly [kind: string, text: RegExp])[] = [
  ['Unauthorized', /\bUnauthorized\b/],
  ['forbidden', /\bUser "system:(node|kube-|serviceaccount:kube-system)[^"]*" cannot\b/],
  ['denied', /ValidatingAdmissionPolicy '[^']+'[^\n]*denied request|admission webhook \\?"[^"]+" denied the request/],
  ['not converted', /conversion webhook for [^\n]{1,200} failed/],
  ['turned away', /the server has received too many requests and has asked us to try again later/],
  ['refused', /dial tcp \S+:(6443|8443|2379|2380|10250|10257|10259): (connect: )?connection refused/],
  ['not trusted', /\bx509: |remote error: tls: |tls: failed to verify/],
  ['no answer', /dial tcp \S+:(6443|8443|2379|2380|10250): (connect: )?(i\/o timeout|no route to host)/],
];

/**
 * Of somebody else: a user's token or webhook, a registry, a pod's probe. A server's own word about its callers is not
 * its fault.
 */
const others = pattern(
  /Unable to authenticate the request|authentication\.go|TLS handshake error|rejected connection/,
  /|[Pp]rober?\b|[Ii]mage|registry|(?<!admission |conversion )webhook|violates PodSecurity/,
  /|because it is being terminated/,
  /|exceeded quota/,
);

const often = 3;
const window = 5 * 60_000;
const lasting = 60_000;
const still = 45_000;

export const refusalSigns = (chart: Chart): readonly Sign[] =>
  hostsOf(chart).flatMap(host =>
    ('value' in host.logs ? programs : []).flatMap(program => {
      const lines = 'value' in host.logs ? (host.logs.value[program] ?? []) : [];
      return refusals.flatMap(([kind, text]) => recurring(chart, host, program, lines, kind, text));
    }),
  );

const recurring = (
  chart: Chart,
  host: HostChart,
  program: string,
  lines: readonly string[],
  kind: string,
  text: RegExp,
): readonly Sign[] => {
  const ahead = 'value' in host.clock ? host.clock.value.ahead * 1000 : 0;
  const now = Date.parse(chart.now) + ahead;
  const from = Math.max(now - window, startedAt(host, program));
  const hits = lines.flatMap(line => {
    const short = line.slice(0, 2000);
    if (!text.test(short) || others.test(short)) return [];
    const time = timeOfLine(short, chart.now);
    return time !== undefined && time >= Math.max(from, serverStart(chart, host, short)) ? [{ time, line: short }] : [];
  });
  const [first, last] = [hits[0], hits.at(-1)];
  if (!first || !last || hits.length < often || last.time - first.time < lasting || now - last.time > still) return [];
  return [
    {
      kind: 'refusal',
      host: host.name,
      subject: { program, refusal: kind },
      says: `${program} on ${host.name} is refused again and again (${kind}): ${hits.length} times until now`,
      shows: [shown(host.logs, `log of ${program}`, last.line.slice(0, 400))],
      next: `kw explain '<that line>' names what it can mean; the log of who refuses it says why`,
    },
  ];
};

const dialled = /dial tcp \[?([0-9a-f.:]+?)\]?:(\d+):/;

/** Of whom it calls, 0 where that is not known: a server that was started since refuses nobody any more. */
const serverStart = (chart: Chart, host: HostChart, line: string): number => {
  const [, address = '', port] = dialled.exec(line) ?? [];
  const program = listenerAt(Number(port));
  const own = address === '::1' || address.startsWith('127.');
  const server = own ? host : hostsOf(chart).find(one => one.address === address);
  return program && server ? startedAt(server, program) : 0;
};

const startedAt = (host: HostChart, program: string): number => {
  const seen = 'value' in host.processes ? host.processes.value.find(one => one.program === program) : undefined;
  const time = Date.parse(seen?.startedAt ?? '');
  return Number.isNaN(time) ? 0 : time;
};
