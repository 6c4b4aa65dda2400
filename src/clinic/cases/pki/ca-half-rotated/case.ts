import type { Certificate } from '../../../../pki/certificate.js';
import { sh } from '../../../../shell/sh.js';
import { defineCase, type FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { authorityPaths, trueAuthority } from '../../../read/authority.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { hostsOf, nodesOf } from '../../../read/hosts.js';
import { authorityText } from '../../../read/shown.js';
import { isOurs } from '../../../read/supervision.js';
import { unknownAuthority } from '../../../symptoms.js';
import { pattern } from '../../../../model/pattern.js';
import { restoreAt } from '../../../therapies/restore.js';
import type { Found } from '../../../examine/verdict.js';
import { quoted, type Quote } from '../../../read/quote.js';

const path = authorityPaths.ca;

/** `differs`: CAs that this host has besides, or lacks; `own`: those that it has; `usual`: those of most hosts. */
type Half = {
  readonly differs: readonly string[];
  readonly own: readonly Certificate[];
  readonly usual: readonly Certificate[];
};
type Facts = {
  readonly extra: Half;
  readonly lacks: Half;
};

export default defineCase<Facts>({
  id: 'ca-half-rotated',
  precedence: 45,
  title: 'A change of the CA was begun and is not on every host',
  variants: {
    extra: {
      means: 'a host trusts one CA more than the cluster has',
      says: ({ host, facts: { differs, own, usual } }) =>
        `${path} on ${host} holds ${own.length} CAs, where the cluster has ` +
        `${usual.length}: besides, ${differs.join(', ')}`,
      shows: proof,
    },
    lacks: {
      means: 'the cluster trusts two CAs, and a host knows only one of them',
      says: ({ host, facts: { differs, own, usual } }) =>
        `${path} on ${host} holds ${own.length === 1 ? 'one CA' : `${own.length} CAs`} of the cluster’s ` +
        `${usual.length}: it lacks ` +
        differs.join(', '),
      shows: proof,
    },
  },
  told: [['ca', 'rotated', 'some-only']],
  symptoms: [
    { text: unknownAuthority },
    {
      text: pattern(
        /(?:old|new|both|differ\w*) .{0,30}\b(?:CA|ca\.crt)\b.{0,20}\bbundle\b/i,
        /|rotat\w+ (?:of )?(?:the )?(?:cluster )?CA\b/i,
      ),
    },
  ],
  explains: [],
  lab: true,
  spare: ['keys'], // they only decide between CAs that have as many votes
  sources: ['https://kubernetes.io/docs/tasks/tls/manual-rotation-of-ca-certificates/', 'kubernetes/kubeadm#1350'],
  badCures: [
    {
      cure: 'taking the old CA out first',
      why: 'all that it has signed, credentials of kubelets among it, is refused at once',
    },
    {
      cure: 'insecure-skip-tls-verify',
      why: 'then anybody may answer in the API server’s place',
      text: /insecure-skip-tls-verify/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(halves(chart, evidence));
  },

  therapy(finding, chart) {
    const want = isOurs(chart) ? restoreAt(chart, finding.host, path) : [];
    return want.length > 0 && !isUsed(finding, chart)
      ? { title: `Give ${finding.host} the CAs of the cluster again`, risk: 'restart', want }
      : {
          refused:
            'which of the CAs is to stay, and whether all that the other has signed is signed anew, its owner knows',
          advice: [
            `to go on: the same ${path} with both CAs on every host, and in kube-public/cluster-info`,
            'then every certificate and kubeconfig signed anew by the new one, and only then the old one out',
            'to go back: nothing may be signed by the new one yet; then it goes out of the file on every host',
          ],
        };
  },

  verify: finding => [
    {
      host: finding.host,
      command: sh`grep -c 'BEGIN CERTIFICATE' ${path}; sha256sum ${path}`,
      answer: `${finding.facts.own.length}, and another sum than elsewhere`,
      healthy: 'the same number and sum on every host',
    },
  ],
});

const current = (all: readonly Certificate[], now: string): readonly Certificate[] =>
  all.filter(one => Date.parse(one.notAfter) > Date.parse(now));

const without = (all: readonly Certificate[], others: readonly Certificate[]): readonly Certificate[] =>
  all.filter(one => !others.some(other => other.fingerprint === one.fingerprint));

const caOf = (host: HostChart, chart: Chart, evidence: EvidenceReader): readonly Certificate[] =>
  current(evidence.certificate(host, path)?.certificates ?? [], chart.now);

const nameOf = (all: readonly Certificate[]): string =>
  all
    .map(one => one.fingerprint)
    .sort()
    .join(' ');

/** The set of the cluster file's own CA; else the one that most control planes have, of two the larger. */
function usualOf(chart: Chart, evidence: EvidenceReader): readonly Certificate[] {
  if (isOurs(chart)) return current(trueAuthority(chart, 'ca'), chart.now);
  const sets = hostsOf(chart, 'controlPlane').map(host => caOf(host, chart, evidence));
  const votes = (set: readonly Certificate[]): number => sets.filter(one => nameOf(one) === nameOf(set)).length;
  return [...sets].sort((a, b) => votes(b) - votes(a) || b.length - a.length)[0] ?? [];
}

function halves(chart: Chart, evidence: EvidenceReader): readonly FoundOf<Facts>[] {
  const usual = usualOf(chart, evidence);
  return nodesOf(chart).flatMap(host => {
    const own = caOf(host, chart, evidence);
    return own.length === 0 || usual.length === 0 ? [] : half(host, own, usual);
  });
}

/** Whoever has none of them in common has another CA altogether: the case client-and-server-disagree-on-ca. */
const half = (
  host: HostChart,
  own: readonly Certificate[],
  usual: readonly Certificate[],
): readonly FoundOf<Facts>[] => {
  const [extra, lacks] = [without(own, usual), without(usual, own)];
  if (extra.length === own.length || (extra.length === 0 && lacks.length === 0)) return [];
  const [variant, differs] = extra.length > 0 ? (['extra', extra] as const) : (['lacks', lacks] as const);
  return [
    {
      variant,
      host: host.name,
      subject: { file: path },
      facts: {
        differs: differs.map(authorityText),
        own,
        usual,
      },
    },
  ];
};

/** Something is signed by a CA that only some hosts have: taking it away would break that. */
const isUsed = (finding: FoundOf<Facts>, chart: Chart): boolean => {
  if (finding.variant !== 'extra') return false;
  const seen = [...chart.hosts.values()].flatMap(host => ('value' in host.certificates ? host.certificates.value : []));
  const own = seen.filter(one => one.path === path).flatMap(one => one.certificates);
  const extra = without(own, trueAuthority(chart, 'ca'));
  const leaves = [
    ...seen.filter(one => one.path !== path).flatMap(one => one.certificates.slice(0, 1)),
    ...[...chart.hosts.values()].flatMap(host =>
      'value' in host.kubeconfigs ? host.kubeconfigs.value.flatMap(one => one.client.slice(0, 1)) : [],
    ),
  ];
  return extra.some(one =>
    leaves.some(leaf => leaf.authorityKeyId !== undefined && leaf.authorityKeyId === one.subjectKeyId),
  );
};

function proof({ facts }: Found<Facts['extra' | 'lacks']>): readonly Quote[] {
  return [
    quoted('certificates', path, facts.own.map(authorityText).join('\n')),
    quoted('certificates', 'of the cluster', facts.usual.map(authorityText).join('\n')),
  ];
}
