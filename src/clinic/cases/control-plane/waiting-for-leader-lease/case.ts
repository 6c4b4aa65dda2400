import { defineCase, type FoundOf } from '../../../case.js';
import type { ApiObject, Chart } from '../../../chart/chart.js';
import type { Benign, Found } from '../../../examine/verdict.js';
import { inNamespace, objectsSeen } from '../../../read/api-objects.js';
import { type EvidenceReader, readEvidence } from '../../../read/evidence-reader.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf } from '../../../read/hosts.js';
import { isOurs } from '../../../read/supervision.js';
import { restoreAt } from '../../../therapies/restore.js';
import {
  type Late,
  lateText,
  leaseOf,
  type Program,
  programs,
  type Running,
  startOf,
  whenText,
  whyNotYet,
} from './lease.js';
import { type Held, outsideHolder } from './outside-holder.js';
import { type Quote, quotedObject } from '../../../read/quote.js';

/** `running`: hosts that run one. */
type Facts = {
  readonly nobody: Late;
  readonly 'holder-dead': Late & { readonly running: readonly string[] };
  readonly 'held-by-stranger': Held;
};

export default defineCase<Facts>({
  id: 'waiting-for-leader-lease',
  precedence: 340,
  title: 'Nobody leads: the leader lease is not held by a living process',
  founding: 13,
  variants: {
    nobody: {
      means: 'the lease has run out, and no process of that component runs that could take it',
      says: ({ facts }) => `${lateText(facts)}, and no control plane runs a ${facts.program}`,
      shows: proof,
    },
    'holder-dead': {
      means: 'the lease has run out, its holder does not run or hangs, and those who wait cannot take it',
      says: ({ facts }) =>
        `${lateText(facts)}; ${facts.running.join(', ')} run${facts.running.length === 1 ? 's' : ''} one, which does ` +
        'not take it',
      shows: proof,
    },
    'held-by-stranger': {
      means: 'the lease is renewed by somebody who is no control plane of this cluster, and its own replicas wait',
      says: ({ facts }) =>
        `the lease of ${facts.program} is held by ${facts.holder}, who renewed it at ${facts.renewed} and ` +
        `${facts.node === undefined ? 'is no host of this cluster' : `is the worker ${facts.node}`}: ` +
        `${facts.waiting.join(', ')} wait for it, and do nothing`,
      shows: finding => proof({ ...finding, facts: { program: finding.facts.program, lease: finding.facts } }),
    },
  },
  told: [['lease-wait', 'nothing-happens']],
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
    const all = programs.map(program => leadership(chart, program, leases, evidence));
    return evidence.verdict(
      all.flatMap(one => one.findings),
      { benign: all.flatMap(one => one.benign) },
    );
  },

  therapy(finding, chart) {
    const { program } = finding.facts;
    if (finding.variant === 'held-by-stranger')
      return {
        refused: `a ${program} that runs elsewhere with a credential of this cluster is its owner’s to stop`,
        advice: [
          `stop the ${program} of ${finding.facts.holder}: a copy of a control plane, a test, an old host`,
          'within a minute one of the control planes takes the lease by itself',
          'take its credential from it, or sign a new CA: with that key it comes back',
        ],
      };
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

function proof({ facts: { program, lease } }: Found<Pick<Late, 'program' | 'lease'>>): readonly Quote[] {
  const text = lease ? `holderIdentity: ${lease.holder}, renewTime: ${lease.renewed}` : 'not found';
  return [quotedObject('leases.coordination.k8s.io', `kube-system/${program}`, text)];
}

type Reading = { readonly findings: readonly FoundOf<Facts>[]; readonly benign: readonly Benign[] };
const nothing: Reading = { findings: [], benign: [] };

/** That a process waits for the lease, and why that is as it should be. */
const harmless = (program: Program, waiting: readonly Running[], because: string): Reading => ({
  findings: [],
  benign: waiting.map(({ host }) => ({
    line: `attempting to acquire leader lease kube-system/${program}`,
    host: host.name,
    because,
  })),
});

function leadership(
  chart: Chart,
  program: Program,
  leases: readonly ApiObject[] | undefined,
  evidence: EvidenceReader,
): Reading {
  const hosts = hostsOf(chart, 'controlPlane');
  for (const host of hosts) evidence.read(host.processes);
  const running = hosts.flatMap(host => startOf(host, program) ?? []);
  if (!leases || running.some(({ host }) => flagsOf(host, program).running?.get('leader-elect') === 'false'))
    return nothing;
  const object = leases.find(one => inNamespace(one, 'kube-system', program));
  const lease = leaseOf(chart, object);
  const unclear = (what: string, text: string): Reading => {
    evidence.note('cluster', what, `${text || 'nothing'} is not a time`);
    return nothing;
  };
  if (Number.isNaN(lease.lateMs)) return unclear(`the lease of ${program}`, lease.renewed);
  if (lease.held) {
    const waiting = running.filter(({ host }) => host.name !== lease.holderHost);
    const outside = outsideHolder(chart, program, lease, running, evidence);
    if (outside)
      return {
        benign: [],
        findings: [
          {
            variant: 'held-by-stranger',
            host: outside.node ?? 'cluster',
            subject: { program },
            facts: outside,
          },
        ],
      };
    return harmless(program, waiting, `${lease.holderHost} leads: it renewed the lease at ${lease.renewed}`);
  }
  const undated = running.find(({ since }) => Number.isNaN(since));
  if (undated) return unclear(`the start of ${program} on ${undated.host.name}`, 'what was seen');
  const late: Late = {
    program,
    now: chart.now,
    ...(object && { lease: { holder: lease.holder, renewed: lease.renewed } }),
  };
  const sawAll = hosts.every(host => 'value' in host.processes);
  const excuse = running.length > 0 ? whyNotYet(lease, running, sawAll) : undefined;
  if (excuse !== undefined) return harmless(program, running, `the lease ${whenText(late.lease)}, and ${excuse}`);
  if (running.length === 0 && !sawAll) return nothing;
  const at = {
    host: 'cluster',
    subject: { program },
  };
  const names = running.map(({ host }) => host.name);
  return {
    benign: [],
    findings: [
      names.length === 0
        ? { variant: 'nobody', ...at, facts: late }
        : { variant: 'holder-dead', ...at, facts: { ...late, running: names } },
    ],
  };
}
