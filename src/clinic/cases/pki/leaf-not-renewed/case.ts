import { renewalUnit } from '../../../../blueprint/components/renewal.js';
import { lacksOpenssl } from '../../../../blueprint/components/renewal-script.js';
import { absolutePath } from '../../../../model/path.js';
import { sh } from '../../../../shell/sh.js';
import { defineCase, type FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart, UnitSeen } from '../../../chart/host-chart.js';
import type { Certificate } from '../../../../pki/certificate.js';
import { isSignedBy } from '../../../../pki/chain.js';
import { isNearItsEnd, isRenewable } from '../../../../pki/life.js';
import { authorityPaths, trueAuthority } from '../../../read/authority.js';
import { endText, leafAt, openssl } from '../../../read/commands.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { hostsOf } from '../../../read/hosts.js';
import { certificatesInUse, kubeconfigsInUse } from '../../../read/in-use.js';
import { certificateText, day } from '../../../read/shown.js';
import { authorityOf, reissue } from '../../../therapies/reissue.js';
import { type Quote, quoted } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';

/** Times are ISO 8601; `from`: where the certificate was read, in `held`. */
type Ending = {
  readonly path: string;
  readonly program: string;
  readonly endsAt: string;
  readonly days: number;
  readonly from: 'certificates' | 'kubeconfigs';
  readonly held: Certificate;
};

type Facts = {
  readonly 'near-end': Ending;
  /** `path`: the CA's; `leaf` ends with it. */
  readonly 'ca-near-end': Ending & { readonly leaf: string };
  /** `unit` names the service of the timer. */
  readonly 'timer-failed': { readonly unit: string; readonly seen: UnitSeen };
  readonly 'timer-lacks-openssl': { readonly unit: string; readonly seen: UnitSeen };
};
type Finding = FoundOf<Facts>;

export default defineCase<Facts>({
  id: 'leaf-not-renewed',
  precedence: 602,
  title: 'A certificate is near its end, and nobody has renewed it',
  variants: {
    'near-end': {
      means: 'four fifths of the life of a certificate in use are over, and it ends within 90 days',
      says: ({ host, facts: { path, program, endsAt, days } }) =>
        `${path} of ${program} on ${host} ends on ${day(endsAt)}, in ${days} days, and nobody has renewed it`,
      shows: ({ facts: { path, from, held } }) => [quoted(from, path, certificateText(held))],
    },
    'ca-near-end': {
      means: 'a CA is at its end or near it, and certificates in use end with it: none that it signs lasts longer',
      says: ({ host, facts: { path, leaf, program, endsAt, days } }) =>
        `the CA ${path} ${days < 0 ? `ended on ${day(endsAt)}` : `ends on ${day(endsAt)}, in ${days} days`}, and ` +
        `${leaf} of ${program} on ${host} ends with it: nothing that this CA signs can last longer`,
      shows: ({ facts: { leaf, from, held } }) => [quoted(from, leaf, certificateText(held))],
    },
    'timer-failed': {
      means: 'the timer that renews the certificates of a control plane has failed',
      says: ({ host, facts: { unit } }) => `${unit} on ${host} has failed: some certificate there is not renewed`,
      shows: timerState,
    },
    'timer-lacks-openssl': {
      means: 'a certificate of a control plane is due, and its timer finds no OpenSSL there that can sign it again',
      says: ({ host, facts: { unit } }) =>
        `${unit} on ${host} has failed: a certificate there is due, and that host has no OpenSSL 1.1.1 or later`,
      shows: timerState,
    },
  },
  told: [['days-left', 'certificate']],
  symptoms: [
    { text: /: left as it is: (another CA than|it is not as Kubewizard signs it|its key belongs to another)/ },
    { text: /: left as it is: .* OpenSSL 1\.1\.1 or later, and this host has/ },
    { text: /CertificateExpirationWarning/ },
    // kubeadm's listing, with less than a month.
    { text: /RESIDUAL TIME\b.{0,2000}\bUTC [0-2]?\dd\b/ },
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
      if (want.length > 0) return { title: `Sign ${path} again`, risk: 'restart', want };
      return {
        refused: `nothing is known from which ${path} could be signed again`,
        advice: ['kubeadm certs renew all', 'restart the static pods: their processes keep the old certificate'],
      };
    }
    if (finding.variant === 'ca-near-end')
      return {
        refused: `what ${finding.facts.path} signs ends with it: the CA itself has to be signed anew, by its own key`,
        advice: [
          'on a cluster that kw built: kw up (kw revive, where nothing answers any more) signs it anew by its own key',
          'kw certs: what ends when',
          'elsewhere: the same key and subject, so that all that it has signed stays good; docs/operations/revive.md',
        ],
      };
    if (finding.variant === 'timer-lacks-openssl')
      return {
        refused: `${finding.facts.unit} signs with the openssl of its host, whose owner has to bring a newer one`,
        advice: [
          `journalctl -u ${finding.facts.unit} -n 20: which openssl it has found, and what it left`,
          'install OpenSSL 1.1.1 or later there',
          'kw up: what is near its end is signed without it',
        ],
      };
    return {
      refused: `why ${finding.facts.unit} left a certificate as it is stands in its journal: somebody has to look`,
      advice: [
        `journalctl -u ${finding.facts.unit} -n 20: each certificate that it left, and why`,
        'kw certs',
        'kw plan',
      ],
    };
  },

  verify: (finding, chart) =>
    finding.variant === 'timer-failed' || finding.variant === 'timer-lacks-openssl'
      ? [
          {
            host: finding.host,
            command: sh`systemctl is-failed ${finding.facts.unit}; journalctl -n 20 -u ${finding.facts.unit}`,
            answer: 'failed',
            healthy: 'inactive',
          },
        ]
      : [
          {
            host: finding.host,
            command: openssl(finding.facts.path, '-enddate -subject'),
            answer: endOf(chart, finding.host, finding.facts.path) || (finding.shows[0]?.text ?? ''),
            healthy: 'notAfter lies more than a fifth of its life, or more than 90 days, ahead',
          },
        ],
});

