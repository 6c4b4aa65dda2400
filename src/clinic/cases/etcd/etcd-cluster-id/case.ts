import { absolutePath } from '../../../../model/path.js';
import { defineCase, type FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { addressIn, type EtcdHost, etcdSeen, hostOfMember, memberText, ownStatus } from '../../../read/etcd-members.js';
import { type EvidenceReader, readEvidence } from '../../../read/evidence-reader.js';
import { hostsOf } from '../../../read/hosts.js';
import { rejoined } from './rejoin.js';
import { etcdctl, logsOf } from '../../../read/commands.js';
import { quoted, quotedOn } from '../../../read/quote.js';
import { type Witnessed, type Facts, proof } from './facts.js';

export default defineCase<Facts>({
  id: 'etcd-cluster-id',
  precedence: 310,
  title: 'An etcd member with the data of another cluster, or with none',
  variants: {
    'another-cluster': {
      means: 'the member’s data belong to another etcd cluster than the others’',
      says: ({ host, facts }) =>
        `etcd on ${host} belongs to cluster ${facts.own}, but that on ${facts.members.join(', ')} to cluster ` +
        `${facts.others}`,
      shows: ({ facts: { own, others, members } }) => [
        quoted('etcd', 'cluster id', own),
        ...members.slice(0, 1).map(one => quotedOn(one, 'etcd', 'cluster id', others)),
      ],
    },
    'removed-member': {
      means: 'the others have removed the member, and it still has its old data',
      says: ({ host, facts }) =>
        `etcd on ${host} has the data of a member that ${facts.witness} and the others have removed`,
      shows: proof,
    },
    'already-bootstrapped': {
      means: 'the member’s data are lost, and it tries to bootstrap the cluster anew',
      says: ({ host, facts }) =>
        `etcd on ${host} has lost its data and tries to bootstrap the cluster, but ${facts.witness} already ` +
        `counts it as ${facts.counted}`,
      shows: proof,
    },
    'data-lost': {
      means: 'the member came back with less than it had acknowledged: its data are lost, in whole or in part',
      says: ({ host, facts }) =>
        `etcd on ${host} ends itself again and again, since ${facts.witness}, which counts it as ${facts.counted}, ` +
        'knows it to have acknowledged more than it has',
      shows: proof,
    },
    'data-missing': {
      means: 'the host knows itself as a member, and its data directory is blank: etcd is held back',
      says: ({ host, facts }) =>
        facts.disk === undefined
          ? `etcd on ${host} is not started: its data are gone, and ${facts.witness} counts it as ${facts.counted}`
          : `etcd on ${host} is not started: its disk is not mounted on ${facts.disk}; ${facts.witness} counts it as ` +
            facts.counted,
      shows: proof,
    },
  },
  told: [
    ['etcd', 'etcd-data', 'wiped', 'falls-apart'],
    ['etcd', 'wiped', 'some-only'],
  ],
  symptoms: [
    { text: /request (sent was ignored \()?cluster ID mismatch/ },
    { text: /member [0-9a-f]+ has already been bootstrapped/ },
    { text: /the member has been permanently removed from the cluster/ },
    // The others’ side of it: the removed one still runs, and they send it away.
    { text: /rejected (?:the )?stream from (?:remote )?peer.{0,80}(?:since|because) it was removed/ },
    { text: /tocommit\(\d+\) is out of range|Was the raft log corrupted, truncated, or lost/ },
    { text: /cluster ID mismatch/ },
    { text: /etcd is not started: its (disk is not mounted|data are gone)/ },
    { text: /member count is unequal|unmatched member while checking PeerURLs/ },
  ],
  // Whose data are others sees a world without the cluster's objects: roles, tokens, nodes.
  explains: [
    'not-highly-available',
    'etcd-stale-member',
    'quorum-lost',
    'waiting-for-leader-lease',
    'encryption-config-mismatch',
    'service-account-key-mismatch',
    'master-endpoints-reset',
    'etcd-peer-san',
    'forbidden-for-component',
    'apiserver-to-kubelet-forbidden',
    'bootstrap-token-expired',
    'node-not-ready-cni',
    'podcidr-unassigned',
  ],
  lab: true,
  sources: ['etcd-io/etcd#2780', 'etcd-io/etcd#3710', 'etcd-io/etcd#10828', 'rancher/rke#2512'],
  badCures: [
    {
      cure: 'emptying the data directory and starting again',
      why:
        'as long as the others count the old member, a new one is refused or comes back without what it had ' +
        'acknowledged',
      text: /rm -\w+ .{0,40}\/var\/lib\/etcd/,
    },
    { cure: 'etcd --force-new-cluster there', why: 'it makes the split for good', text: /--force-new-cluster/ },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    const seen = etcdSeen(chart, evidence);
    for (const one of seen)
      if (!ownStatus(one)) evidence.note(one.host.name, 'etcd status', 'its own etcd told nothing of itself');
    const known = majority(seen);
    if (!known) return evidence.verdict([]);
    return evidence.verdict([
      ...seen.filter(one => idOf(one) !== undefined && idOf(one) !== known.id).map(one => split(one, known)),
      ...hostsOf(chart, 'etcd')
        .filter(host => 'missing' in host.etcd)
        .flatMap(host => refused(chart, host, known, evidence)),
    ]);
  },

  therapy(finding, chart) {
    if (finding.variant === 'data-missing' && finding.facts.disk !== undefined) return mountFirst(finding.facts.disk);
    const host = chart.hosts.get(finding.host);
    const other = majority(etcdSeen(chart, readEvidence()))?.members.find(one => one.host.name !== finding.host);
    const want = host && other ? rejoined(host, other) : [];
    if (want.length > 0)
      return {
        title: `Put the data of etcd on ${finding.host} aside and join it to the others as a new member`,
        risk: 'data',
        backup: true,
        want,
      };
    return {
      refused: 'how etcd is started there, or by which names and URLs the members call each other, was not seen',
      advice: [
        'stop etcd there and move its data directory aside: never delete it',
        'through another member: etcdctl member remove, then member add',
        'start it with --initial-cluster-state=existing and the present members in --initial-cluster',
      ],
    };
  },

  verify: (finding, chart) => [
    {
      host: finding.host,
      command:
        `${etcdctl(chart, finding.host, 'endpoint status --cluster -w json')} | grep -o '"cluster_id":[0-9]*' | ` +
        'sort | uniq -c',
      answer: finding.shows.map(one => one.text).join(' / '),
      healthy: 'one cluster id, as often as there are members',
    },
    {
      host: finding.host,
      command: logsOf(chart, finding.host, 'etcd'),
      answer:
        finding.variant === 'another-cluster'
          ? 'request sent was ignored (cluster ID mismatch: …)'
          : (finding.shows[0]?.text ?? ''),
      healthy: 'no mismatch of cluster ids',
    },
  ],
});

const idOf = (one: EtcdHost): string | undefined => ownStatus(one)?.clusterId;

interface Known {
  readonly id: string;
  readonly members: readonly EtcdHost[];
}

/** The cluster in which most hosts are. Of two equal halves neither is right by itself: the larger member list is. */
const majority = (seen: readonly EtcdHost[]): Known | undefined => {
  const by = new Map<string, EtcdHost[]>();
  for (const one of seen) {
    const id = idOf(one);
    if (id !== undefined) by.set(id, [...(by.get(id) ?? []), one]);
  }
  const [best] = [...by].sort(
    ([, a], [, b]) => b.length - a.length || (b[0]?.etcd.members.length ?? 0) - (a[0]?.etcd.members.length ?? 0),
  );
  return best && { id: best[0], members: best[1] };
};

const split = (one: EtcdHost, { id, members }: Known): FoundOf<Facts> => ({
  variant: 'another-cluster',
  host: one.host.name,
  subject: { program: 'etcd' },
  facts: { own: String(idOf(one)), others: id, members: members.map(each => each.host.name) },
});

const lines = [
  ['removed-member', /permanently removed from the cluster/],
  ['already-bootstrapped', /has already been bootstrapped/],
  ['data-lost', /tocommit\(\d+\) is out of range/],
  ['data-missing', /etcd is not started: its (disk is not mounted|data are gone)/],
] as const;

/** As blueprint/components/etcd-member.ts says it. */
const diskIn = (line: string): { readonly disk?: string } => {
  const path = absolutePath(/its disk is not mounted\. .* whose data lie on (\S+), and/.exec(line)?.[1] ?? '');
  return path === undefined ? {} : { disk: path };
};

const mountFirst = (disk: string) => ({
  refused: 'its data may be whole, on the disk that is not mounted: made anew it would lose them for nothing',
  advice: [
    `mount the disk on ${disk}, and write it into /etc/fstab: etcd then starts by itself`,
    'is the disk lost: rm /etc/kubernetes/etcd-member there, and kw up joins it as a new member',
  ],
});

/** It does not answer: the last of its own words count, and what the others say of it must agree. */
const refused = (
  chart: Chart,
  host: HostChart,
  { members }: Known,
  evidence: EvidenceReader,
): readonly FoundOf<Facts>[] => {
  const log = evidence.read(host.logs)?.etcd ?? [];
  const [witness] = members;
  if (!witness) return [];
  const listed = witness.etcd.members.find(
    member =>
      hostOfMember(chart, member)?.name === host.name || member.peerUrls.some(url => addressIn(url) === host.address),
  );
  const message = log
    .map(line => ({ line, variant: lines.find(([, text]) => text.test(line))?.[0] }))
    .findLast(one => one.variant !== undefined);
  if (message?.variant === undefined || (message.variant === 'removed-member') === (listed !== undefined)) return [];
  const counted: Witnessed = {
    witness: witness.host.name,
    counted: listed ? memberText(listed) : 'a member',
    members: witness.etcd.members,
    line: message.line,
  };
  return [
    {
      variant: message.variant,
      host: host.name,
      subject: { program: 'etcd' },
      facts: message.variant === 'data-missing' ? { ...counted, ...diskIn(message.line) } : counted,
    },
  ];
};
