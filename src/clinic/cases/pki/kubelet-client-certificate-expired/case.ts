import { defineCase, type FoundOf, type Proven } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { allEnded, reviveFirst } from '../../../read/all-ended.js';
import { type EvidenceReader, readEvidence } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { kubeletOf } from '../../../read/kubelet.js';
import { certificateText, day } from '../../../read/shown.js';
import { reissue } from '../../../therapies/reissue.js';
import { restarted } from '../../../therapies/restart.js';
import { apiRefused, expired as expiredText, notReady } from '../../../symptoms.js';
import { idOf } from '../../../../model/resource.js';
import { endText, leafAt, openssl } from '../../../read/commands.js';
import { type Quote, quoted } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';
import type { Certificate } from '../../../../pki/certificate.js';

const fallback = '/etc/kubernetes/kubelet.conf';

/** `path`: the kubeconfig that embeds the certificate of `user`. Times are ISO 8601. */
type Expired = {
  readonly path: string;
  readonly user: string;
  readonly expiredAt: string;
  readonly now: string;
  readonly leaf: Certificate;
  /** In the file of its own in which it rotates. */
  readonly own?: Certificate;
};

type Facts = {
  expired: Expired;
  'embedded-stale': Expired & { readonly rotatedUntil: string };
};

export default defineCase<Facts>({
  id: 'kubelet-client-certificate-expired',
  precedence: 80,
  title: 'The client certificate of a kubelet has expired',
  versions: '>=1.8',
  variants: {
    expired: {
      means: 'the kubelet has no valid client certificate any more',
      says: ({ host, facts }) =>
        `the client certificate of the kubelet on ${host} (${facts.user}, ${facts.path}) expired on ` +
        `${day(facts.expiredAt)}; it is ${day(facts.now)}`,
      shows: proof,
    },
    'embedded-stale': {
      means:
        'the kubelet rotates in a file of its own, but kubelet.conf embeds the first certificate, which has ' +
        'expired: it will not start again',
      says: ({ host, facts }) =>
        `the kubelet on ${host} works with a certificate until ${day(facts.rotatedUntil)}, but ${facts.path} ` +
        `embeds one that expired on ${day(facts.expiredAt)}: at its next start it will look for a bootstrap ` +
        'kubeconfig and end',
      shows: proof,
    },
  },
  told: [['kubelet-client-certificate', 'expired']],
  symptoms: [
    { text: /(?:currently active|current) client certificate has expired/i },
    { text: /\bexpired\b.{0,120}kubelet-client-current\.pem|kubelet-client-current\.pem.{0,80}\bexpired/ },
    { text: /part of the existing bootstrap client certificate .*is expired/i },
    { text: /unable to load bootstrap kubeconfig: stat \S+: no such file or directory/ },
    { text: /failed to run Kubelet/ },
    { text: apiRefused },
    { text: expiredText },
    { text: notReady },
  ],
  explains: [
    'node-not-ready-cni',
    'not-highly-available',
    'kubelet-certificate-not-trusted',
    'bootstrap-token-expired',
  ],
  lab: true,
  sources: [
    'kubernetes/kubernetes#84252',
    'kubernetes/kubeadm#2054',
    'kubernetes/kubeadm#1753',
    'kubernetes/website#42944',
  ],
  badCures: [
    { cure: 'kubeadm certs renew all', why: 'kubelet.conf is not among what it renews' },
    {
      cure: 'copying admin.conf to kubelet.conf',
      why: 'the node then acts as the administrator, and NodeRestriction no longer holds it',
      text: /cp .{0,40}admin\.conf .{0,40}kubelet\.conf/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(nodesOf(chart).flatMap(host => expired(chart, host, evidence)));
  },

  therapy(finding, chart) {
    if (allEnded(chart)) return reviveFirst;
    const host = chart.hosts.get(finding.host);
    const { path } = finding.facts;
    const because = 'its client certificate has expired';
    const signed = host ? reissue(chart, host, path, because) : [];
    const [first] = signed;
    if (host && first) {
      // The kubelet may be dead: then no reader of the file is known, but it must start again all the same.
      const want = signed.some(one => one.key === 'kubelet.service')
        ? signed
        : [...signed, restarted(host, 'kubelet', [path], because, [idOf(first)])];
      return { title: `Sign the kubelet on ${finding.host} a new client certificate`, risk: 'restart', want };
    }
    return {
      refused: `nothing is known from which ${path} could be signed again`,
      advice: [
        'on a control plane: kubeadm kubeconfig user --org system:nodes --client-name ' +
          `system:node:${finding.host} > kubelet.conf`,
        `copy it to ${path} on ${finding.host}, and systemctl restart kubelet`,
      ],
    };
  },

  verify: (finding, chart) => [
    {
      host: finding.host,
      command: openssl(clientFile(chart, finding), '-enddate -subject'),
      answer: certificateAnswer(chart, finding),
      healthy: 'notAfter lies in the future',
    },
    {
      host: finding.host,
      command: 'journalctl -u kubelet -n 20',
      answer: 'part of the existing bootstrap client certificate in … is expired',
      healthy: 'no such line',
    },
  ],
});

/**
 * A kubelet takes the certificate that it rotated itself; that in its kubeconfig only where there is none, or it has
 * expired too.
 */
function expired(chart: Chart, host: HostChart, evidence: EvidenceReader): readonly FoundOf<Facts>[] {
  if (!evidence.read(host.processes) || !evidence.read(host.files)) return [];
  const { flags, value, path: told } = kubeletOf(host);
  const path = flags?.get('kubeconfig') ?? fallback;
  const config = evidence.kubeconfig(host, path);
  const rotated = evidence.certificate(
    host,
    `${flags?.get('cert-dir') ?? '/var/lib/kubelet/pki'}/kubelet-client-current.pem`,
  );
  const [leaf] = config?.client ?? [];
  if (!config || !leaf || rotated === undefined || leaf.notAfter >= chart.now) return [];
  const settings = evidence.file(host, told);
  if (settings && settings.text === undefined) {
    evidence.note(host.name, told, 'whether it rotates its certificate was not seen');
    return [];
  }
  const [own] = value('rotateCertificates', 'rotate-certificates') === true ? (rotated?.certificates ?? []) : [];
  const lives = own !== undefined && own.notAfter >= chart.now;
  // Only a kubelet that may bootstrap looks at the old one first (LoadClientConfig), and ends.
  if (lives && flags?.get('bootstrap-kubeconfig') === undefined) return [];
  const facts = { path, user: leaf.commonName, expiredAt: leaf.notAfter, now: chart.now, leaf, ...(own && { own }) };
  return [
    {
      ...(lives
        ? { variant: 'embedded-stale', facts: { ...facts, rotatedUntil: own.notAfter } }
        : { variant: 'expired', facts }),
      host: host.name,
      subject: { path },
    },
  ];
}

/** Where the kubelet's certificate is: the file that it rotates, or within its kubeconfig. */
const clientFile = (chart: Chart, { host, facts: { path } }: FoundOf<Facts>): string => {
  const rotated = '/var/lib/kubelet/pki/kubelet-client-current.pem';
  return !leafAt(chart, host, rotated) && leafAt(chart, host, path) ? path : rotated;
};

const certificateAnswer = (chart: Chart, finding: Proven<Facts>): string => {
  const leaf = leafAt(chart, finding.host, clientFile(chart, finding));
  return leaf ? endText(leaf) : (finding.shows[0]?.text ?? '');
};

function proof({ facts: { path, leaf, own } }: Found<Expired>): readonly Quote[] {
  return [
    quoted('kubeconfigs', path, certificateText(leaf)),
    ...(own ? [quoted('certificates', 'kubelet-client-current.pem', certificateText(own))] : []),
  ];
}