const endOf = (chart: Chart, host: string, path: string): string => {
  const leaf = leafAt(chart, host, path);
  return leaf ? endText(leaf) : '';
};

function nearEnd(chart: Chart, host: HostChart, evidence: EvidenceReader): readonly Finding[] {
  evidence.read(host.processes);
  evidence.read(host.files); // the kubelet's certificate is named there
  const files = certificatesInUse(host)
    .filter(use => 'key' in use)
    .map(({ path, program }) => ({
      path,
      program,
      from: 'certificates' as const,
      leaf: evidence.certificate(host, path)?.certificates[0],
    }));
  // A kubelet renews who it is by itself, and what people carry about is made to end.
  const configs = kubeconfigsInUse(host)
    .filter(use => use.program !== 'kubelet' && !use.personal)
    .map(({ path, program }) => ({
      path,
      program,
      from: 'kubeconfigs' as const,
      leaf: evidence.kubeconfig(host, path)?.client[0],
    }));
  const seen = new Set<string>();
  return [...files, ...configs].flatMap(({ path, program, from, leaf }): readonly Finding[] => {
    if (!leaf || !isLate(leaf, chart)) return [];
    const signer = trueAuthority(chart, authorityOf(path)).find(one => isSignedBy(leaf, one));
    const capped = signer && !isRenewable(leaf.notAfter, signer.notAfter) ? signer : undefined;
    const subject = { path: capped ? authorityPaths[authorityOf(path)] : path };
    if (seen.has(subject.path)) return [];
    seen.add(subject.path);
    const { notAfter: endsAt } = capped ?? leaf;
    const facts = {
      program,
      endsAt,
      days: Math.floor((Date.parse(endsAt) - Date.parse(chart.now)) / 86_400_000),
      from,
      held: leaf,
    };
    const at = { host: host.name, subject };
    return [
      capped
        ? { variant: 'ca-near-end', ...at, facts: { ...facts, ...subject, leaf: path } }
        : { variant: 'near-end', ...at, facts: { ...facts, path } },
    ];
  });
}

/** Not yet over: that is the case leaf-certificate-expired. */
const isLate = (leaf: Certificate, { now }: Chart): boolean =>
  Date.parse(now) < Date.parse(leaf.notAfter) && isNearItsEnd(leaf, new Date(now));

const stateOf = ({ result, exitStatus }: UnitSeen): string =>
  `ActiveState=failed, Result=${result}${exitStatus === undefined ? '' : `, ExecMainStatus=${exitStatus}`}`;

const failed = (host: HostChart, evidence: EvidenceReader): readonly Finding[] => {
  const unit = evidence.unit(host, renewalUnit);
  return unit?.active === 'failed'
    ? [
        {
          variant: unit.exitStatus === lacksOpenssl ? 'timer-lacks-openssl' : 'timer-failed',
          host: host.name,
          subject: { unit: unit.name },
          facts: { unit: unit.name, seen: unit },
        },
      ]
    : [];
};

function timerState({ facts: { unit, seen } }: Found<Facts['timer-failed']>): readonly Quote[] {
  return [quoted('units', `systemctl show ${unit}`, stateOf(seen))];
}
