import { defineCase } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import { authorityPaths, trueAuthority } from '../../../read/authority.js';
import { openEyes } from '../../../read/eyes.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf } from '../../../read/hosts.js';
import { authorityText, certificateText, shown } from '../../../read/shown.js';
import { unauthorized, unknownAuthority } from '../../../symptoms.js';
import type { Finding } from '../../../examine/verdict.js';
import { type End, wrongEnds } from './ends.js';
import { published, publishedVariants, republish } from './published.js';
import { therapy } from './therapy.js';

const variants = {
  'client-ca': 'the CA by which an API server verifies its clients (--client-ca-file) is not the one that signed them',
  'serving-certificate': 'an API server serves a certificate that the cluster’s CA did not sign',
  'kubeconfig-ca': 'the CA in a kubeconfig is not the one that signed the API server',
  'client-certificate':
    'the client certificate in a kubeconfig was signed by another CA than the one that the API server trusts',
  'kubelet-client-ca': 'the CA by which a kubelet verifies the API server (clientCAFile) is another one',
  'kubelet-client-certificate': 'the certificate that the API server shows to kubelets was signed by another CA',
  'etcd-ca': 'etcd and the API server trust different CAs',
  'etcd-certificate': 'a certificate between etcd and the API server was signed by another CA than etcd’s',
  'etcd-peer-ca': 'an etcd member verifies its peers by another CA',
  'etcd-peer-certificate': 'the peer certificate of an etcd member was signed by another CA than the others’',
  'load-balancer-ca': 'the load balancer verifies API servers by another CA',
  'cluster-info': 'hosts that join are told another CA (kube-public/cluster-info)',
  'root-ca': 'pods are told another CA (kube-root-ca.crt, --root-ca-file)',
} as const;

export default defineCase({
  id: 'client-and-server-disagree-on-ca',
  precedence: 10,
  title: 'Client and server disagree on the CA',
  founding: 1,
  variants,
  symptoms: [
    {
      text: /You must be logged in to the server \((Unauthorized|the server has asked for the client to provide credentials)\)/,
    },
    {
      text: /TLS handshake error from \S+: remote error: tls: bad certificate/,
      benign: 'a client outside the cluster that does not know its CA (a browser, a scanner) causes it too',
    },
    { text: /none of the public keys .{0,90} are pinned/ },
    { text: /token CA hash does not match the Cluster CA certificate hash/ },
    { text: /certificate verify failed|tls: bad certificate/ },
    { text: unknownAuthority },
    { text: unauthorized },
  ],
  explains: [
    'kubelet-certificate-not-trusted',
    'waiting-for-leader-lease',
    'not-highly-available',
    'master-endpoints-reset',
    'quorum-lost',
    'etcd-stale-member',
  ],
  lab: true,
  sources: [
    'kubernetes/kubernetes#48378',
    'kubernetes/kubernetes#58582',
    'kubernetes/kubeadm#2027',
    'kubernetes/kubeadm#2471',
    'k3s-io/k3s#3727',
    'https://kubernetes.io/docs/setup/best-practices/certificates/',
  ],
  badCures: [
    {
      cure: 'insecure-skip-tls-verify: true, or --insecure-skip-tls-verify',
      why: 'whoever stands in between may then read and answer everything, and the client’s own certificate is still refused by the server',
      text: /insecure-skip-tls-verify/,
    },
    {
      cure: 'kubeadm reset, and init again',
      why: 'it makes yet another CA of the same name: every kubeconfig outside the host is wrong from then on',
      text: /kubeadm reset.{0,200}kubeadm init/,
    },
  ],

  diagnose(chart) {
    const eyes = openEyes();
    for (const host of hostsOf(chart))
      for (const section of [host.processes, host.files, host.certificates, host.kubeconfigs, host.served])
        eyes.see<unknown>(section);
    for (const host of hostsOf(chart, 'controlPlane')) eyes.see(host.keys); // whose key lies beside it, is the true one
    const ends = onePerFile(chart, wrongEnds(chart));
    return eyes.verdict([
      ...ends,
      ...published(chart, eyes).filter(one => !ends.some(end => end.host === one.host && end.subject === one.subject)),
    ]);
  },

  therapy: (finding, chart) =>
    publishedVariants.includes(finding.variant) ? republish(finding, chart) : therapy(finding, chart),

  teach: finding =>
    finding.host === 'cluster'
      ? [
          {
            host: 'cluster',
            command:
              finding.variant === 'cluster-info'
                ? 'kubectl -n kube-public get configmap cluster-info -o yaml | grep certificate-authority-data | cut -d: -f2 | base64 -d | openssl x509 -noout -fingerprint -sha256'
                : "kubectl get configmap kube-root-ca.crt -o jsonpath='{.data.ca\\.crt}' | openssl x509 -noout -fingerprint -sha256",
            answer: finding.shows[0]?.text ?? '',
            healthy: `the fingerprint of ${authorityPaths.ca}`,
          },
        ]
      : [
          {
            host: finding.host,
            command: finding.subject.endsWith('.conf')
              ? `kubectl --kubeconfig ${finding.subject} get --raw /readyz`
              : `openssl x509 -noout -subject -issuer -fingerprint -sha256 -in ${finding.subject}`,
            answer: finding.subject.endsWith('.conf')
              ? 'x509: certificate signed by unknown authority, or Unauthorized'
              : (finding.shows[0]?.text ?? ''),
            healthy: 'the fingerprint, or the issuer, of the CA whose key signs here: names alone are equal',
          },
          finding.subject.endsWith('.conf')
            ? {
                host: finding.host,
                command: `awk '/certificate-authority-data:/ { print $2 }' ${finding.subject} | base64 -d | openssl x509 -noout -fingerprint -sha256; openssl x509 -noout -fingerprint -sha256 -in ${authorityPaths.ca}`,
                answer: 'two different fingerprints (or, where only the client’s certificate is ill, twice the same)',
                healthy: 'twice the same fingerprint',
              }
            : {
                host: finding.host,
                command: `openssl verify -CAfile ${authorityPaths.ca} ${finding.subject}`,
                answer:
                  'error 20 at 0 depth lookup: unable to get local issuer certificate, or error 7: certificate signature failure, where this CA should have signed it',
                healthy: `${finding.subject}: OK, for what this CA has signed (etcd and the front proxy have CAs of their own)`,
              },
        ],
});

