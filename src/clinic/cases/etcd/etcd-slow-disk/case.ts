import { healthOf } from '../../../../model/components.js';
import { defineCase, type FoundOf } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { type EvidenceReader, readEvidence } from '../../../read/evidence-reader.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf } from '../../../read/hosts.js';
import type { Benign, Found } from '../../../examine/verdict.js';
import { logsOf } from '../../../read/commands.js';
import { pattern } from '../../../../model/pattern.js';
import { type Quote, quoted } from '../../../read/quote.js';

/** etcd's own advice for a disk (op-guide/hardware): 99 of 100 fsyncs of the log end within 10 ms. */
const advised = 0.01;
/**
 * The histogram counts since etcd's start: before, it tells of the cluster being built on that disk, not of the disk.
 */
const tellingMs = 15 * 60_000;

/** Seconds. `p99`: 99 of 100 writes of the log take less; `late`: etcd's own words of a heartbeat that it sent late. */
type Facts = {
  readonly fsync: { readonly p99: number; readonly heartbeat: number; readonly late?: string };
  readonly 'heartbeats-late': { readonly p99: number; readonly late: string };
};

const metrics = `http://127.0.0.1:${healthOf('etcd').port}/metrics`;

export default defineCase<Facts>({
  id: 'etcd-slow-disk',
  precedence: 320,
  title: 'The disk is too slow for etcd',
  variants: {
    fsync: {
      means: 'writing the log to the disk takes longer than the heartbeat that must not wait for it',
      says: ({ host, facts }) =>
        `one in a hundred writes of etcd’s log on ${host} takes ${milliseconds(facts.p99)} or longer to reach ` +
        'the disk, ' +
        `but a heartbeat is due every ${milliseconds(facts.heartbeat)}`,
      shows: proof,
    },
    'heartbeats-late': {
      means: 'writing the log is slower than advised, and the leader has sent its heartbeats late',
      says: ({ host, facts }) =>
        `etcd on ${host} sent heartbeats late, and one in a hundred writes of its log takes ` +
        `${milliseconds(facts.p99)} or longer, where ${milliseconds(advised)} are advised`,
      shows: proof,
    },
  },
  told: [
    ['etcd', 'slow-disk'],
    ['leader-changes', 'slow-disk'],
    ['etcd', 'leader-changes'],
  ],
  symptoms: [
    { text: /failed to send out heartbeat on time/, benign: 'a few lines while the host was busy, if fsync is fast' },
    {
      text: pattern(
        /apply (?:request|entries) took too long|ReadIndex response took too long/,
        /|took too long \(.{1,20}\) to execute/,
      ),
      benign: 'single requests for large lists',
    },
    { text: /leader failed to send out heartbeat on time; took too long, leader is overloaded likely from slow disk/ },
    { text: /server is likely overloaded|timed out waiting for read index response/ },
    { text: /leaderelection lost/, benign: 'once, after the API server was restarted' },
    { text: /sync duration of [\d.]+m?s, expected less than 1s|slow fdatasync/ },
  ],
  explains: ['quorum-lost/no-leader', 'waiting-for-leader-lease/holder-dead'],
  byItself: true,
  lab: false,
  spare: ['files'],
  sources: [
    'rancher/rke#2295',
    'kubernetes/kubernetes#74340',
    'kubernetes/kubernetes#65966',
    'https://etcd.io/docs/v3.4/op-guide/hardware/',
    'https://etcd.io/docs/v3.4/tuning/',
  ],
  badCures: [
    {
      cure: 'a longer --election-timeout alone',
      why: 'elections become rare, and every write stays slow: a lost leader is noticed later',
    },
    {
      cure: 'etcdctl check perf on a cluster that is in use',
      why: 'it writes thousands of keys to the very disk that is too slow',
      text: /etcdctl .{0,120}check perf/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    const all = hostsOf(chart, 'etcd').map(host => judge(host, evidence));
    return evidence.verdict(
      all.flatMap(one => one.findings),
      { benign: all.flatMap(one => one.benign) },
    );
  },

  therapy: finding => ({
    refused: `no setting makes the disk of ${finding.host} faster`,
    advice: [
      'give /var/lib/etcd an SSD, or at least a disk of its own: no container images, no logs beside it',
      'find who else writes there: pidstat -d 5 (or iotop), and the events of a noisy neighbour on shared storage',
      'move one member at a time: stop it, copy its data directory, mount, start; each healthy before the next',
      'across distant sites: raise --heartbeat-interval and --election-timeout on all members alike (ten times ' +
        'the round trip)',
    ],
  }),

  verify: (finding, chart) => [
    {
      host: finding.host,
      command: `curl -s ${metrics} | grep etcd_disk_wal_fsync_duration_seconds_bucket`,
      answer: finding.shows[0]?.text ?? '',
      healthy: '99 of 100 at or below le="0.008"',
    },
    {
      host: finding.host,
      command: `{ ${logsOf(chart, finding.host, 'etcd', 2000)}; } 2>&1 | grep -c "heartbeat on time"`,
      answer: finding.shows.at(-1)?.text ?? '',
      healthy: '0',
    },
  ],
});

interface Judgement {
  readonly findings: readonly FoundOf<Facts>[];
  readonly benign: readonly Benign[];
}

const judge = (host: HostChart, evidence: EvidenceReader): Judgement => {
  const seen = evidence.read(host.etcd);
  const lines = evidence.read(host.logs)?.etcd ?? [];
  const process = evidence.process(host, 'etcd'); // --heartbeat-interval is there too
  const p99 = seen?.fsyncP99;
  if (seen && p99 === undefined) evidence.note(host.name, 'etcd fsync', 'etcd’s metrics were not seen');
  if (p99 === undefined || process === undefined) return { findings: [], benign: [] };
  const heartbeat = Number(flagsOf(host, 'etcd').inForce?.get('heartbeat-interval') ?? '100') / 1000;
  const late = lines.findLast(line => /failed to send out heartbeat on time/.test(line));
  const started = process?.startedAt;
  const age = Date.parse(host.etcd.at) - Date.parse(started ?? '');
  if (started !== undefined && Number.isNaN(age)) {
    evidence.note(
      host.name,
      'the start of etcd',
      `${started} is not a time: whether it has run long enough to judge its disk is not known`,
    );
    return { findings: [], benign: [] };
  }
  const young = age < tellingMs;
  if (young && p99 > advised && (p99 > heartbeat || late !== undefined))
    return {
      findings: [],
      benign: [
        {
          line: late ?? `wal fsync, 99th percentile: ${milliseconds(p99)}`,
          because:
            `etcd has run since ${started} only: it counts what was written while the host was being set up (ask ` +
            'again a quarter of an hour after its start)',
          host: host.name,
        },
      ],
    };
  const at = { host: host.name, subject: { path: '/var/lib/etcd' } };
  if (p99 > heartbeat)
    return {
      benign: [],
      findings: [
        {
          variant: 'fsync',
          ...at,
          facts: { p99, heartbeat, ...(late !== undefined && { late }) },
        },
      ],
    };
  if (late === undefined) return { findings: [], benign: [] };
  if (p99 <= advised)
    return {
      findings: [],
      benign: [
        { line: late, because: `its disk is fast (${milliseconds(p99)}): the host was busy then`, host: host.name },
      ],
    };
  return {
    benign: [],
    findings: [
      {
        variant: 'heartbeats-late',
        ...at,
        facts: { p99, late },
      },
    ],
  };
};

const milliseconds = (seconds: number): string => `${Math.round(seconds * 1000)} ms`;

function proof({ facts: { p99, late } }: Found<Facts['fsync' | 'heartbeats-late']>): readonly Quote[] {
  return [
    quoted('etcd', 'wal fsync, 99th percentile', milliseconds(p99)),
    ...(late === undefined ? [] : [quoted('logs', 'etcd', late)]),
  ];
}
