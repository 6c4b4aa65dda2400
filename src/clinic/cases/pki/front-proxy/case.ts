import { defineCase, type FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { authorityPaths, authorityPemOf, isForeign, trueAuthority, trusts } from '../../../read/authority.js';
import { type EvidenceReader, readEvidence } from '../../../read/evidence-reader.js';
import { type Flags, flagsOf } from '../../../read/flags.js';
import { hostsOf } from '../../../read/hosts.js';
import { isOurs } from '../../../read/supervision.js';
import { authorityText } from '../../../read/shown.js';
import { textFile } from '../../../therapies/files.js';
import { flagSet } from '../../../therapies/place.js';
import { reissue } from '../../../therapies/reissue.js';
import { restartOf } from '../../../therapies/restart.js';
import { restoreAt } from '../../../therapies/restore.js';
import { unauthorized, unknownAuthority } from '../../../symptoms.js';
import { idOf, type Resource } from '../../../../model/resource.js';
import { type Facts, variants } from './variants.js';

const pki = '/etc/kubernetes/pki/front-proxy-';

type Finding = FoundOf<Facts>;

export default defineCase<Facts>({
  id: 'front-proxy',
  precedence: 100,
  title: 'The API server cannot vouch for users to aggregated APIs',
  versions: '>=1.7',
  variants,
  about: [{ whom: 'aggregated-api', how: 'unavailable' }],
  told: [['front-proxy'], ['front-proxy', 'metrics-api'], ['front-proxy', 'ca']],
  symptoms: [
    { text: /(bad status from|failing or missing response from) https?:\/\/\S+.*\b401\b/ },
    { text: /FailedDiscoveryCheck/ },
    // The proxy itself is taken for the user whom it vouches for.
    { text: /is forbidden: User \\{0,3}"(?:system:)?(?:front-proxy-client|aggregator|proxy-client)\\{0,3}" cannot/ },
    { text: /(?:doesn't provide|has no|missing|without) requestheader-client-ca-file/ },
    { text: /the server is currently unable to handle the request \(get \S+metrics\.k8s\.io\)/ },
    { text: /requestheader-\w+-headers is set without .{1,120}aggregation will not work/ },
    { text: /x509: .{0,200}\bfront-proxy\b|\bfront-proxy-(?:ca|client)\b.{0,80}(?:x509|reject)/ },
    { text: unknownAuthority },
    { text: unauthorized },
  ],
  explains: ['namespace-terminating-apiservice'],
  lab: true,
  spare: ['files', 'apiservices.apiregistration.k8s.io'],
  sources: [
    'kubernetes-sigs/metrics-server#531',
    'kubernetes-sigs/metrics-server#22',
    'https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/',
  ],
  badCures: [
    {
      cure: 'the cluster’s CA as --requestheader-client-ca-file',
      why: 'every client certificate of the cluster may then pretend to be any user, unless allowed names are set',
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(
      hostsOf(chart, 'controlPlane').flatMap(host => {
        evidence.read(host.processes);
        evidence.read(host.files);
        evidence.read(host.certificates);
        evidence.read(host.keys); // whose key lies beside it, is the true one
        const flags = flagsOf(host, 'kube-apiserver').inForce;
        return flags ? proxy(chart, host, flags, evidence) : [];
      }),
    );
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    const want = !host
      ? []
      : isOurs(chart)
        ? restoreAt(
            chart,
            host.name,
            authorityPaths['front-proxy-ca'],
            `${pki}client.crt`,
            '/etc/systemd/system/kube-apiserver.service',
          )
        : single(chart, host, finding);
    if (want.length > 0) return { title: `Make the front proxy of ${finding.host} whole again`, risk: 'restart', want };
    return {
      refused:
        finding.variant === 'name-not-allowed'
          ? `${finding.facts.name} is not a name that can stand in a list of flags`
          : 'no CA of a front proxy was seen on any control plane',
      advice: [
        'kubeadm init phase certs front-proxy-ca; kubeadm init phase certs front-proxy-client',
        'give both files to every control plane, set --requestheader-client-ca-file and ' +
          '--proxy-client-cert-file, restart',
      ],
    };
  },

  verify: finding => [
    {
      host: finding.host,
      command:
        `openssl verify -CAfile ${authorityPaths['front-proxy-ca']} ${pki}client.crt; openssl x509 -noout ` +
        `-subject -in ${pki}client.crt`,
      answer: finding.shows[0]?.text ?? '',
      healthy: `${pki}client.crt: OK, and a subject that --requestheader-allowed-names lists`,
    },
    {
      host: 'cluster',
      command: 'kubectl -n kube-system get cm extension-apiserver-authentication -o yaml',
      answer: finding.shows.at(-1)?.text ?? '',
      healthy: 'requestheader-client-ca-file is the CA that signed the front proxy’s client',
    },
  ],
});

function proxy(chart: Chart, host: HostChart, flags: Flags, evidence: EvidenceReader): readonly Finding[] {
  const [caPath, certPath] = [flags.get('requestheader-client-ca-file'), flags.get('proxy-client-cert-file')];
  if (caPath === undefined || certPath === undefined)
    return flagless(
      chart,
      host,
      caPath === undefined ? '--requestheader-client-ca-file' : '--proxy-client-cert-file',
      evidence,
    );
  const roots = evidence.certificate(host, caPath)?.certificates ?? [];
  const chain = evidence.certificate(host, certPath)?.certificates ?? [];
  const [leaf] = chain;
  if (roots.length === 0 || !leaf) return []; // the case pem-unreadable says so
  const truth = trueAuthority(chart, 'front-proxy-ca');
  const allowed = flags.all('requestheader-allowed-names');
  const pair = { roots: { path: caPath, certificates: roots }, proxy: { path: certPath, leaf } };
  const at = { host: host.name };
  const foreign = isForeign(chain, roots, chart.now);
  // While a CA is exchanged the truth is two of them: what the new one has signed needs a host that trusts that one.
  const lacks = foreign && !isForeign(chain, truth, chart.now);
  const wrongRoots = truth.length > 0 ? !trusts(roots, truth) || lacks : foreign;
  return [
    ...(wrongRoots
      ? [
          {
            variant: 'authority' as const,
            subject: { path: caPath },
            ...at,
            facts: {
              ...pair,
              path: caPath,
              trusted: roots.map(authorityText),
              signer: truth[0] ? authorityText(truth[0]) : leaf.issuer,
            },
          },
        ]
      : []),
    ...(truth.length > 0 && isForeign(chain, truth, chart.now)
      ? [
          {
            variant: 'client' as const,
            subject: { path: certPath },
            ...at,
            facts: { ...pair, path: certPath, issuer: leaf.issuer, trusted: authorityText(truth[0] ?? leaf) },
          },
        ]
      : []),
    ...(allowed.length > 0 && !allowed.includes(leaf.commonName)
      ? [
          {
            variant: 'name-not-allowed' as const,
            subject: { flag: '--requestheader-allowed-names' },
            ...at,
            facts: { ...pair, name: leaf.commonName, allowed },
          },
        ]
      : []),
  ];
}

/** Without an aggregated API nobody needs them. */
function flagless(chart: Chart, host: HostChart, flag: string, evidence: EvidenceReader): readonly Finding[] {
  const list = chart.api.objects['apiservices.apiregistration.k8s.io'];
  const services = list ? (evidence.read(list) ?? []) : [];
  const aggregated = services.find(one => one.spec?.service);
  if (!aggregated || !list) return [];
  const { namespace, name } = aggregated.spec.service;
  const service = `${namespace}/${name}`;
  return [
    {
      variant: 'flags-missing',
      host: host.name,
      subject: { flag },
      facts: { flag, api: aggregated.metadata.name, service },
    },
  ];
}

const wantedFlags: Readonly<Record<string, string>> = {
  'requestheader-client-ca-file': authorityPaths['front-proxy-ca'],
  'requestheader-allowed-names': 'front-proxy-client',
  'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
  'requestheader-group-headers': 'X-Remote-Group',
  'requestheader-username-headers': 'X-Remote-User',
  'proxy-client-cert-file': `${pki}client.crt`,
  'proxy-client-key-file': `${pki}client.key`,
};

function single(chart: Chart, host: HostChart, finding: Finding): readonly Resource[] {
  const because = 'aggregated APIs believe front proxies of one CA, by one name';
  if (finding.variant === 'client') return reissue(chart, host, finding.facts.path, because);
  if (finding.variant === 'name-not-allowed') return nameAllowed(host, finding.facts, because);
  const caPem = authorityPemOf(chart, 'front-proxy-ca');
  if (caPem === '') return [];
  const canonical = authorityPaths['front-proxy-ca'];
  if (finding.variant === 'authority') {
    const { path } = finding.facts;
    if (path !== canonical)
      return flagSet(host, 'kube-apiserver', { 'requestheader-client-ca-file': canonical }, because);
    const file = textFile(path, caPem, 0o644, { host: host.name, because });
    return [file, ...restartOf(host, [path], because, [idOf(file)])];
  }
  const there =
    'value' in host.certificates &&
    [canonical, `${pki}client.crt`].every(
      path => 'value' in host.certificates && host.certificates.value.some(one => one.path === path),
    );
  return there ? flagSet(host, 'kube-apiserver', wantedFlags, because) : [];
}

/** A name with a comma, a blank or a quote would be another list, or another line of the unit. */
const nameAllowed = (
  host: HostChart,
  { name, allowed }: Facts['name-not-allowed'],
  because: string,
): readonly Resource[] => {
  const names = [...allowed, name];
  return names.every(one => /^[\w.:@-]+$/.test(one))
    ? flagSet(host, 'kube-apiserver', { 'requestheader-allowed-names': names.join(',') }, because)
    : [];
};
