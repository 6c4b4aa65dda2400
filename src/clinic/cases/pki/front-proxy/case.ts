import { defineCase } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { authorityPaths, authorityPemOf, isForeign, trueAuthority, trusts } from '../../../read/authority.js';
import { type Eyes, openEyes } from '../../../read/eyes.js';
import { type Flags, flagsOf } from '../../../read/flags.js';
import { hostsOf, layout } from '../../../read/hosts.js';
import { authorityText, certificateText, shown } from '../../../read/shown.js';
import { textFile } from '../../../therapies/files.js';
import { flagSet } from '../../../therapies/place.js';
import { reissue } from '../../../therapies/reissue.js';
import { restartOf } from '../../../therapies/restart.js';
import { restoreAt } from '../../../therapies/restore.js';
import { unauthorized, unknownAuthority } from '../../../symptoms.js';
import type { Finding } from '../../../examine/verdict.js';
import { idOf, type Resource } from '../../../../model/resource.js';

const pki = '/etc/kubernetes/pki/front-proxy-';

export default defineCase({
  id: 'front-proxy',
  precedence: 100,
  title: 'The API server cannot vouch for users to aggregated APIs',
  versions: '>=1.7',
  variants: {
    authority: '--requestheader-client-ca-file is not the CA of the front proxy',
    client: 'the front proxy’s client certificate was signed by another CA',
    'name-not-allowed': 'the front proxy’s name is not among --requestheader-allowed-names',
    'flags-missing': 'aggregated APIs are registered, but an API server lacks the flags of the front proxy',
  },
  symptoms: [
    { text: /(bad status from|failing or missing response from) https?:\/\/\S+.*\b401\b/ },
    { text: /FailedDiscoveryCheck/ },
    { text: /Cluster doesn't provide requestheader-client-ca-file/ },
    { text: /the server is currently unable to handle the request \(get \S+metrics\.k8s\.io\)/ },
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
    const eyes = openEyes();
    return eyes.verdict(
      hostsOf(chart, 'controlPlane').flatMap(host => {
        eyes.see(host.processes);
        eyes.see(host.files);
        eyes.see(host.certificates);
        eyes.see(host.keys); // whose key lies beside it, is the true one
        const flags = flagsOf(host, 'kube-apiserver').inForce;
        return flags ? proxy(chart, host, flags, eyes) : [];
      }),
    );
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    const want = !host
      ? []
      : layout(chart) === 'kubewizard'
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
      refused: 'no CA of a front proxy was seen on any control plane',
      advice: [
        'kubeadm init phase certs front-proxy-ca; kubeadm init phase certs front-proxy-client',
        'give both files to every control plane, set --requestheader-client-ca-file and --proxy-client-cert-file, restart',
      ],
    };
  },

  teach: finding => [
    {
      host: finding.host,
      command: `openssl verify -CAfile ${authorityPaths['front-proxy-ca']} ${pki}client.crt; openssl x509 -noout -subject -in ${pki}client.crt`,
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

function proxy(chart: Chart, host: HostChart, flags: Flags, eyes: Eyes): readonly Finding[] {
  const [caPath, certPath] = [flags.get('requestheader-client-ca-file'), flags.get('proxy-client-cert-file')];
  if (caPath === undefined || certPath === undefined)
    return flagless(
      chart,
      host,
      caPath === undefined ? '--requestheader-client-ca-file' : '--proxy-client-cert-file',
      eyes,
    );
  const roots = eyes.certificate(host, caPath)?.certificates ?? [];
  const chain = eyes.certificate(host, certPath)?.certificates ?? [];
  const [leaf] = chain;
  if (roots.length === 0 || !leaf) return []; // the case pem-unreadable says so
  const truth = trueAuthority(chart, 'front-proxy-ca');
  const shows = [
    shown(host.certificates, certPath, certificateText(leaf)),
    shown(host.certificates, caPath, roots.map(authorityText).join('; ')),
  ];
  const allowed = flags.all('requestheader-allowed-names');
  const at = { host: host.name, shows };
  const foreign = isForeign(chain, roots, chart.now);
  const wrongRoots = truth.length > 0 ? !trusts(roots, truth) : foreign;
  return [
    ...(wrongRoots
      ? [
          {
            variant: 'authority',
            subject: caPath,
            ...at,
            says: `kube-apiserver on ${host.name} believes front proxies of ${roots.map(authorityText).join(' and ')} (${caPath}), but the cluster's own were signed by ${truth[0] ? authorityText(truth[0]) : leaf.issuer}`,
          },
        ]
      : []),
    ...(truth.length > 0 && isForeign(chain, truth, chart.now)
      ? [
          {
            variant: 'client',
            subject: certPath,
            ...at,
            says: `${certPath} on ${host.name} was signed by another ${leaf.issuer} than ${authorityText(truth[0] ?? leaf)}, whom aggregated APIs believe`,
          },
        ]
      : []),
    ...(allowed.length > 0 && !allowed.includes(leaf.commonName)
      ? [
          {
            variant: 'name-not-allowed',
            subject: '--requestheader-allowed-names',
            ...at,
            says: `the front proxy of ${host.name} is called ${leaf.commonName}, but --requestheader-allowed-names lists only ${allowed.join(', ')}`,
          },
        ]
      : []),
  ];
}

/** Without an aggregated API nobody needs them. */
function flagless(chart: Chart, host: HostChart, flag: string, eyes: Eyes): readonly Finding[] {
  const list = chart.api.objects['apiservices.apiregistration.k8s.io'];
  const services = list ? (eyes.see(list) ?? []) : [];
  const aggregated = services.find(one => one.spec?.service);
  return aggregated && list
    ? [
        {
          variant: 'flags-missing',
          host: host.name,
          subject: flag,
          says: `${aggregated.metadata.name} is served by ${aggregated.spec.service.namespace}/${aggregated.spec.service.name}, but kube-apiserver on ${host.name} has no ${flag}: it can prove no user to it`,
          shows: [
            shown(host.processes, 'argv of kube-apiserver', `no ${flag}`),
            shown(
              list,
              aggregated.metadata.name,
              `service ${aggregated.spec.service.namespace}/${aggregated.spec.service.name}`,
            ),
          ],
        },
      ]
    : [];
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

function single(chart: Chart, host: HostChart, { variant, subject, shows, says }: Finding): readonly Resource[] {
  if (variant === 'client') return reissue(chart, host, subject, says);
  const caPem = authorityPemOf(chart, 'front-proxy-ca');
  if (caPem === '') return [];
  const canonical = authorityPaths['front-proxy-ca'];
  if (variant === 'authority' && subject === canonical) {
    const file = textFile(subject, caPem, 0o644, { host: host.name, because: says });
    return [file, ...restartOf(host, [subject], says, [idOf(file)])];
  }
  if (variant === 'authority')
    return flagSet(host, 'kube-apiserver', { 'requestheader-client-ca-file': canonical }, says);
  const name = /CN=([^,]+)/.exec(shows[0]?.text ?? '')?.[1] ?? 'front-proxy-client';
  if (variant === 'name-not-allowed')
    return flagSet(
      host,
      'kube-apiserver',
      {
        'requestheader-allowed-names': [
          ...(flagsOf(host, 'kube-apiserver').inForce?.all('requestheader-allowed-names') ?? []),
          name,
        ].join(','),
      },
      says,
    );
  const there =
    'value' in host.certificates &&
    [canonical, `${pki}client.crt`].every(
      path => 'value' in host.certificates && host.certificates.value.some(one => one.path === path),
    );
  return there ? flagSet(host, 'kube-apiserver', wantedFlags, says) : [];
}
