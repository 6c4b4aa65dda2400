import type { Certificate } from '../../../../pki/certificate.js';
import { defineCase } from '../../../case.js';
import type { ApiObject, Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { isForeign, trueAuthority, trusts } from '../../../read/authority.js';
import { type Eyes, openEyes } from '../../../read/eyes.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf, nodesOf } from '../../../read/hosts.js';
import { kubeletOf, nodeNameOf } from '../../../read/kubelet.js';
import { authorityText, certificateText, shown } from '../../../read/shown.js';
import { covers } from '../../../read/trust.js';
import { kubeletCall, unknownAuthority } from '../../../symptoms.js';
import type { Finding } from '../../../examine/verdict.js';
import { dialled, requestOf, servingFile, signedBySelf } from './kubelet.js';
import { therapy } from './therapy.js';

export default defineCase({
  id: 'kubelet-certificate-not-trusted',
  precedence: 20,
  title: 'kubectl logs and exec fail: the API server does not trust what kubelets serve',
  founding: 2,
  variants: {
    'wrong-authority': '--kubelet-certificate-authority of an API server is not the CA that signed the kubelets',
    'self-signed': 'a kubelet made its serving certificate itself, and the API server verifies',
    'other-ca': 'the serving certificate of a kubelet was signed by another CA',
    'no-address': 'the serving certificate of a kubelet lacks the address that the API server dials',
    'request-pending': 'a kubelet waits for its serving certificate: nobody has approved its request',
  },
  symptoms: [
    { text: /Get "?https:\/\/[^ ]+:10250\/[^ ]*: x509: / },
    { text: /x509: cannot validate certificate for \S+ because it doesn't contain any IP SANs/ },
    { text: /error trying to reach service: (x509: |remote error: tls: internal error)/ },
    { text: /remote error: tls: internal error/ },
    {
      text: /no serving certificate available for the kubelet/,
      benign: 'for some seconds after the first start of a kubelet whose requests are approved by themselves',
    },
    { text: unknownAuthority },
    { text: kubeletCall },
  ],
  explains: [],
  lab: true,
  spare: ['nodes', 'certificatesigningrequests.certificates.k8s.io', 'keys'],
  sources: [
    'kubernetes/kubernetes#59372',
    'kubernetes/kubeadm#1223',
    'kubernetes/kubeadm#1602',
    'kubernetes/kubeadm#591',
    'kubernetes-sigs/metrics-server#196',
  ],
  badCures: [
    {
      cure: '--kubelet-insecure-tls for metrics-server, or no --kubelet-certificate-authority',
      why: 'whoever answers at that address is then believed, and gets what exec and logs send',
      text: /--kubelet-insecure-tls/,
    },
    {
      cure: 'the remedy of kube-bench 1.2.5 on a cluster of kubeadm, alone',
      why: 'its kubelets sign themselves: setting --kubelet-certificate-authority without signed serving certificates breaks logs and exec on every node',
      text: /kube-bench.{0,80}1\.2\.5|1\.2\.5 .{0,80}kubelet-certificate-authority/,
    },
    {
      cure: 'kubectl get csr -o name | xargs kubectl certificate approve',
      why: 'it hands out any identity that anybody asked for: read the names in each request first',
      text: /csr .{0,60}\| ?xargs .{0,40}certificate approve|certificate approve .{0,10}\$\(/,
    },
  ],

  diagnose(chart) {
    const eyes = openEyes();
    for (const host of hostsOf(chart)) {
      eyes.see(host.processes);
      eyes.see(host.files);
    }
    const found = hostsOf(chart, 'controlPlane').flatMap(server => verified(chart, server, eyes));
    const waiting = nodesOf(chart).flatMap(node => pending(chart, node, eyes));
    return eyes.verdict([
      ...new Map([...waiting, ...found].map(one => [`${one.variant} ${one.host} ${one.subject}`, one])).values(),
    ]);
  },

  therapy,

  teach: finding =>
    finding.variant === 'request-pending'
      ? [
          {
            host: 'cluster',
            command: 'kubectl get csr',
            answer: `${finding.subject} … kubernetes.io/kubelet-serving … Pending`,
            healthy: 'Approved,Issued',
          },
          {
            host: finding.host,
            command: 'journalctl -u kubelet -n 20',
            answer: 'http: TLS handshake error from …: no serving certificate available for the kubelet',
            healthy: 'no such line',
          },
        ]
      : [
          {
            host: finding.host,
            command:
              finding.variant === 'wrong-authority'
                ? `openssl x509 -noout -subject -fingerprint -sha256 -in ${finding.subject}`
                : 'openssl s_client -connect 127.0.0.1:10250 </dev/null 2>/dev/null | openssl x509 -noout -issuer -ext subjectAltName',
            answer: finding.shows[0]?.text ?? '',
            healthy:
              'issuer CN = kubernetes (the CA that --kubelet-certificate-authority names), with the address of the node among the names',
          },
          {
            host: 'cluster',
            command: `kubectl get --raw /api/v1/nodes/${finding.host}/proxy/healthz`,
            answer: 'error trying to reach service: x509: …',
            healthy: 'ok',
          },
        ],
});

/** Nothing is verified without the flag: then what kubelets serve is nobody's trouble (kubeadm's default). */
function verified(chart: Chart, server: HostChart, eyes: Eyes): readonly Finding[] {
  const path = flagsOf(server, 'kube-apiserver').inForce?.get('kubelet-certificate-authority');
  if (path === undefined) return [];
  const roots = eyes.certificate(server, path)?.certificates ?? [];
  if (roots.length === 0) return [];
  const truth = trueAuthority(chart, 'ca');
  const wrongRoots = truth.length > 0 && !trusts(roots, truth);
  const nodes = nodesOf(chart).flatMap(node => {
    const chain = shownBy(node, eyes);
    return chain.length === 0 ? [] : [{ node, chain, foreign: isForeign(chain, roots, chart.now) }];
  });
  const refused = nodes.filter(one => one.foreign);
  return [
    ...(wrongRoots && refused.length > 0 ? [wrongAuthority(server, path, roots, refused)] : []),
    ...nodes.flatMap(({ node, chain, foreign }) => {
      if (foreign && (!wrongRoots || isForeign(chain, truth, chart.now)))
        return [notSigned(node, chain, server, path, roots)];
      return foreign ? [] : unnamed(chart, node, chain, server);
    }),
  ];
}

function shownBy(node: HostChart, eyes: Eyes): readonly Certificate[] {
  const served = eyes.served(node, 10250);
  if (served && served.chain.length > 0) return served.chain;
  return eyes.certificate(node, servingFile(node))?.certificates ?? [];
}

const wrongAuthority = (
  server: HostChart,
  path: string,
  roots: readonly Certificate[],
  refused: readonly { readonly node: HostChart; readonly chain: readonly Certificate[] }[],
): Finding => ({
  variant: 'wrong-authority',
  host: server.name,
  subject: path,
  says: `kube-apiserver on ${server.name} verifies kubelets by ${path}, which is ${roots.map(authorityText).join(' and ')}, but ${refused.length} of the kubelets (${refused[0]?.node.name} …) show certificates that this CA did not sign`,
  shows: [
    shown(server.certificates, path, roots.map(authorityText).join('; ')),
    ...refused
      .slice(0, 1)
      .flatMap(({ node, chain: [leaf] }) => (leaf ? [shown(node.served, 'port 10250', certificateText(leaf))] : [])),
  ],
});

const notSigned = (
  node: HostChart,
  [leaf, ...rest]: readonly Certificate[],
  server: HostChart,
  path: string,
  roots: readonly Certificate[],
): Finding => {
  const own = leaf !== undefined && signedBySelf(leaf, rest);
  return {
    variant: own ? 'self-signed' : 'other-ca',
    host: node.name,
    subject: servingFile(node),
    says: `the kubelet on ${node.name} shows a certificate that ${own ? 'it signed itself' : `another ${leaf?.issuer} signed`}, but kube-apiserver on ${server.name} accepts only ${roots.map(authorityText).join(' and ')} (${path})`,
    shows: [
      ...(leaf ? [shown(node.served, 'port 10250', certificateText(leaf))] : []),
      shown(server.certificates, path, roots.map(authorityText).join('; ')),
    ],
  };
};

function unnamed(chart: Chart, node: HostChart, [leaf]: readonly Certificate[], server: HostChart): readonly Finding[] {
  const address = dialled(chart, node, server);
  if (!leaf || covers(leaf, address)) return [];
  return [
    {
      variant: 'no-address',
      host: node.name,
      subject: servingFile(node),
      says: `kube-apiserver on ${server.name} dials the kubelet of ${node.name} as ${address}, but its certificate names only ${[...leaf.names, ...leaf.ips].join(', ') || 'nothing'}`,
      shows: [
        shown(
          node.served,
          'port 10250',
          `${certificateText(leaf)}; names: ${[...leaf.names, ...leaf.ips].join(', ') || 'none'}`,
        ),
      ],
    },
  ];
}

function pending(chart: Chart, node: HostChart, eyes: Eyes): readonly Finding[] {
  if (kubeletOf(node).value('serverTLSBootstrap') !== true) return [];
  const served = eyes.served(node, 10250);
  if (!served || served.chain.length > 0) return [];
  const list = chart.api.objects['certificatesigningrequests.certificates.k8s.io'];
  const requests: readonly ApiObject[] | undefined = list ? eyes.see(list) : undefined;
  const request = requests && requestOf(requests, nodeNameOf(node));
  return request
    ? [
        {
          variant: 'request-pending',
          host: node.name,
          subject: request.metadata.name,
          says: `the kubelet on ${node.name} serves no certificate (${served.problem ?? 'the handshake ends'}), and its request ${request.metadata.name} has waited since ${request.metadata.creationTimestamp ?? 'its start'} for somebody to approve it`,
          shows: [
            shown(node.served, 'port 10250', served.problem ?? 'no certificate'),
            shown(
              list ?? node.served,
              `certificatesigningrequest ${request.metadata.name}`,
              `${request.spec?.signerName} for ${request.spec?.username}: no condition`,
            ),
          ],
        },
      ]
    : [];
}
