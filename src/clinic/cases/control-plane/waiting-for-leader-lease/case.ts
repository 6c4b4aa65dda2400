import { defineCase, type FoundOf } from '../../../case.js';
import type { ApiObject, Chart } from '../../../chart/chart.js';
import { inNamespace, objectsSeen, shownObject } from '../../../read/api-objects.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { flagsOf } from '../../../read/flags.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { hostsOf } from '../../../read/hosts.js';
import { isOurs } from '../../../read/supervision.js';
import { at } from '../../../read/yaml.js';
import { restoreAt } from '../../../therapies/restore.js';
import type { Benign } from '../../../examine/verdict.js';

const programs = ['kube-controller-manager', 'kube-scheduler'] as const;
type Program = (typeof programs)[number];

/** `now` and `lease.renewed`: ISO times; no `lease`: there is none; an empty `holder`: nobody. */
type Late = {
  readonly program: Program;
  readonly now: string;
  readonly lease?: { readonly holder: string; readonly renewed: string };
};

type Facts = {
  readonly nobody: Late;
  /** `running`: hosts that run one. */
  readonly 'holder-dead': Late & { readonly running: readonly string[] };
};
const line = 'attempting to acquire leader lease kube-system/';

export default defineCase<Facts>({
  id: 'waiting-for-leader-lease',
  precedence: 340,
  title: 'Nobody leads: the leader lease is not held by a living process',
  founding: 13,
  variants: {
    nobody: {
      means: 'the lease has run out, and no process of that component runs that could take it',
      says: ({ facts }) => `${lateText(facts)}, and no control plane runs a ${facts.program}`,
    },
    'holder-dead': {
      means: 'the lease has run out, its holder does not run or hangs, and those who wait cannot take it',
      says: ({ facts }) =>
        `${lateText(facts)}; ${facts.running.join(', ')} run${facts.running.length === 1 ? 's' : ''} one, which does ` +
        'not take it',
    },
  },
  symptoms: [
    {
      text: /attempting to acquire leader lease/,
      benign: 'the usual line of every replica that is not the leader: it waits, as it should',
    },
    {
      text: /failed to acquire lease|leaderelection lost|error retrieving resource lock/,
      benign: 'once, when an API server restarts: another replica leads then',
    },
  ],
  explains: [],
  lab: true,
  spare: ['files'], // only who runs counts
  sources: ['kubernetes/kubernetes#107678', 'k8s.io/client-go tools/leaderelection (1.20.2)'],
  badCures: [
    {
      cure: 'kubectl delete lease kube-scheduler -n kube-system',
      why: 'the lease is not the lock that hangs: whoever lives takes an old one within 15 seconds',
      text: /kubectl .{0,40}delete lease/,
    },
    { cure: '--leader-elect=false', why: 'then two lead at once', text: /--leader-elect=false/ },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    const leases = objectsSeen(evidence, chart, 'leases.coordination.k8s.io');
    const all = programs.map(program => read(chart, program, leases, evidence));
    return evidence.verdict(
      all.flatMap(one => one.findings),
      { benign: all.flatMap(one => one.benign) },
    );
  },

  therapy(finding, chart) {
    const { program } = finding.facts;
    const idle = hostsOf(chart, 'controlPlane').filter(host => !flagsOf(host, program).running);
    const want = isOurs(chart)
      ? idle.flatMap(host =>
          restoreAt(chart, host.name, `${program}.service`, `/etc/systemd/system/${program}.service`),
        )
      : [];
    if (want.length > 0)
      return { title: `Start ${program} on ${idle.map(host => host.name).join(', ')}`, risk: 'none', want };
    return {
      refused: `why ${program} does not lead is another illness: its log says which`,
      advice: [
        `ls /etc/kubernetes/manifests/${program}.yaml; crictl ps -a --name ${program}; crictl logs of the last one`,
        `without a manifest: kubeadm init phase control-plane ${program.replace('kube-', '')}`,
      ],
    };
  },

  verify: finding => [
    {
      host: 'cluster',
      command: `kubectl -n kube-system get lease ${finding.facts.program} -o yaml`,
      answer: finding.shows[0]?.text ?? '',
      healthy: 'a holderIdentity of a control plane, and a renewTime of the last seconds',
    },
  ],
});

/** Leases were the lock since 1.20; before, annotations of Endpoints. Their clocks are the holders': 60 s pass. */
const graceMs = 60_000;
/** A process has connected, filled its caches and asked for the lease a few times by then, also on a slow machine. */
const settledMs = 120_000;
/** Whoever cannot renew ends itself after 10 s (client-go); one that runs on all this time without renewing hangs. */
const hangsMs = 300_000;

const whenText = (lease: Late['lease']): string =>
  lease ? `was last renewed at ${lease.renewed} by ${lease.holder || 'nobody'}` : 'does not exist';