const order = Object.keys(variants);

/** One file in many hands is one illness: it is named after its most important use. */
function onePerFile(chart: Chart, ends: readonly End[]): readonly Finding[] {
  const files = new Map<string, End[]>();
  for (const end of ends) files.set(`${end.host} ${end.path}`, [...(files.get(`${end.host} ${end.path}`) ?? []), end]);
  return [...files.values()].flatMap((uses): readonly Finding[] => {
    const [first] = uses.sort((a, b) => order.indexOf(a.variant) - order.indexOf(b.variant));
    return first ? [findingOf(chart, first, uses)] : [];
  });
}

function findingOf(chart: Chart, end: End, uses: readonly End[]): Finding {
  const host = chart.hosts.get(end.host);
  const trusting = end.variant.endsWith('-ca');
  const [mine, theirs] = [end.certificates[0], end.other[0]];
  const [far, farHost] =
    end.edge.client.host === end.host
      ? [end.edge.server, end.edge.server.host]
      : [end.edge.client, end.edge.client.host];
  const [truth] = trueAuthority(chart, end.authority);
  const others = new Set(
    uses.map(use => (use.edge.client.host === use.host ? use.edge.server.host : use.edge.client.host)),
  ).size;
  const farEvidence = chart.hosts.get(farHost);
  return {
    variant: end.variant,
    host: end.host,
    subject: end.path,
    says: trusting
      ? `${end.program} on ${end.host} trusts ${mine && authorityText(mine)} (${end.path}), but ${far.program} on ${farHost} shows a certificate that ${truth ? authorityText(truth) : theirs?.issuer} signed${others > 1 ? `; ${others} hosts are concerned` : ''}`
      : `${end.path} of ${end.program} on ${end.host} was signed by another ${mine?.issuer} (key id ${mine?.authorityKeyId?.slice(0, 12)}) than ${truth ? authorityText(truth) : 'the CA'}, which ${far.program} on ${farHost} trusts`,
    shows: [
      ...(host && mine
        ? [
            shown(
              end.path.endsWith('.conf') ? host.kubeconfigs : host.certificates,
              end.path,
              trusting ? authorityText(mine) : certificateText(mine),
            ),
          ]
        : []),
      ...(farEvidence && theirs
        ? [
            shown(
              farEvidence.certificates,
              `what ${far.program} on ${farHost} ${trusting ? 'shows' : 'trusts'}`,
              trusting ? certificateText(theirs) : authorityText(theirs),
            ),
          ]
        : []),
    ],
    ...(host && flagsOf(host, 'kube-apiserver').inForce?.get('kubelet-certificate-authority') === end.path
      ? { explains: ['kubelet-certificate-not-trusted'] }
      : {}),
  };
}
