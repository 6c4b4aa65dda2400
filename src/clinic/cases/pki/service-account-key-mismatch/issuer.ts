/** The issuer in tokens: an API server refuses those of another one, however they are signed. */
import type { FoundOf, Refusal, Therapy, Variant } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { flagsOf } from '../../../read/flags.js';
import { isOurs } from '../../../read/supervision.js';
import { flagSet } from '../../../therapies/place.js';
import { restoreAt } from '../../../therapies/restore.js';
import type { Found } from '../../../examine/verdict.js';
import { quoted } from '../../../read/quote.js';

const flag = 'service-account-issuer';
/** Until 1.19 the flag could be left out, and tokens of secrets still carry this one; every server accepts it. */
const oldest = 'kubernetes/serviceaccount';

export type IssuerFacts = {
  /** It signs as `signs`, and the others as `common`; `refusedBy` accept no tokens of it. */
  issuer: {
    readonly signs: string;
    readonly accepts: readonly string[];
    readonly common: string;
    readonly refusedBy: readonly string[];
  };
};
type Finding = FoundOf<IssuerFacts>;

export const issuerVariant: Variant<Found<IssuerFacts['issuer'], 'issuer'>> = {
  means: 'API servers put another issuer into tokens than the others accept (--service-account-issuer)',
  says: ({ host, facts: { signs, accepts, common, refusedBy } }) => {
    const refusing = `${refusedBy.join(', ')} ${refusedBy.length === 1 ? 'refuses' : 'refuse'} its tokens`;
    return (
      `kube-apiserver on ${host} signs tokens as ${signs} and accepts ${accepts.join(', ')}, ` +
      `but the others sign as ${common}${refusedBy.length > 0 ? `, and ${refusing}` : ''}`
    );
  },
  shows: ({ facts: { accepts } }) => [
    quoted('processes', 'argv of kube-apiserver', accepts.map(one => `--${flag}=${one}`).join(' ')),
  ],
};

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
        subject: { flag: `--${flag}` },
        facts: { signs: mine ?? 'nobody', accepts: own, common, refusedBy: refusing.map(one => one.name) },
      },
    ];
  });
};

/** A URL, or a name: anything else would be more than one word of a unit. */
const isPlain = (issuer: string): boolean => /^[\w.:/@-]+$/.test(issuer);

export const sameIssuer = (finding: Finding, chart: Chart): Therapy | Refusal => {
  const host = chart.hosts.get(finding.host);
  const { common } = finding.facts;
  const want =
    !host || !isPlain(common)
      ? []
      : isOurs(chart)
        ? restoreAt(chart, host.name, '/etc/systemd/system/kube-apiserver.service')
        : flagSet(host, 'kube-apiserver', { [flag]: common }, 'every API server must accept the tokens of the others');
  return want.length > 0
    ? { title: `Let kube-apiserver on ${finding.host} sign and accept tokens as the others do`, risk: 'restart', want }
    : {
        refused: isPlain(common)
          ? 'how the API server is started was not seen'
          : `the others sign as ${JSON.stringify(common)}, which is not a valid issuer`,
        advice: [`set --${flag}=${isPlain(common) ? common : 'ISSUER'} on ${finding.host}, and restart kube-apiserver`],
      };
};
