import { etcdPeerPort } from '../../../../model/components.js';
import { parseAddress } from '../../../../net/address.js';
import { parseHostName } from '../../../../net/endpoint.js';
import { defineCase, type FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import { edgesOf } from '../../../edges/prove.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { readEvidence } from '../../../read/evidence-reader.js';
import { authorityPemOf } from '../../../read/authority.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf } from '../../../read/hosts.js';
import { isOurs } from '../../../read/supervision.js';
import { certificateText } from '../../../read/shown.js';
import { covers } from '../../../read/trust.js';
import { signedCertificate } from '../../../therapies/files.js';
import { requestAt } from '../../../therapies/kubeadm-pki.js';
import { reissue } from '../../../therapies/reissue.js';
import { restarted } from '../../../therapies/restart.js';
import { restoreAt } from '../../../therapies/restore.js';
import { apiRefused, certificateRefused, unknownAuthority } from '../../../symptoms.js';
import { pattern } from '../../../../model/pattern.js';
import { idOf, type Resource } from '../../../../model/resource.js';
import { etcdctl } from '../../../read/commands.js';
import { quote } from '../../../../shell/sh.js';
import { type Quote, quoted } from '../../../read/quote.js';
import type { Certificate } from '../../../../pki/certificate.js';

/** `path`: of the peer certificate, whose first one the host serves. */
type Shows = { readonly path: string; readonly leaf: Certificate };

type Facts = {
  /** `dials`: the address by which the others call it. */
  readonly address: Shows & { readonly dials: string };
  readonly usage: Shows & { readonly lacks: readonly ('server' | 'client')[] };
};

export default defineCase<Facts>({
  id: 'etcd-peer-san',
  precedence: 90,
  title: 'The peer certificate of an etcd member does not fit its peers',
  variants: {
    address: {
      means: 'the peer certificate lacks the address under which the member is known to the others',
      says: ({ host, facts }) =>
        `the members of etcd call ${host} at ${facts.dials}, but ${facts.path} names only ` +
        `${namesOf(facts.leaf).join(', ') || 'nothing'}`,
      shows: ({ facts }) => [served(facts), quoted('processes', 'called at', facts.dials)],
    },
    usage: {
      means: 'the peer certificate may not be shown as a server, or not as a client: peers are both',
      says: ({ host, facts }) =>
        `etcd on ${host} shows ${facts.path} to its peers as server and as client, but it is not good for ` +
        facts.lacks.join(' and '),
      shows: ({ facts }) => [served(facts)],
    },
  },
  about: [
    { who: 'etcd', whom: 'etcd-peer', how: 'name-missing' },
    { who: 'etcd', whom: 'etcd-peer', how: 'not-trusted' },
  ],
  told: [['etcd', 'member', 'certificate', 'other-name']],
  symptoms: [
    { text: /rejected connection from "[^"]*" \(error "(remote error: )?tls: (?!.{0,80}expired)/ },
    { text: certificateRefused },
    {
      text: pattern(
        /rejected connection on (?:peer|client) endpoint.{0,80}/,
        /(?:tls|x509): (?!.{0,80}(?:expired|unknown authority))/,
      ),
    },
    { text: /tls: "[^"]+" does not match any of DNSNames/ },
    { text: /prober detected unhealthy status.*x509: / },
    { text: /x509: certificate specifies an incompatible key usage/ },
    {
      text: /rejected connection from "[^"]*" \(error "EOF"/,
      benign: 'a health check of a load balancer, or a port scan, that only opens the connection',
    },
    { text: apiRefused },
    { text: unknownAuthority },
  ],
  explains: ['quorum-lost', 'etcd-stale-member', 'not-highly-available'],
  lab: true,
  spare: ['kubeconfigs'],
  sources: ['etcd-io/etcd#8268', 'etcd-io/etcd#8534', 'etcd-io/etcd#9276', 'etcd-io/etcd#11770'],
  badCures: [
    {
      cure: '--peer-client-cert-auth=false',
      why: 'anybody who reaches port 2380 may then join the cluster and read every secret',
      text: /--peer-client-cert-auth=false/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    // Edges are read as a whole: what is missing of any end is missing here.
    for (const host of hostsOf(chart))
      for (const section of [host.processes, host.files, host.certificates, host.served])
        evidence.read<unknown>(section);
    return evidence.verdict([...new Map(peers(chart).map(one => [`${one.variant} ${one.host}`, one])).values()]);
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    const want = !host
      ? []
      : isOurs(chart)
        ? restoreAt(chart, host.name, finding.facts.path, '/etc/systemd/system/etcd.service')
        : anew(chart, host, finding);
    if (want.length > 0)
      return { title: `Sign the peer certificate of etcd on ${finding.host} again`, risk: 'restart', want };
    return {
      refused:
        finding.variant === 'address' && dialled(finding) === undefined
          ? `${JSON.stringify(finding.facts.dials)} is neither an address nor a name, and nothing is signed for it`
          : `nothing is known from which ${finding.facts.path} could be signed again`,
      advice: [
        'sign it by etcd’s CA with every name and address in the member’s peer URLs, for server and client ' +
          'authentication',
        'restart one member at a time, and wait for etcdctl endpoint health',
      ],
    };
  },

  verify: (finding, chart) => [
    {
      host: finding.host,
      command: `openssl x509 -noout -ext subjectAltName,extendedKeyUsage -in ${quote(finding.facts.path)}`,
      answer: finding.shows[0]?.text ?? '',
      healthy: 'the address in the member’s peer URL; TLS Web Server Authentication, TLS Web Client Authentication',
    },
    {
      host: finding.host,
      command: etcdctl(chart, finding.host, 'member list -w table'),
      answer: `PEER ADDRS of ${finding.host}: https://${
        (finding.variant === 'address' && finding.facts.dials) || (chart.hosts.get(finding.host)?.address ?? '')
      }:${etcdPeerPort}`,
      healthy: 'peer URLs whose addresses the certificates name',
    },
  ],
});

