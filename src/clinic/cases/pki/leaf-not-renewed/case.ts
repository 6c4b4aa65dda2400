import { renewalUnit } from '../../../../blueprint/components/renewal.js';
import { absolutePath } from '../../../../model/path.js';
import type { CertificateRequest, Resource } from '../../../../model/resource.js';
import { sh } from '../../../../shell/sh.js';
import { defineCase, type FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import type { Certificate } from '../../../../pki/certificate.js';
import { endText, leafAt, openssl } from '../../../read/commands.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { hostsOf } from '../../../read/hosts.js';
import { certificatesInUse, kubeconfigsInUse } from '../../../read/in-use.js';
import { certificateText, day, shown } from '../../../read/shown.js';
import { reissue } from '../../../therapies/reissue.js';

type Facts = {
  /** Times are ISO 8601. */
  readonly 'near-end': {
    readonly path: string;
    readonly program: string;
    readonly endsAt: string;
    readonly days: number;
  };
  /** `unit` names the service of the timer. */
  readonly 'timer-failed': { readonly unit: string };
};
type Finding = FoundOf<Facts>;

/** Whatever renews leaves by itself has done it by then: at two thirds, a kubelet at nine tenths of its own. */
const late = 0.8;

export default defineCase<Facts>({
  id: 'leaf-not-renewed',
  precedence: 602,
  title: 'A certificate is near its end, and nobody has renewed it',
  variants: {
    'near-end': {
      means: 'four fifths of the life of a certificate in use are over',
      says: ({ host, facts: { path, program, endsAt, days } }) =>
        `${path} of ${program} on ${host} ends on ${day(endsAt)}, in ${days} days, and nobody has renewed it`,
    },
    'timer-failed': {
      means: 'the timer that renews the certificates of a control plane has failed',
      says: ({ host, facts: { unit } }) => `${unit} on ${host} has failed: some certificate there is not renewed`,
    },
  },
  symptoms: [
    { text: /: left as it is: (another CA than|it is not as Kubewizard signs it|its key belongs to another)/ },
    { text: /CertificateExpirationWarning/ },
  ],
  explains: [],
  lab: false,
  sources: ['rancher/rke2#8318', 'kubernetes/kubeadm#581', 'kubernetes-sigs/kubespray#12411'],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(
      hostsOf(chart).flatMap(host => [...nearEnd(chart, host, evidence), ...failed(host, evidence)]),
    );
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    if (finding.variant === 'near-end') {
      const { path } = finding.facts;
      const want = !host || absolutePath(path) === undefined ? [] : reissue(chart, host, path, 'its end is near');
      if (want.length > 0) return { title: `Sign ${path} again`, risk: 'restart', want: want.map(soon) };
      return {
        refused: `nothing is known from which ${path} could be signed again`,
        advice: ['kubeadm certs renew all', 'restart the static pods: their processes keep the old certificate'],
      };
    }
    return {
      refused: `what ${finding.facts.unit} leaves as it is somebody else has made, or the file says otherwise`,
      advice: [
        `journalctl -u ${finding.facts.unit} -n 20: each certificate that it left, and why`,
        'kw certs',
        'kw plan',
      ],
    };
  },

  verify: (finding, chart) =>
    finding.variant === 'near-end'
      ? [
          {
            host: finding.host,
            command: openssl(finding.facts.path, '-enddate -subject'),
            answer: endOf(chart, finding.host, finding.facts.path),
            healthy: 'notAfter lies more than a fifth of its life ahead',
          },
        ]
      : [
          {
            host: finding.host,
            command: sh`systemctl is-failed ${finding.facts.unit}; journalctl -n 20 -u ${finding.facts.unit}`,
            answer: 'failed',
            healthy: 'inactive',
          },
        ],
});

const endOf = (chart: Chart, host: string, path: string): string => {
  const leaf = leafAt(chart, host, path);
  return leaf ? endText(leaf) : '';
};

/** What is wanted holds a month to be enough; here it is signed while more is left. */
const soon = (one: Resource): Resource => {
  const want = one.want as { readonly request?: CertificateRequest };
  return want.request ? { ...one, want: { ...want, renewBeforeDays: want.request.days } } : one;
};

function nearEnd(chart: Chart, host: HostChart, evidence: EvidenceReader): readonly Finding[] {
  evidence.read(host.processes);
  evidence.read(host.files); // the kubelet's certificate is named there
  const files = certificatesInUse(host)
    .filter(use => 'key' in use)
    .map(({ path, program }) => ({
      path,
      program,
      section: host.certificates,
      leaf: evidence.certificate(host, path)?.certificates[0],
    }));
  // A kubelet renews who it is by itself, and what people carry about is made to end.
  const configs = kubeconfigsInUse(host)
    .filter(use => use.program !== 'kubelet' && !use.personal)
    .map(({ path, program }) => ({
      path,
      program,
      section: host.kubeconfigs,
      leaf: evidence.kubeconfig(host, path)?.client[0],
    }));
  const seen = new Set<string>();
  return [...files, ...configs].flatMap(({ path, program, section, leaf }): readonly Finding[] => {
    if (!leaf || seen.has(path) || !isLate(leaf, chart)) return [];
    seen.add(path);
    const days = Math.floor((Date.parse(leaf.notAfter) - Date.parse(chart.now)) / 86_400_000);
    return [
      {
        variant: 'near-end',
        host: host.name,
        subject: { path },
        facts: { path, program, endsAt: leaf.notAfter, days },
        shows: [shown(section, path, certificateText(leaf))],
      },
    ];
  });
}

/** Not yet over: that is the case leaf-certificate-expired. One that ends with its CA is as long as it can be. */
const isLate = ({ notBefore, notAfter }: Certificate, { now }: Chart): boolean => {
  const [from, until, at] = [notBefore, notAfter, now].map(Date.parse) as [number, number, number];
  return at < until && at - from > late * (until - from);
};

const failed = (host: HostChart, evidence: EvidenceReader): readonly Finding[] => {
  const unit = evidence.unit(host, renewalUnit);
  return unit?.active === 'failed'
    ? [
        {
          variant: 'timer-failed',
          host: host.name,
          subject: { unit: unit.name },
          facts: { unit: unit.name },
          shows: [shown(host.units, `systemctl show ${unit.name}`, `ActiveState=failed, Result=${unit.result}`)],
        },
      ]
    : [];
};
