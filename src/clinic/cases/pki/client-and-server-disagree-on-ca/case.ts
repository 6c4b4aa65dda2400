import { sh } from '../../../../shell/sh.js';
import { defineCase, type Check } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import { authorityPaths, trueAuthority } from '../../../read/authority.js';
import { readEvidence } from '../../../read/evidence-reader.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf } from '../../../read/hosts.js';
import { authorityText } from '../../../read/shown.js';
import { certificateRefused, unauthorized, unknownAuthority } from '../../../symptoms.js';
import { type End, wrongEnds } from './ends.js';
import { published, republish } from './published.js';
import { therapy } from './therapy.js';
import { type EndFinding, type Facts, type Finding, variants } from './variants.js';
import { pattern } from '../../../../model/pattern.js';

export default defineCase<Facts>({
  id: 'client-and-server-disagree-on-ca',
  precedence: 10,
  title: 'Client and server disagree on the CA',
  founding: 1,
  variants,
  about: [
    { how: 'not-trusted' },
    { who: 'kubectl', how: 'not-trusted' },
    { whom: 'api-server', how: 'not-trusted' },
    { whom: 'etcd', how: 'not-trusted' },
    { who: 'etcd', how: 'not-trusted' },
  ],
  told: [
    ['unknown-authority', 'old-or-other-cluster'],
    ['unknown-authority', 'kubeconfig'],
  ],
  symptoms: [
    {
      text: pattern(
        /You must be logged in to the server \(/,
        /(Unauthorized|the server has asked for the client to provide credentials)\)/,
      ),
    },
    {
      text: /TLS handshake error from \S+: remote error: tls: bad certificate/,
      benign: 'a client outside the cluster that does not know its CA (a browser, a scanner) causes it too',
    },
    { text: /none of the public keys .{0,90} are pinned/ },
    { text: /token CA hash does not match the Cluster CA certificate hash/ },
    { text: /certificate verify failed|tls: bad certificate/ },
    { text: certificateRefused },
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
      why:
        'whoever stands in between may then read and answer everything, and the client’s own certificate is ' +
        'still refused by the server',
      text: /insecure-skip-tls-verify/,
    },
    {
      cure: 'kubeadm reset, and init again',
      why: 'it makes yet another CA of the same name: every kubeconfig outside the host is wrong from then on',
      text: /kubeadm reset.{0,200}kubeadm init/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    for (const host of hostsOf(chart))
      for (const section of [host.processes, host.files, host.certificates, host.kubeconfigs, host.served])
        evidence.read<unknown>(section);
    // Whose key lies beside it, is the true one.
    for (const host of hostsOf(chart, 'controlPlane')) evidence.read(host.keys);
    const ends = onePerFile(chart, wrongEnds(chart));
    return evidence.verdict([
      ...ends,
      ...published(chart, evidence).filter(
        one => !ends.some(end => end.host === one.host && end.facts.path === pathOf(one)),
      ),
    ]);
  },

  therapy: (finding, chart) =>
    finding.variant === 'cluster-info' || finding.variant === 'root-ca'
      ? republish(finding, chart)
      : therapy(finding, chart),

  verify(finding) {
    const { host, facts } = finding;
    const answer = finding.shows[0]?.text ?? '';
    return 'path' in facts ? ofFile(host, facts.path, answer) : [ofConfigMap(finding.variant, answer)];
  },
});

const ofConfigMap = (variant: string, answer: string): Check => ({
  host: 'cluster',
  command:
    variant === 'cluster-info'
      ? 'kubectl -n kube-public get configmap cluster-info -o yaml | grep certificate-authority-data | cut -d: ' +
        '-f2 | base64 -d | openssl x509 -noout -fingerprint -sha256'
      : "kubectl get configmap kube-root-ca.crt -o jsonpath='{.data.ca\\.crt}' | openssl x509 -noout " +
        '-fingerprint -sha256',
  answer,
  healthy: `the fingerprint of ${authorityPaths.ca}`,
});