const namesOf = ({ names, ips }: Certificate): readonly string[] => [...names, ...ips];

const served = ({ path, leaf }: Shows): Quote =>
  quoted(
    'served',
    path,
    `${certificateText(leaf)}; names: ${namesOf(leaf).join(', ') || 'none'}; good for ` +
      `${leaf.usages.join(', ') || 'any use'}`,
  );

const peers = (chart: Chart): readonly FoundOf<Facts>[] =>
  edgesOf(chart)
    .filter(edge => edge.kind === 'etcd-peer')
    .flatMap((edge): readonly FoundOf<Facts>[] => {
      const host = chart.hosts.get(edge.server.host);
      const leaf = 'value' in edge.serverShows.certificates ? edge.serverShows.certificates.value[0] : undefined;
      if (!host || !leaf) return [];
      const path = flagsOf(host, 'etcd').inForce?.get('peer-cert-file') ?? edge.serverShows.path;
      const at = { host: host.name, subject: { path } };
      const lacks = (['server', 'client'] as const).filter(
        usage =>
          leaf.usages.length > 0 &&
          !leaf.usages.includes(usage) &&
          !leaf.usages.includes('any') &&
          (usage === 'server' || edge.serverTrusts),
      );
      return [
        ...(covers(leaf, edge.dials)
          ? []
          : [
              {
                variant: 'address' as const,
                ...at,
                facts: { path, leaf, dials: edge.dials },
              },
            ]),
        ...(lacks.length > 0
          ? [
              {
                variant: 'usage' as const,
                ...at,
                facts: { path, leaf, lacks },
              },
            ]
          : []),
      ];
    });

const because = 'the members of etcd must trust each other';

/** What may be signed: whatever the peer URL holds else is left to a person. */
const dialled = (finding: FoundOf<Facts>): string | undefined =>
  finding.variant === 'address' ? (parseAddress(finding.facts.dials) ?? parseHostName(finding.facts.dials)) : undefined;

function anew(chart: Chart, host: HostChart, finding: FoundOf<Facts>): readonly Resource[] {
  const { path } = finding.facts;
  const dials = dialled(finding);
  if (finding.variant === 'address' && dials === undefined) return [];
  const added = dials === undefined ? [] : [dials];
  const request = requestAt(chart, host, path);
  const caPem = authorityPemOf(chart, 'etcd/ca');
  if (!request || caPem === '') return finding.variant === 'usage' ? [] : reissue(chart, host, path, because, added);
  const key = flagsOf(host, 'etcd').inForce?.get('peer-key-file') ?? path.replace(/\.crt$/, '.key');
  const sans = [...new Set([...request.sans, ...added])];
  const made = signedCertificate(path, key, { ...request, sans }, caPem, { host: host.name, because, stage: 'etcd' });
  return [made, restarted(host, 'etcd', [path, key], because, [idOf(made)])];
}