const lateText = ({ program, lease, now }: Late): string => `the lease of ${program} ${whenText(lease)}, it is ${now}`;

type Said = { readonly findings: readonly FoundOf<Facts>[]; readonly benign: readonly Benign[] };
const nothing: Said = { findings: [], benign: [] };

function read(
  chart: Chart,
  program: Program,
  leases: readonly ApiObject[] | undefined,
  evidence: EvidenceReader,
): Said {
  const hosts = hostsOf(chart, 'controlPlane');
  for (const host of hosts) evidence.read(host.processes);
  const running = hosts.flatMap(host => startOf(host, program) ?? []);
  const lease = leases?.find(one => inNamespace(one, 'kube-system', program));
  if (!leases || running.some(({ host }) => flagsOf(host, program).running?.get('leader-elect') === 'false'))
    return nothing;
  const held = heldBy(chart, lease);
  const unclear = (what: string, text: string): Said => {
    evidence.note('cluster', what, `${text || 'nothing'} is not a time`);
    return nothing;
  };
  if (Number.isNaN(held.lateMs)) return unclear(`the lease of ${program}`, held.renewed);
  const waiting = running.filter(({ host }) => host.name !== held.name);
  if (held.lateMs <= held.durationMs + graceMs)
    return {
      findings: [],
      benign: waiting.map(({ host }) => ({
        line: `${line}${program}`,
        host: host.name,
        because: `${held.name} leads: it renewed the lease at ${held.renewed}`,
      })),
    };
  const shows = [
    shownObject(
      chart,
      'leases.coordination.k8s.io',
      `kube-system/${program}`,
      lease ? `holderIdentity: ${held.holder}, renewTime: ${held.renewed}` : 'not found',
    ),
  ];
  const late: Late = {
    program,
    now: chart.now,
    ...(lease && { lease: { holder: held.holder, renewed: held.renewed } }),
  };
  const all = hosts.every(host => 'value' in host.processes);
  if (running.length === 0)
    return {
      benign: [],
      findings: all
        ? [
            {
              variant: 'nobody',
              host: 'cluster',
              subject: { program },
              facts: late,
              shows,
            },
          ]
        : [],
    };
  const undated = running.find(({ since }) => Number.isNaN(since));
  if (undated) return unclear(`the start of ${program} on ${undated.host.name}`, 'what was seen');
  const excuse = excused(held, running, all);
  if (excuse !== undefined)
    return {
      findings: [],
      benign: running.map(({ host }) => ({
        line: `${line}${program}`,
        host: host.name,
        because: `the lease ${whenText(late.lease)}, and ${excuse}`,
      })),
    };
  return {
    benign: [],
    findings: [
      {
        variant: 'holder-dead',
        host: 'cluster',
        subject: { program },
        facts: { ...late, running: running.map(({ host }) => host.name) },
        shows,
      },
    ],
  };
}

interface Running {
  readonly host: HostChart;
  readonly since: number;
}

const startOf = (host: HostChart, program: string): Running | undefined => {
  const process = 'value' in host.processes ? host.processes.value.find(one => one.program === program) : undefined;
  return process && { host, since: Date.parse(process.startedAt) };
};

interface Held {
  readonly holder: string;
  readonly name: string;
  readonly renewed: string;
  readonly durationMs: number;
  readonly lateMs: number;
  readonly seenAt: number;
}

/** How late it is by the moment at which the API was asked: what else was gathered took its time. */
const heldBy = (chart: Chart, lease: ApiObject | undefined): Held => {
  const holder = String(at(lease, 'spec', 'holderIdentity') ?? '');
  const renewed = String(at(lease, 'spec', 'renewTime') ?? '');
  const seenAt = Date.parse(chart.api.objects['leases.coordination.k8s.io']?.at ?? chart.now);
  return {
    holder,
    name: holder.replace(/_.*$/, ''),
    renewed,
    seenAt,
    durationMs: Number(at(lease, 'spec', 'leaseDurationSeconds') ?? 15) * 1000,
    lateMs: !lease || holder === '' ? Infinity : seenAt - Date.parse(renewed),
  };
};

/** Why a late lease is not an illness yet: its holder must be proven dead, and those who could take it must leave it. */
const excused = (
  { name, renewed, lateMs, seenAt }: Held,
  running: readonly Running[],
  all: boolean,
): string | undefined => {
  if (running.every(one => seenAt - one.since < settledMs)) return 'those who could take it have only just started';
  if (lateMs >= hangsMs) return undefined;
  const holder = running.find(one => one.host.name === name);
  if (holder && !(holder.since > Date.parse(renewed)))
    return 'its holder runs: a slow API server, or it is about to end itself';
  return all ? undefined : 'whether its holder runs could not be seen';
};
