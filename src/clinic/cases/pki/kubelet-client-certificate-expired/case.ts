import { defineCase } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { type Eyes, openEyes } from '../../../read/eyes.js';
import { nodesOf } from '../../../read/hosts.js';
import { kubeletOf } from '../../../read/kubelet.js';
import { certificateText, day, shown } from '../../../read/shown.js';
import { reissue } from '../../../therapies/reissue.js';
import { restarted } from '../../../therapies/restart.js';
import { apiRefused, expired as expiredText, notReady } from '../../../symptoms.js';
import type { Finding } from '../../../examine/verdict.js';
import { idOf } from '../../../../model/resource.js';
import { endText, leafAt, openssl } from '../../../read/commands.js';

const fallback = '/etc/kubernetes/kubelet.conf';

export default defineCase({
  id: 'kubelet-client-certificate-expired',
  precedence: 80,
  title: 'The client certificate of a kubelet has expired',
  versions: '>=1.8',
  variants: {
    expired: 'the kubelet has no valid client certificate any more',
    'embedded-stale':
      'the kubelet rotates in a file of its own, but kubelet.conf embeds the first certificate, which has expired: it will not start again',
  },
  symptoms: [
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
    const eyes = openEyes();
    return eyes.verdict(nodesOf(chart).flatMap(host => expired(chart, host, eyes)));
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    const signed = host ? reissue(chart, host, finding.subject, finding.says) : [];
    const [first] = signed;
    if (host && first) {
      // The kubelet may be dead: then no reader of the file is known, but it must start again all the same.
      const want = signed.some(one => one.key === 'kubelet.service')
        ? signed
        : [...signed, restarted(host, 'kubelet', [finding.subject], finding.says, [idOf(first)])];
      return { title: `Sign the kubelet on ${finding.host} a new client certificate`, risk: 'restart', want };
    }
    return {
      refused: `nothing is known from which ${finding.subject} could be signed again`,
      advice: [
        `on a control plane: kubeadm kubeconfig user --org system:nodes --client-name system:node:${finding.host} > kubelet.conf`,
        `copy it to ${finding.subject} on ${finding.host}, and systemctl restart kubelet`,
      ],
    };
  },

  teach: (finding, chart) => [
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

/** A kubelet takes the certificate that it rotated itself; that in its kubeconfig only where there is none, or it has expired too. */
function expired(chart: Chart, host: HostChart, eyes: Eyes): readonly Finding[] {
  if (!eyes.see(host.processes) || !eyes.see(host.files)) return [];
  const { flags, value, path: told } = kubeletOf(host);
  const path = flags?.get('kubeconfig') ?? fallback;
  const config = eyes.kubeconfig(host, path);
  const rotated = eyes.certificate(
    host,
    `${flags?.get('cert-dir') ?? '/var/lib/kubelet/pki'}/kubelet-client-current.pem`,
  );
  const [leaf] = config?.client ?? [];
  if (!config || !leaf || rotated === undefined || leaf.notAfter >= chart.now) return [];
  const settings = eyes.file(host, told);
  if (settings && settings.text === undefined) {
    eyes.note(host.name, told, 'whether it rotates its certificate was not seen');
    return [];
  }
  const [own] = value('rotateCertificates', 'rotate-certificates') === true ? (rotated?.certificates ?? []) : [];
  const lives = own !== undefined && own.notAfter >= chart.now;
  // Only a kubelet that may bootstrap looks at the old one first (LoadClientConfig), and ends.
  if (lives && flags?.get('bootstrap-kubeconfig') === undefined) return [];
  return [
    {
      variant: lives ? 'embedded-stale' : 'expired',
      host: host.name,
      subject: path,
      says: lives
        ? `the kubelet on ${host.name} works with a certificate until ${day(own.notAfter)}, but ${path} embeds one that expired on ${day(leaf.notAfter)}: at its next start it will look for a bootstrap kubeconfig and end`
        : `the client certificate of the kubelet on ${host.name} (${leaf.commonName}, ${path}) expired on ${day(leaf.notAfter)}; it is ${day(chart.now)}`,
      shows: [
        shown(host.kubeconfigs, path, certificateText(leaf)),
        ...(own ? [shown(host.certificates, 'kubelet-client-current.pem', certificateText(own))] : []),
      ],
    },
  ];
}

/** Where the kubelet's certificate is: the file that it rotates, or within its kubeconfig. */
const clientFile = (chart: Chart, finding: Finding): string => {
  const rotated = '/var/lib/kubelet/pki/kubelet-client-current.pem';
  return !leafAt(chart, finding.host, rotated) && leafAt(chart, finding.host, finding.subject)
    ? finding.subject
    : rotated;
};

const certificateAnswer = (chart: Chart, finding: Finding): string => {
  const leaf = leafAt(chart, finding.host, clientFile(chart, finding));
  return leaf ? endText(leaf) : (finding.shows[0]?.text ?? '');
};
