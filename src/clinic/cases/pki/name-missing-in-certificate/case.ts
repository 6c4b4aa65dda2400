import { defineCase } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import { edgesOf } from '../../../edges/prove.js';
import type { Certificate } from '../../../../pki/certificate.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { openEyes } from '../../../read/eyes.js';
import { serviceAddress } from '../../../read/api-names.js';
import { flagsOf, securePort } from '../../../read/flags.js';
import { desk, hostsOf } from '../../../read/hosts.js';
import { certificateText, shown } from '../../../read/shown.js';
import { covers } from '../../../read/trust.js';
import { reissue } from '../../../therapies/reissue.js';
import type { CertificateWant } from '../../../../resources/wants.js';
import type { Finding } from '../../../examine/verdict.js';

export default defineCase({
  id: 'name-missing-in-certificate',
  precedence: 30,
  title: 'A serving certificate lacks a name or address that clients use',
  founding: 3,
  variants: {
    dialled: 'an API server’s certificate lacks an address that a kubeconfig dials',
    service: 'an API server’s certificate lacks the address or name of the service through which pods call it',
    'load-balancer': 'an API server’s certificate lacks the name by which the load balancer’s check verifies it',
    etcd: 'etcd’s certificate lacks an address that API servers dial',
  },
  symptoms: [
    { text: /x509: certificate is valid for [^"]*, not \S+/ },
    { text: /x509: cannot validate certificate for \S+ because it doesn't contain any IP SANs/ },
    { text: /x509: certificate (is not valid for any names, but wanted to match|relies on legacy Common Name field)/ },
    { text: /no alternative certificate subject name matches target host name/ },
  ],
  explains: ['waiting-for-leader-lease', 'not-highly-available', 'node-not-ready-cni', 'master-endpoints-reset'],
  lab: true,
  spare: ['files'],
  sources: [
    'kubernetes/kubeadm#1447',
    'kubernetes/kubernetes#86552',
    'https://kubernetes.io/docs/setup/best-practices/certificates/',
  ],
  badCures: [
    {
      cure: 'insecure-skip-tls-verify: true, or tls-server-name with a name that happens to be there',
      why: 'the first believes whoever answers; the second must be written into every client, and is lost with the next one',
    },
  ],

  diagnose(chart) {
    const eyes = openEyes();
    for (const host of hostsOf(chart))
      for (const section of [host.processes, host.files, host.kubeconfigs, host.served, host.certificates])
        eyes.see<unknown>(section);
    return eyes.verdict(uses(chart).reduce(joined, []));
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    const missing = finding.shows.filter(one => one.source === 'missing names').flatMap(one => one.text.split(', '));
    const names = [...new Set([...missing, ...(host ? ownNames(host, finding.variant) : [])])];
    const want = host ? reissue(chart, host, finding.subject, `clients call it ${names.join(', ')}`, names) : [];
    if (want.length === 0)
      return {
        refused: `nothing is known from which ${finding.subject} could be signed again`,
        advice: [
          `sign it with all of ${names.join(', ')} besides the names that it has`,
          'kubeadm: add them to apiServer.certSANs in kubeadm-config, remove apiserver.crt and .key, kubeadm init phase certs apiserver --config …',
        ],
      };
    const asked = want.map(one =>
      one.kind === 'certificate' && one.key === finding.subject
        ? { ...one, want: withNames(one.want as CertificateWant, names) }
        : one,
    );
    return {
      title: `Sign ${finding.subject} on ${finding.host} again, with ${names.join(', ')}`,
      risk: 'restart',
      want: asked,
    };
  },

  teach: (finding, chart) => [
    {
      host: finding.host,
      command: `openssl x509 -noout -ext subjectAltName -in ${finding.subject}`,
      answer: finding.shows[0]?.text ?? '',
      healthy: `a list with ${finding.shows.find(one => one.source === 'missing names')?.text}`,
    },
    {
      host: finding.host,
      command: `openssl s_client -connect 127.0.0.1:${finding.variant === 'etcd' ? 2379 : apiPortOn(chart, finding.host)} </dev/null 2>/dev/null | openssl x509 -noout -ext subjectAltName`,
      answer: 'what the port serves, which may be older than the file',
      healthy: 'the same list as the file’s',
    },
  ],
});

/** Whoever signs again signs with all names: of those that nobody dials today, the next client dials one. */
const ownNames = (host: HostChart, variant: string): readonly string[] => {
  const flags = flagsOf(host, variant === 'etcd' ? 'etcd' : 'kube-apiserver').inForce;
  const told =
    variant === 'etcd'
      ? ['listen-client-urls', 'advertise-client-urls'].flatMap(flag =>
          [...(flags?.get(flag) ?? '').matchAll(/https:\/\/([\d.]+):/g)].map(found => found[1] ?? ''),
        )
      : [flags?.get('advertise-address') ?? '', '127.0.0.1'];
  return told.filter(address => address !== '' && address !== '0.0.0.0');
};

const withNames = (want: CertificateWant, names: readonly string[]): CertificateWant => ({
  ...want,
  request: { ...want.request, sans: [...new Set([...want.request.sans, ...names])] },
});

interface Use {
  readonly variant: string;
  readonly server: HostChart;
  readonly path: string;
  readonly leaf: Certificate;
  readonly name: string;
  readonly by: string;
}

/** One finding per certificate and kind of client, with all names that it lacks. */
function joined(findings: readonly Finding[], { variant, server, path, leaf, name, by }: Use): readonly Finding[] {
  if (covers(leaf, name)) return findings;
  const same = findings.find(one => one.variant === variant && one.host === server.name && one.subject === path);
  const before = same?.shows.find(one => one.source === 'missing names')?.text.split(', ') ?? [];
  if (before.includes(name)) return findings;
  const missing = [...before, name].join(', ');
  const made: Finding = {
    variant,
    host: server.name,
    subject: path,
    says: `${same ? same.says.split(', but')[0] : `${by} calls ${server.name} as ${name}`}, but ${path} names only ${[...leaf.names, ...leaf.ips].join(', ') || 'nothing'}: it lacks ${missing}`,
    shows: [
      shown(
        server.served,
        path,
        `${certificateText(leaf)}; names: ${[...leaf.names, ...leaf.ips].join(', ') || 'none'}`,
      ),
      shown(server.served, 'missing names', missing),
    ],
  };
  return [...findings.filter(one => one !== same), made];
}

function uses(chart: Chart): readonly Use[] {
  const edges = edgesOf(chart).flatMap((edge): readonly Use[] => {
    const server = chart.hosts.get(edge.server.host);
    const leaf = 'value' in edge.serverShows.certificates ? edge.serverShows.certificates.value[0] : undefined;
    if (!server || !leaf) return [];
    const by = `${edge.client.program} on ${edge.client.host} (${edge.client.source})`;
    if (edge.kind === 'api-client' && edge.clientTrusts)
      return [
        { variant: 'dialled', server, path: apiFile(server), leaf, name: edge.dials, by },
        ...(edge.client.host === desk ? [] : ofService(server, leaf)),
      ];
    if (edge.kind === 'apiserver-etcd' && edge.clientTrusts)
      return [
        {
          variant: 'etcd',
          server,
          path: flagsOf(server, 'etcd').inForce?.get('cert-file') ?? edge.serverShows.path,
          leaf,
          name: edge.dials,
          by,
        },
      ];
    const checked =
      edge.kind === 'load-balancer-apiserver' && edge.clientTrusts
        ? checkedName(chart.hosts.get(edge.client.host), edge.client.source, server)
        : undefined;
    return checked === undefined
      ? []
      : [{ variant: 'load-balancer', server, path: apiFile(server), leaf, name: checked, by }];
  });
  return [...new Map(edges.map(use => [`${use.variant} ${use.server.name} ${use.name}`, use])).values()];
}

const apiFile = (server: HostChart): string =>
  flagsOf(server, 'kube-apiserver').inForce?.get('tls-cert-file') ?? `port ${securePort(server)}`;

const apiPortOn = (chart: Chart, name: string): number => {
  const host = chart.hosts.get(name);
  return host ? securePort(host) : 6443;
};

/** Pods call the first address of the service range, or the name in front of it. */
const ofService = (server: HostChart, leaf: Certificate): readonly Use[] =>
  [serviceAddress(server), 'kubernetes.default.svc'].flatMap(name =>
    name === undefined ? [] : [{ variant: 'service', server, path: apiFile(server), leaf, name, by: 'every pod' }],
  );

/** haproxy verifies a name only where verifyhost (or sni) gives one. */
const checkedName = (balancer: HostChart | undefined, path: string, server: HostChart): string | undefined => {
  const text =
    balancer && 'value' in balancer.files ? (balancer.files.value.find(file => file.path === path)?.text ?? '') : '';
  const line = text.split('\n').find(each => /^\s*server\s/.test(each) && each.includes(` ${server.address}:`));
  return /\bverifyhost\s+(\S+)/.exec(line ?? '')?.[1];
};
