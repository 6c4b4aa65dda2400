import type { Certificate } from '../../../../pki/certificate.js';
import { sh } from '../../../../shell/sh.js';
import { defineCase } from '../../../case.js';
import type { ApiObject, Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { isForeign, trueAuthority, trusts } from '../../../read/authority.js';
import { type EvidenceReader, readEvidence } from '../../../read/evidence-reader.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf, nodesOf } from '../../../read/hosts.js';
import { kubeletOf, nodeNameOf } from '../../../read/kubelet.js';
import { authorityText } from '../../../read/shown.js';
import { covers } from '../../../read/trust.js';
import { subjectText } from '../../../examine/verdict.js';
import { requestPending, kubeletCall, unknownAuthority } from '../../../symptoms.js';
import { dialled, port, requestOf, servingFile, signedBySelf } from './kubelet.js';
import { therapy } from './therapy.js';
import { type Facts, type Finding, variants } from './variants.js';

export default defineCase<Facts>({
  id: 'kubelet-certificate-not-trusted',
  precedence: 20,
  title: 'kubectl logs and exec fail: the API server does not trust what kubelets serve',
  founding: 2,
  variants,
  about: [
    { whom: 'kubelet', how: 'not-trusted' },
    { whom: 'kubelet', how: 'name-missing' },
  ],
  told: [['kubelet-call', 'certificate']],
  symptoms: [
    { text: /Get "?https:\/\/[^ ]+:10250\/[^ ]*: x509: / },
    { text: /x509: cannot validate certificate for \S+ because it doesn't contain any IP SANs/ },
    { text: /error trying to reach service: (x509: |remote error: tls: internal error)/ },
    { text: /remote error: tls: internal error/ },
    { text: /no serving certificate available for the kubelet/, benign: 'for some seconds after its first start' },
    { text: requestPending, benign: 'for some seconds, where requests are approved by themselves' },
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
      why:
        'its kubelets sign themselves: setting --kubelet-certificate-authority without signed serving ' +
        'certificates breaks logs and exec on every node',
      text: /kube-bench.{0,80}1\.2\.5|1\.2\.5 .{0,80}kubelet-certificate-authority/,
    },
    {
      cure: 'kubectl get csr -o name | xargs kubectl certificate approve',
      why: 'it hands out any identity that anybody asked for: read the names in each request first',
      text: /csr .{0,60}\| ?xargs .{0,40}certificate approve|certificate approve .{0,10}\$\(/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    for (const host of hostsOf(chart)) {
      evidence.read(host.processes);
      evidence.read(host.files);
    }
    const found = hostsOf(chart, 'controlPlane').flatMap(server => verified(chart, server, evidence));
    const waiting = nodesOf(chart).flatMap(node => pending(chart, node, evidence));
    return evidence.verdict([
      ...new Map(
        [...waiting, ...found].map((one): [string, Finding] => [
          `${one.variant} ${one.host} ${subjectText(one.subject)}`,
          one,
        ]),
      ).values(),
    ]);
  },

  therapy,

  verify: finding =>
    finding.variant === 'request-pending'
      ? [
          {
            host: 'cluster',
            command: 'kubectl get csr',
            answer: `${finding.facts.request} … kubernetes.io/kubelet-serving … Pending`,
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
                ? sh`openssl x509 -noout -subject -fingerprint -sha256 -in ${finding.facts.path}`
                : `openssl s_client -connect 127.0.0.1:${port.number} </dev/null 2>/dev/null | openssl x509 -noout ` +
                  '-issuer -ext subjectAltName',
            answer: finding.shows[0]?.text ?? '',
            healthy:
              'issuer CN = kubernetes (the CA that --kubelet-certificate-authority names), with the address ' +
              'of the node among the names',
          },
          {
            host: 'cluster',
            command: sh`kubectl get --raw ${`/api/v1/nodes/${finding.host}/proxy/healthz`}`,
            answer: 'error trying to reach service: x509: …',
            healthy: 'ok',
          },
        ],
});

/** Nothing is verified without the flag: then what kubelets serve is nobody's trouble (kubeadm's default). */
function verified(chart: Chart, server: HostChart, evidence: EvidenceReader): readonly Finding[] {
  const path = flagsOf(server, 'kube-apiserver').inForce?.get('kubelet-certificate-authority');
  if (path === undefined) return [];
  const roots = evidence.certificate(server, path)?.certificates ?? [];
  if (roots.length === 0) return [];
  const truth = trueAuthority(chart, 'ca');
  const wrongRoots = truth.length > 0 && !trusts(roots, truth);
  const nodes = nodesOf(chart).flatMap(node => {
    const chain = shownBy(node, evidence);
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

function shownBy(node: HostChart, evidence: EvidenceReader): readonly Certificate[] {
  const served = evidence.served(node, port.number);
  if (served && served.chain.length > 0) return served.chain;
  return evidence.certificate(node, servingFile(node))?.certificates ?? [];
}

const wrongAuthority = (
  server: HostChart,
  path: string,
  roots: readonly Certificate[],
  refused: readonly { readonly node: HostChart; readonly chain: readonly Certificate[] }[],
): Finding => ({
  variant: 'wrong-authority',
  host: server.name,
  subject: { path },
  facts: {
    path,
    trusted: roots.map(authorityText),
    refused: refused.length,
    node: refused[0]?.node.name ?? '',
    ...(refused[0]?.chain[0] && { leaf: refused[0].chain[0] }),
  },
});

const notSigned = (
  node: HostChart,
  [leaf, ...rest]: readonly Certificate[],
  server: HostChart,
  path: string,
  roots: readonly Certificate[],
): Finding => {
  const file = servingFile(node);
  const facts = {
    path: file,
    server: server.name,
    authorityPath: path,
    trusted: roots.map(authorityText),
    ...(leaf && { leaf }),
  };
  return {
    ...(leaf && signedBySelf(leaf, rest)
      ? { variant: 'self-signed', facts }
      : { variant: 'other-ca', facts: { ...facts, issuer: leaf?.issuer ?? 'CA' } }),
    host: node.name,
    subject: { path: file },
  };
};

function unnamed(chart: Chart, node: HostChart, [leaf]: readonly Certificate[], server: HostChart): readonly Finding[] {
  const address = dialled(chart, node, server);
  if (!leaf || covers(leaf, address)) return [];
  const path = servingFile(node);
  const names = [...leaf.names, ...leaf.ips];
  return [
    {
      variant: 'no-address',
      host: node.name,
      subject: { path },
      facts: { path, server: server.name, dialled: address, names, leaf },
    },
  ];
}

function pending(chart: Chart, node: HostChart, evidence: EvidenceReader): readonly Finding[] {
  if (kubeletOf(node).value('serverTLSBootstrap') !== true) return [];
  const served = evidence.served(node, port.number);
  if (!served || served.chain.length > 0) return [];
  const list = chart.api.objects['certificatesigningrequests.certificates.k8s.io'];
  const requests: readonly ApiObject[] | undefined = list ? evidence.read(list) : undefined;
  const request = requests && requestOf(requests, nodeNameOf(node));
  if (!request) return [];
  const { name, creationTimestamp: since } = request.metadata;
  const facts = {
    request: name,
    ...(served.problem !== undefined && { problem: served.problem }),
    signer: String(request.spec?.signerName),
    user: String(request.spec?.username),
    ...(since !== undefined && { since }),
  };
  return [
    {
      variant: 'request-pending',
      host: node.name,
      subject: { request: name },
      facts,
    },
  ];
}
