import type { Resource } from '../../../../model/resource.js';
import { defineCase, type FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { objectsSeen } from '../../../read/api-objects.js';
import {
  addressIn,
  clientUrl,
  decimal,
  type EtcdHost,
  type EtcdMember,
  etcdSeen,
  hostOfMember,
  memberText,
} from '../../../read/etcd-members.js';
import { type EvidenceReader, readEvidence } from '../../../read/evidence-reader.js';
import { flagsOf } from '../../../read/flags.js';
import { listAt } from '../../../read/yaml.js';
import { askEtcd, quorumBehind } from '../../../therapies/etcd.js';
import { scripts, sh } from '../../../../shell/sh.js';
import { etcdctl } from '../../../read/commands.js';
import { type Quote, quoted, quotedOn } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';

/** Nothing of it on a host of the cluster, or at addresses that belong to none; `error`: what asking there gave. */
type Where =
  | { readonly on: string }
  | { readonly at: string; readonly error?: { readonly endpoint: string; readonly answer: string } };

/** `member`: as the list of `members` has it. `id`: hexadecimal, as etcdctl prints it. */
interface Stale {
  readonly id: string;
  readonly member: string;
  readonly members: readonly EtcdMember[];
  readonly where: Where;
}

type Facts = {
  readonly 'never-started': Stale;
  readonly 'host-gone': Stale;
  readonly 'not-set-up': Stale;
};

const says = ({ host, variant, facts }: Found<Stale>): string =>
  `etcd on ${host} counts member ${facts.member}, but ${butText(variant === 'never-started', facts.where)}`;

const butText = (unnamed: boolean, where: Where): string => {
  if ('on' in where)
    return unnamed
      ? `none ever started on ${where.on}`
      : `${where.on} has neither a unit nor a static pod that starts etcd`;
  if (unnamed) return `none ever started at ${where.at}, which is not a host of this cluster`;
  return where.error
    ? `${where.at} is not a host of this cluster, and nobody answers there`
    : `${where.at} is neither a host nor a node of this cluster`;
};

const shows = ({ facts: { members, where } }: Found<Stale>): readonly Quote[] => [
  quoted('etcd', 'member list', members.map(memberText).join('\n')),
  ...('on' in where
    ? [quotedOn(where.on, 'processes', 'processes', `no etcd runs on ${where.on}`)]
    : where.error
      ? [quoted('etcd', where.error.endpoint, where.error.answer)]
      : []),
];

export default defineCase<Facts>({
  id: 'etcd-stale-member',
  precedence: 250,
  title: 'etcd still counts a member that no longer exists',
  variants: {
    'never-started': { means: 'a member was added, and no etcd ever started there', says, shows },
    'host-gone': { means: 'a member whose host is not a host of this cluster any more', says, shows },
    'not-set-up': {
      means: 'a member whose host is there and has neither an etcd nor anything that would start one',
      says,
      shows,
    },
  },
  told: [
    ['etcd', 'node-deleted', 'leaves-still'],
    ['node-deleted', 'joining', 'etcd'],
    ['node-deleted', 'joining'],
  ],
  symptoms: [
    { text: /check-etcd\b.{0,80}(?:etcd cluster is not healthy|error syncing endpoints with etcd)/ },
    { text: /re-configuration failed due to not enough started members/ },
    { text: /only promote a learner member which is in sync|too many learner members/ },
    { text: /health check for peer [0-9a-f]+ could not connect/, benign: 'a member that is just starting again' },
    {
      text: /failed to reach the peer ?URL|failed to get version of member/,
      benign: 'a member that is just starting again',
    },
    { text: /prober detected unhealthy status/, benign: 'a member that is just starting again' },
    // Asked for a new member while one that is counted does not answer.
    { text: /etcdserver: unhealthy cluster/ },
    { text: /failed to dial endpoint .{1,200}:2379/ },
  ],
  explains: ['not-highly-available/even-etcd', 'not-highly-available/etcd-on-one-host'],
  lab: true,
  sources: ['kubernetes/kubeadm#1211', 'kubernetes/kubeadm#1300', 'kubernetes/kubeadm#1432', 'etcd-io/etcd#11732'],
  badCures: [
    {
      cure: 'kubeadm reset on yet another control plane',
      why: 'it fails to remove its member while the list is unhealthy, and leaves a second stale one',
      text: /kubeadm reset.{0,60}rm -\w+/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    const [seen] = etcdSeen(chart, evidence);
    return evidence.verdict(seen ? seen.etcd.members.flatMap(member => stale(chart, seen, member, evidence)) : []);
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    const { id, member } = finding.facts;
    const want = host ? removed(host, id) : undefined;
    return want
      ? { title: `Take ${member} off the member list`, risk: 'downtime', backup: true, want: [want] }
      : {
          refused: 'no member that answers was seen, or its URL and the id of the one that is to go are none',
          advice: ['etcdctl member list', `etcdctl member remove ${id}, as long as the others have a quorum`],
        };
  },

  verify: (finding, chart) => [
    {
      host: finding.host,
      command: etcdctl(chart, finding.host, 'member list -w table'),
      answer: finding.shows[0]?.text ?? '',
      healthy: 'one started member for every etcd host, and no other',
    },
    {
      host: finding.host,
      command: etcdctl(chart, finding.host, 'endpoint health --cluster'),
      answer: 'failed to commit proposal, or no answer, for that member',
      healthy: 'is healthy, for each',
    },
  ],
});

const stale = (
  chart: Chart,
  seen: EtcdHost,
  member: EtcdMember,
  evidence: EvidenceReader,
): readonly FoundOf<Facts>[] => {
  const how = illness(chart, seen, member, evidence);
  return how === undefined
    ? []
    : [
        {
          variant: how.variant,
          host: seen.host.name,
          subject: { id: member.id },
          facts: { id: member.id, member: memberText(member), members: seen.etcd.members, where: how.where },
        },
      ];
};

interface Illness {
  readonly variant: keyof Facts;
  readonly where: Where;
}

const illness = (chart: Chart, seen: EtcdHost, member: EtcdMember, evidence: EvidenceReader): Illness | undefined => {
  const host = hostOfMember(chart, member);
  if (!host) return foreign(chart, seen, member, evidence);
  if (chart.stopped?.includes(host.name)) return undefined;
  const process = evidence.process(host, 'etcd');
  const files = evidence.read(host.files);
  if (process !== null || files === undefined) return undefined;
  const where = { on: host.name };
  if (member.name === '') return { variant: 'never-started', where };
  // What is set up and does not run is another case's business.
  return flagsOf(host, 'etcd').source !== undefined ? undefined : { variant: 'not-set-up', where };
};

/** A host that was not asked is not proof by itself: nobody may answer there, or no such node may exist. */
const foreign = (chart: Chart, seen: EtcdHost, member: EtcdMember, evidence: EvidenceReader): Illness | undefined => {
  const addresses = member.peerUrls.map(addressIn);
  const place = addresses.join(', ');
  if (member.name === '') return { variant: 'never-started', where: { at: place } };
  const status = seen.etcd.status.find(
    one => addresses.includes(addressIn(one.endpoint)) || one.memberId === member.id,
  );
  if (status?.error !== undefined)
    return {
      variant: 'host-gone',
      where: { at: place, error: { endpoint: status.endpoint, answer: status.error } },
    };
  if (status) return undefined;
  if (!member.peerUrls.some(url => /^https?:\/\/(\[[0-9a-f:.]+\]|[\w.-]+)(:\d+)?\/?$/i.test(url))) {
    evidence.note(`etcd member ${member.id}`, 'peer URLs', 'no address can be read in them');
    return undefined;
  }
  const nodes = objectsSeen(evidence, chart, 'nodes');
  if (
    nodes === undefined ||
    nodes.some(node => listAt(node, 'status', 'addresses').some(one => addresses.includes(String(one.address))))
  ) {
    if (nodes) evidence.note(place, 'etcd', 'this member’s host was not asked');
    return undefined;
  }
  return { variant: 'host-gone', where: { at: place } };
};

/** etcd itself refuses (strict reconfiguration check) what would cost the quorum; the script asks before. */
const removed = (host: HostChart, id: string): Resource | undefined => {
  const [url, spoken] = [clientUrl(host), decimal(id)];
  if (url === undefined || spoken === undefined) return undefined;
  return {
    kind: 'cleanup',
    host: host.name,
    key: `etcd member ${id}`,
    stage: 'etcd',
    after: [],
    because: 'a member that does not exist counts against the quorum',
    want: {
      risk: 'downtime',
      undo: { cannot: 'a member that was removed is only added again by hand (the backup of etcd was made before)' },
      find: scripts([
        askEtcd,
        sh`case $(ask ${url} cluster/member/list '{}') in *${`"ID":"${spoken}"`}*) echo ${`member ${id}`};; \
*'"members"'*) ;; *) echo 'etcd does not answer';; esac`,
      ]),
      remove: scripts([
        askEtcd,
        quorumBehind(url),
        sh`said=$(ask ${url} cluster/member/remove ${`{"ID":"${spoken}"}`})
case $said in *'"members"'*) ;; *) echo "etcd refused: $said" >&2; exit 1;; esac`,
      ]),
    },
  };
};