const ofFile = (host: string, path: string, answer: string): readonly Check[] =>
  path.endsWith('.conf')
    ? [
        {
          host,
          command: sh`kubectl --kubeconfig ${path} get --raw /readyz`,
          answer: 'x509: certificate signed by unknown authority, or Unauthorized',
          healthy,
        },
        {
          host,
          command:
            `${sh`awk '/certificate-authority-data:/ { print $2 }' ${path}`} | base64 -d | ${print}; ` +
            `${print} -in ${authorityPaths.ca}`,
          answer: 'two different fingerprints (or, where only the client’s certificate is ill, twice the same)',
          healthy: 'twice the same fingerprint',
        },
      ]
    : [
        { host, command: sh`openssl x509 -noout -subject -issuer -fingerprint -sha256 -in ${path}`, answer, healthy },
        {
          host,
          command: sh`openssl verify -CAfile ${authorityPaths.ca} ${path}`,
          answer:
            'error 20 at 0 depth lookup: unable to get local issuer certificate, or error 7: certificate ' +
            'signature failure, where this CA should have signed it',
          healthy: `${path}: OK, for what this CA has signed (etcd and the front proxy have CAs of their own)`,
        },
      ];

const print = 'openssl x509 -noout -fingerprint -sha256';

const healthy = 'the fingerprint, or the issuer, of the CA whose key signs here: names alone are equal';

const pathOf = ({ facts }: Finding): string | undefined => ('path' in facts ? facts.path : undefined);

const order = Object.keys(variants);

/** One file in many hands is one illness: it is named after its most important use. */
function onePerFile(chart: Chart, ends: readonly End[]): readonly EndFinding[] {
  const files = new Map<string, End[]>();
  for (const end of ends) files.set(`${end.host} ${end.path}`, [...(files.get(`${end.host} ${end.path}`) ?? []), end]);
  return [...files.values()].flatMap((uses): readonly EndFinding[] => {
    const [first] = uses.sort((a, b) => order.indexOf(a.variant) - order.indexOf(b.variant));
    return first ? [findingOf(chart, first, uses)] : [];
  });
}

function findingOf(chart: Chart, end: End, uses: readonly End[]): EndFinding {
  const host = chart.hosts.get(end.host);
  const [mine, theirs] = [end.certificates[0], end.other[0]];
  const [far, farHost] =
    end.edge.client.host === end.host
      ? [end.edge.server, end.edge.server.host]
      : [end.edge.client, end.edge.client.host];
  const [truth] = trueAuthority(chart, end.authority);
  const others = new Set(
    uses.map(use => (use.edge.client.host === use.host ? use.edge.server.host : use.edge.client.host)),
  ).size;
  const facts = {
    path: end.path,
    program: end.program,
    authority: end.authority,
    far: { program: far.program, host: farHost },
    ...(host && mine && { mine }),
    ...(chart.hosts.has(farHost) && theirs && { theirs }),
  };
  const signer = truth ? authorityText(truth) : (theirs?.issuer ?? 'another CA');
  return {
    ...(end.does === 'trusts'
      ? {
          variant: end.variant,
          facts: { ...facts, trusted: mine ? authorityText(mine) : 'another CA', signer, hosts: others },
        }
      : {
          variant: end.variant,
          facts: {
            ...facts,
            issuer: mine?.issuer ?? 'CA',
            keyId: mine?.authorityKeyId?.slice(0, 12) ?? 'unknown',
            trusted: truth ? authorityText(truth) : 'the CA',
          },
        }),
    host: end.host,
    subject: { path: end.path },
    ...(host && flagsOf(host, 'kube-apiserver').inForce?.get('kubelet-certificate-authority') === end.path
      ? { explains: ['kubelet-certificate-not-trusted'] }
      : {}),
  };
}
