import { defineCase, type FoundOf } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { bare, nodesOf } from '../../../read/hosts.js';
import { editText } from '../../../therapies/place.js';
import { minorOf, parseVersion } from '../../../../catalog/index.js';
import { sh } from '../../../../shell/sh.js';
import { deadIn, goneSince, turnedOff } from './sources.js';
import type { Found } from '../../../examine/verdict.js';
import { quoted, type Quote } from '../../../read/quote.js';

/** `path` asks at `repository`; `minor`: of the kubelet there, for which there is a repository today. */
type Asks = { readonly path: string; readonly repository: string; readonly minor?: number; readonly line: string };
type Facts = { readonly apt: Asks; readonly yum: Asks };

const says =
  (manager: string) =>
  ({ host, facts }: { readonly host: string; readonly facts: Asks }): string =>
    `${manager} on ${host} asks for packages at ${facts.repository} (${facts.path}), which is gone since March 2024`;

export default defineCase<Facts>({
  id: 'package-repository-gone',
  precedence: 596,
  title: 'A host asks for packages at a repository that is gone',
  variants: {
    apt: { means: 'apt is told of apt.kubernetes.io, or its other names', says: says('apt'), shows: proof },
    yum: { means: 'yum or dnf is told of the same repository for RPMs', says: says('yum'), shows: proof },
  },
  told: [['package-repository', 'gone']],
  symptoms: [
    { text: /(?:apt|yum)\.kubernetes\.io/ },
    { text: /Cannot download repomd\.xml/ },
    { text: /kubernetes-(?:xenial|bionic|focal|jammy|bookworm)(?:-unstable)?\b.{0,80}(?:Release|404|not have)/ },
    { text: /packages\.cloud\.google\.com\/(?:apt|yum)\b.{0,80}(?:kubernetes|apt-key)/ },
    { text: /No (?:match for argument|package):? kube(?:adm|let|ctl)\b/ },
    { text: /(?:repomd\.xml|metadata) for repo(?:sitory)? '?kubernetes'?/i },
    { text: /Unable to locate package kube(?:adm|let|ctl)|Version '1\.[^']+' for 'kube(?:adm|let|ctl)' was not found/ },
  ],
  explains: [],
  lab: true,
  spare: ['versions'],
  sources: [
    'https://kubernetes.io/blog/2023/08/31/legacy-package-repository-deprecation/',
    'kubernetes/release#3485',
    'kubernetes/website#45463',
    'techiescamp/vagrant-kubeadm-kubernetes#63',
  ],
  badCures: [
    {
      cure: '[trusted=yes], --allow-unauthenticated, gpgcheck=0',
      why: 'it is not there any more: no check of signatures is in the way, and without one anybody’s package is taken',
      text: /trusted=yes|allow-(?:unauthenticated|insecure-repositories)|gpgcheck=0/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(chart.now < goneSince ? [] : nodesOf(chart).flatMap(host => findings(host, evidence)));
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    const { path, minor } = finding.facts;
    const because = 'the packages of other repositories can be fetched again';
    const file = host && editText(host, path, text => turnedOff(text, finding.variant), because);
    // It begins with 1.24.
    const address = `https://pkgs.k8s.io/core:/stable:/v1.${minor === undefined || minor < 24 ? 'MINOR' : minor}/`;
    const advice = `packages of today: ${address}, one for each minor`;
    return file
      ? {
          title: `Turn off the dead repository in ${path} on ${finding.host} (${advice})`,
          risk: 'none',
          want: [{ ...file, stage: 'host' }],
        }
      : {
          refused: `${path} on ${finding.host} was not seen as text that can be written back`,
          advice: [`put a # before its lines about ${finding.facts.repository}`, advice],
        };
  },

  verify: finding => [
    {
      host: finding.host,
      command: sh`grep -n 'kubernetes' ${finding.facts.path}`,
      answer: finding.shows[0]?.text ?? '',
      healthy: 'no line that is not a comment, or one of pkgs.k8s.io',
    },
  ],
});

function findings(host: HostChart, evidence: EvidenceReader): readonly FoundOf<Facts>[] {
  const files = evidence.read(host.files) ?? [];
  const kubelet = bare(('value' in host.versions ? host.versions.value : {}).kubelet ?? '');
  const minor = kubelet !== undefined && parseVersion(kubelet) ? minorOf(kubelet) : undefined;
  return files.flatMap((file): readonly FoundOf<Facts>[] => {
    const dead = deadIn(file);
    return dead === undefined
      ? []
      : [
          {
            variant: dead.manager,
            host: host.name,
            subject: { file: file.path },
            facts: {
              path: file.path,
              repository: dead.repository,
              ...(minor !== undefined && { minor }),
              line: dead.line,
            },
          },
        ];
  });
}

function proof({ facts }: Found<Facts['apt' | 'yum']>): readonly Quote[] {
  return [quoted('files', facts.path, facts.line)];
}
