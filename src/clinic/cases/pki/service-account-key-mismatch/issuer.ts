/** The issuer in tokens: an API server refuses those of another one, however they are signed. */
import type { Refusal, Therapy } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf, layout } from '../../../read/hosts.js';
import { shown } from '../../../read/shown.js';
import { flagSet } from '../../../therapies/place.js';
import { restoreAt } from '../../../therapies/restore.js';
import type { Finding } from '../../../examine/verdict.js';

const flag = 'service-account-issuer';
/** Until 1.19 the flag could be left out, and tokens of secrets still carry this one; every server accepts it. */
const oldest = 'kubernetes/serviceaccount';

/** Of several the first signs; all are accepted (since 1.22). */
const issuersOf = (server: HostChart): readonly string[] | undefined => {
  const flags = flagsOf(server, 'kube-apiserver').inForce;
  return flags && (flags.names.includes(flag) ? flags.all(flag) : [oldest]);
};

/** The one with which most servers sign. */
const commonIssuer = (servers: readonly HostChart[]): string | undefined => {
  const votes = new Map<string, number>();
  for (const server of servers) {
    const [first] = issuersOf(server) ?? [];
    if (first !== undefined) votes.set(first, (votes.get(first) ?? 0) + 1);
  }
  return [...votes].sort((a, b) => b[1] - a[1])[0]?.[0];
};

export const issuers = (servers: readonly HostChart[]): readonly Finding[] => {
  const common = commonIssuer(servers);
  const accepts = (server: HostChart, issuer: string): boolean =>
    issuer === oldest || issuersOf(server)?.includes(issuer) !== false;
  return servers.flatMap((server): readonly Finding[] => {
    const own = issuersOf(server);
    const [mine] = own ?? [];
    const refusing = mine === undefined || mine === common ? [] : servers.filter(other => !accepts(other, mine));
    if (common === undefined || !own || (accepts(server, common) && refusing.length === 0)) return [];
    return [
      {
        variant: 'issuer',
        host: server.name,
        subject: `--${flag}`,
        says: `kube-apiserver on ${server.name} signs tokens as ${mine} and accepts ${own.join(', ')}, but the others sign as ${common}${refusing.length > 0 ? `, and ${refusing.map(one => one.name).join(', ')} refuse${refusing.length === 1 ? 's' : ''} its tokens` : ''}`,
        shows: [shown(server.processes, 'argv of kube-apiserver', own.map(one => `--${flag}=${one}`).join(' '))],
      },
    ];
  });
};

export const sameIssuer = (finding: Finding, chart: Chart): Therapy | Refusal => {
  const host = chart.hosts.get(finding.host);
  const common = commonIssuer(hostsOf(chart, 'controlPlane'));
  const want =
    !host || common === undefined
      ? []
      : layout(chart) === 'kubewizard'
        ? restoreAt(chart, host.name, '/etc/systemd/system/kube-apiserver.service')
        : flagSet(host, 'kube-apiserver', { [flag]: common }, 'every API server must accept the tokens of the others');
  return want.length > 0
    ? { title: `Let kube-apiserver on ${finding.host} sign and accept tokens as the others do`, risk: 'restart', want }
    : {
        refused: 'how the API server is started was not seen',
        advice: [`set --${flag}=${common ?? 'ISSUER'} on ${finding.host}, and restart kube-apiserver`],
      };
};
