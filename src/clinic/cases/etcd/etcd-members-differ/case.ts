import { defineCase, type FoundOf, type Refusal, type Therapy } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import { etcdSeen } from '../../../read/etcd-members.js';
import { readEvidence } from '../../../read/evidence-reader.js';
import { flagPutRight } from '../../../therapies/flag-put-right.js';
import { sh } from '../../../../shell/sh.js';
import { etcdctl } from '../../../read/commands.js';
import { differences } from './compared.js';
import type { Facts } from './facts.js';
import type { Found } from '../../../examine/verdict.js';
import { quoted, quotedOn, type Quote } from '../../../read/quote.js';

export default defineCase<Facts>({
  id: 'etcd-members-differ',
  precedence: 265,
  title: 'One member of etcd is set up differently from the others',
  variants: {
    quota: {
      means: 'one member has another quota: it is full, and stops all of etcd, while the others have room',
      says: ({ host, facts: { own, usual, others } }) =>
        `etcd on ${host} takes ${own} bytes at most, and on ${others.join(', ')} ${usual}: ` +
        'the smallest quota is that of the whole cluster',
      shows: proof,
    },
    flag: {
      means: 'one member has another value of a setting that all must share',
      says: ({ host, facts: { flag, own, usual, others } }) =>
        `etcd on ${host} runs with --${flag}=${own}, and on ${others.join(', ')} with ${usual}`,
      shows: proof,
    },
    version: {
      means: 'one member runs another minor version, and nobody is upgrading',
      says: ({ host, facts: { own, usual, others } }) =>
        `etcd on ${host} is ${own}, and on ${others.join(', ')} ${usual}, and none of them was started within the ` +
        'last hour: an upgrade has stopped half-way',
      shows: ({ facts }) => [
        quoted('etcd', 'endpoint status', `version ${facts.own}`),
        quotedOn(facts.like, 'etcd', `endpoint status of ${facts.like}`, `version ${facts.usual}`),
      ],
    },
  },
  symptoms: [
    {
      text: /the local etcd version \S{0,20} ?is not up-to-date|cluster_?version .{0,40}(?:lower|higher|differs)/,
      benign: 'while etcd is upgraded one member after the other',
    },
    { text: /leader found (?:higher|lower)-versioned member/ },
    { text: /leader failed to send out heartbeat on time/, benign: 'once in a while, on a busy disk' },
  ],
  explains: ['etcd-slow-disk'],
  lab: true,
  spare: ['files'], // what runs is asked first
  sources: ['https://etcd.io/docs/v3.5/op-guide/configuration/', 'https://etcd.io/docs/v3.5/tuning/'],
  badCures: [
    {
      cure: 'removing the member and adding it again',
      why: 'its flags come from its host, and it comes back as it was',
      text: /etcdctl .{0,80}member remove/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(differences(chart, etcdSeen(chart, evidence), evidence));
  },

  therapy: (finding, chart) => cure(finding, chart),

  verify: (finding, chart) =>
    finding.variant === 'version'
      ? [
          {
            host: finding.host,
            command: etcdctl(chart, finding.host, 'endpoint status --cluster -w table'),
            answer: `VERSION ${finding.facts.own}`,
            healthy: `VERSION ${finding.facts.usual} on every line`,
          },
        ]
      : [
          {
            host: finding.host,
            command: sh`tr '\\0' '\\n' </proc/$(pidof -s etcd)/cmdline | grep -e ${`--${finding.facts.flag}`}`,
            answer: `--${finding.facts.flag}=${finding.facts.own}`,
            healthy: `--${finding.facts.flag}=${finding.facts.usual}, or no line where that is the default`,
          },
        ],
});

function cure(finding: FoundOf<Facts>, chart: Chart): Therapy | Refusal {
  const { flag, usual, own } = finding.facts;
  if (finding.variant === 'version')
    return {
      refused: 'a version is brought on by an upgrade, which also knows the order and the way back',
      advice: [
        `bring etcd on ${finding.host} to ${usual}: with kw the next kw up does so, with kubeadm upgrade node`,
        'one member at a time, each healthy before the next: etcdctl endpoint health --cluster',
      ],
    };
  const because = `all members of etcd have the same ${flag}`;
  const set = { [flag]: finding.facts.given ? usual : null };
  const want = flagPutRight(chart, finding.host, 'etcd', set, because);
  return want.length > 0
    ? { title: `Give etcd on ${finding.host} the ${flag} of the others, ${usual}`, risk: 'restart', want }
    : {
        refused: `where etcd on ${finding.host} gets ${own} from was not seen`,
        advice: [
          `--${flag} as on the others; it can also come from a variable ETCD_… of its unit, or from --config-file`,
          'restart that member alone, and wait until it is healthy',
        ],
      };
}

function proof({ facts }: Found<Facts['quota' | 'flag']>): readonly Quote[] {
  return [
    quoted('processes', 'etcd', `--${facts.flag}=${facts.own}`),
    quotedOn(facts.like, 'processes', `etcd on ${facts.like}`, `--${facts.flag}=${facts.usual}`),
  ];
}
