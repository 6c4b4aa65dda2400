import type { Resource } from '../../../../model/resource.js';
import { scripts, sh } from '../../../../shell/sh.js';
import { defineCase, type FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { etcdctl, logsOf } from '../../../read/commands.js';
import {
  clientUrl,
  decimal,
  type EtcdHost,
  type EtcdMember,
  etcdSeen,
  hostOfMember,
  memberText,
} from '../../../read/etcd-members.js';
import { type EvidenceReader, readEvidence } from '../../../read/evidence-reader.js';
import { hostsOf } from '../../../read/hosts.js';
import { askEtcd, quorumBehind } from '../../../therapies/etcd.js';
import { quoted, quotedOn } from '../../../read/quote.js';

type Facts = {
  /** `id`: hexadecimal, as etcdctl prints it; `voters`: members that count; `by`: a host whose etcd has a vote,
   * and lists the `members`; `since`: when its process began. */
  readonly 'never-promoted': {
    readonly id: string;
    readonly member: string;
    readonly minutes: number;
    readonly voters: number;
    readonly by: string;
    readonly members: readonly EtcdMember[];
    readonly since: string;
  };
  /** `line`: etcd's own last words; `silence`: why its members were not seen; absent: it lists none. */
  readonly 'learner-again': { readonly line: string; readonly silence?: string };
};

/** kubeadm asks for the promotion for two minutes, and then gives up. */
const settledMs = 180_000;
const tooMany = /too many learner members in cluster/;

export default defineCase<Facts>({
  id: 'etcd-learner',
  precedence: 255,
  title: 'A member of etcd is a learner and was never promoted',
  variants: {
    'never-promoted': {
      means: 'a learner has run for minutes, and nobody made a voting member of it',
      says: ({ host, facts: { member, minutes, voters } }) =>
        `etcd on ${host} (${member}) has been a learner for ${minutes} minutes: it has no vote, and only ${voters} ` +
        `${voters === 1 ? 'member has' : 'members have'}`,
      shows: ({ facts: { by, members, since } }) => [
        quotedOn(
          by,
          'etcd',
          'member list',
          members.map(one => `${memberText(one)}${one.learner ? ' learner' : ''}`).join('\n'),
        ),
        quoted('processes', 'etcd', `runs since ${since}`),
      ],
    },
    'learner-again': {
      means: 'etcd 3.6 finds more learners than it takes: an older 3.5 did not write their promotion down',
      says: ({ host, facts: { line } }) =>
        `etcd on ${host} does not start, since its store still says that members are learners: ${line}`,
      shows: ({ facts: { line, silence } }) => [
        quoted('logs', 'log of etcd', line),
        quoted('etcd', 'etcd', silence ?? 'it lists no members'),
      ],
    },
  },
  told: [['learner'], ['learner', 'member']],
  symptoms: [
    { text: /membership: too many learner members in cluster/ },
    { text: /too many learner/ },
    { text: /can only promote a learner/, benign: 'for a few seconds, while it joins' },
    { text: /learner member which is in sync/, benign: 'for a few seconds, while it joins' },
    { text: /rpc not supported for learner/, benign: 'while a member joins' },
    { text: /unable to promote learner|error promoting the learner|failed to promote (?:the )?learner/i },
  ],
  about: [{ who: 'etcd', how: 'limit' }],
  explains: ['not-highly-available/even-etcd', 'not-highly-available/etcd-on-one-host', 'quorum-lost'],
  lab: true,
  sources: [
    'https://etcd.io/docs/v3.5/learning/design-learner/',
    'https://etcd.io/blog/2025/upgrade_from_3.5_to_3.6_issue/',
    'kubernetes/kubeadm#3269',
    'kubernetes/kubernetes#130583',
  ],
  badCures: [
    {
      cure: 'removing voting members until it fits',
      why: 'each of them that goes is one that the cluster may no longer lose',
      text: /etcdctl .{0,120}member remove/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    const seen = etcdSeen(chart, evidence);
    return evidence.verdict([
      ...(seen[0]?.etcd.members ?? [])
        .filter(member => member.learner && member.name !== '')
        .flatMap(member => neverPromoted(chart, seen, member, evidence)),
      ...hostsOf(chart, 'etcd').flatMap(host => learnerAgain(host, evidence)),
    ]);
  },

  therapy(finding, chart) {
    if (finding.variant === 'learner-again')
      return {
        refused: 'what its store says is only put right by an etcd that still reads the older store beside it',
        advice: [
          `start etcd on ${finding.host} with its former version again: 3.5.26 or newer writes the promotion down`,
          'bring every other member to 3.5.26 first, wait until endpoint health --cluster is well, and then go to 3.6',
          'with kubeadm: the manifest of before is in /etc/kubernetes/tmp',
        ],
      };
    const by = chart.hosts.get(finding.facts.by);
    const want = by && promoted(by, finding.facts.id);
    return want
      ? { title: `Give the learner on ${finding.host} its vote`, risk: 'downtime', want: [want] }
      : {
          refused: 'no voting member that answers was seen, or its URL or the learner’s id are none',
          advice: ['etcdctl member list', `etcdctl member promote ${finding.facts.id}, once it is in sync`],
        };
  },

  verify: (finding, chart) =>
    finding.variant === 'learner-again'
      ? [
          {
            host: finding.host,
            command: logsOf(chart, finding.host, 'etcd'),
            answer: finding.facts.line,
            healthy: 'no such line, and etcd runs',
          },
        ]
      : [
          {
            host: finding.facts.by,
            command: etcdctl(chart, finding.facts.by, 'member list -w table'),
            answer: `${finding.facts.member} … IS LEARNER true`,
            healthy: 'IS LEARNER false on every line',
          },
        ],
});

function neverPromoted(
  chart: Chart,
  seen: readonly EtcdHost[],
  member: EtcdMember,
  evidence: EvidenceReader,
): readonly FoundOf<Facts>[] {
  const host = hostOfMember(chart, member);
  if (!host) {
    evidence.note(`etcd member ${member.id}`, 'its host', 'no host of the chart has its address');
    return [];
  }
  const process = evidence.process(host, 'etcd');
  const age = Date.parse(chart.now) - Date.parse(process?.startedAt ?? '');
  const voter = seen.find(one => one.host !== host);
  if (!process || !(age > settledMs) || !voter) return [];
  const { members } = voter.etcd;
  return [
    {
      variant: 'never-promoted',
      host: host.name,
      subject: { id: member.id },
      facts: {
        id: member.id,
        member: memberText(member),
        minutes: Math.floor(age / 60_000),
        voters: members.filter(one => !one.learner && one.name !== '').length,
        by: voter.host.name,
        members,
        since: process.startedAt,
      },
    },
  ];
}

function learnerAgain(host: HostChart, evidence: EvidenceReader): readonly FoundOf<Facts>[] {
  const line = (evidence.read(host.logs)?.etcd ?? []).findLast(one => tooMany.test(one))?.slice(0, 400);
  if (line === undefined) return [];
  // One that answers has got over it, or was never ended by it.
  const etcd = 'value' in host.etcd && host.etcd.value.members.length > 0;
  return etcd
    ? []
    : [
        {
          variant: 'learner-again',
          host: host.name,
          subject: { program: 'etcd' },
          facts: { line, ...('missing' in host.etcd && { silence: host.etcd.missing }) },
        },
      ];
}

/** etcd itself refuses to promote a learner that is not in sync with its leader. */
const promoted = (by: HostChart, id: string): Resource | undefined => {
  const [url, spoken] = [clientUrl(by), decimal(id)];
  if (url === undefined || spoken === undefined) return undefined;
  return {
    kind: 'command',
    host: by.name,
    key: `vote of etcd member ${id}`,
    stage: 'etcd',
    after: [],
    because: 'a member without a vote takes no part in the quorum',
    want: {
      risk: 'downtime',
      undo: { cannot: 'a voting member is not made a learner again: it can only be removed and added anew' },
      unless: scripts([
        askEtcd,
        sh`said=$(ask ${url} cluster/member/list '{}'); case $said in *'"members"'*) ;; \
*) echo 'etcd does not answer';; esac
printf '%s' "$said" | tr '{' '\\n' | grep -F ${`"ID":"${spoken}"`} | grep -q '"isLearner":true' && \
echo ${`member ${id} is a learner`}; true`,
      ]),
      run: scripts([
        askEtcd,
        quorumBehind(url),
        sh`said=$(ask ${url} cluster/member/promote ${`{"ID":"${spoken}"}`})
case $said in *'"members"'*) ;; *) echo "etcd refused: $said" >&2; exit 1;; esac`,
      ]),
    },
  };
};
