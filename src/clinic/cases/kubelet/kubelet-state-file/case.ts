import { defineCase, type FoundOf } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { kubeletOf } from '../../../read/kubelet.js';
import { freshUnit, noFile } from '../../../therapies/files.js';
import { notReady } from '../../../symptoms.js';
import { absolutePath } from '../../../../model/path.js';
import { idOf } from '../../../../model/resource.js';
import { sh } from '../../../../shell/sh.js';
import type { Found } from '../../../examine/verdict.js';
import { quoted, type Quote } from '../../../read/quote.js';

/** `file`: in which the kubelet keeps what it has dealt out; `line`: its last word about it. */
type Kept = { readonly file: string; readonly line: string };
type Facts = { readonly cpu: Kept; readonly memory: Kept };

const says =
  (whose: string) =>
  ({ host, facts }: { readonly host: string; readonly facts: Kept }): string =>
    `the kubelet on ${host} does not start: what its ${whose} manager kept in ${facts.file} does not fit its ` +
    `settings or its machine: ${facts.line}`;

export default defineCase<Facts>({
  id: 'kubelet-state-file',
  precedence: 95,
  title: 'The kubelet does not start over the state that its cpu or memory manager kept',
  variants: {
    cpu: { means: 'the checkpoint of the cpu manager does not fit', says: says('cpu'), shows: proof },
    memory: { means: 'the checkpoint of the memory manager does not fit', says: says('memory'), shows: proof },
  },
  told: [['state-file'], ['kubelet', 'cpus-changed', 'not-starting'], ['state-file', 'kubelet']],
  symptoms: [
    { text: /could not restore state from checkpoint/ },
    { text: /configured policy "[^"]*" differs from state checkpoint policy "[^"]*"/ },
    { text: /delete the (?:CPU|memory) manager checkpoint file "[^"]+" before restarting Kubelet/ },
    { text: /start (?:cpu|memory) ?manager error/i },
    { text: /expected machine state is different from the real one/ },
    { text: /static policy invalid state|remove policy state file/ },
    { text: /set of available CPUs .{0,40}doesn't match with CPUs in state/ },
    { text: /failed to run Kubelet/ },
    { text: notReady },
  ],
  explains: ['node-not-ready-cni', 'not-highly-available', 'data-path'],
  lab: true,
  sources: [
    'https://kubernetes.io/docs/tasks/administer-cluster/cpu-management-policies/',
    'https://kubernetes.io/docs/tasks/administer-cluster/memory-manager/',
  ],
  badCures: [
    {
      cure: 'rm -rf /var/lib/kubelet',
      why: 'the kubelet’s credential and what pods have mounted lie there: one file in it is the trouble',
      text: /rm -\w+ \/var\/lib\/kubelet\/?(?:\s|$|\*)/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(nodesOf(chart).flatMap(host => findings(host, chart.now, evidence)));
  },

  therapy({ host, facts: { file } }) {
    if (absolutePath(file) === undefined)
      return {
        refused: `${file} is no path of a file`,
        advice: ['move away the file that the log names, and start the kubelet'],
      };
    const place = { host, because: 'the kubelet deals out its cpus and its memory anew', stage: 'nodes' as const };
    const gone = noFile(file, place);
    return {
      // It is in nobody's way: the kubelet does not run, and pods go on as they are.
      title:
        `Move ${file} on ${host} away and start the kubelet (pods with cpus or memory of their own get others ` +
        'when they are made again)',
      risk: 'restart',
      want: [gone, freshUnit('kubelet.service', [], { ...place, after: [idOf(gone)] })],
    };
  },

  verify: finding => [
    {
      host: finding.host,
      command: sh`journalctl -u kubelet -n 50 | grep checkpoint; head -c 200 ${finding.facts.file}`,
      answer: finding.facts.line,
      healthy: 'no such line since the last start, and the policy of the kubelet’s configuration in the file',
    },
  ],
});

const kinds = { cpu: 'cpu_manager_state', memory: 'memory_manager_state' } as const;
const refused = /could not restore state from checkpoint|differs from state checkpoint policy/;

/** systemd starts it again and again (kubeadm's every ten seconds): the newest lives no longer than the last. */
const runs = (host: HostChart, now: string, evidence: EvidenceReader): boolean => {
  const [process, unit] = [evidence.process(host, 'kubelet'), evidence.unit(host, 'kubelet')];
  if (process === null) return false;
  if (!process || !unit) return true;
  return unit.restarts < 1 || Date.parse(now) - Date.parse(process.startedAt) > 20_000;
};

/** Only while none runs: one that runs was not ended by it. */
function findings(host: HostChart, now: string, evidence: EvidenceReader): readonly FoundOf<Facts>[] {
  const lines = evidence.read(host.logs)?.kubelet ?? [];
  const line = lines.findLast(one => refused.test(one))?.slice(0, 400);
  if (line === undefined || runs(host, now, evidence)) return [];
  const variant = /memory_?manager|memory manager/i.test(line) ? ('memory' as const) : ('cpu' as const);
  const file = `${kubeletOf(host).flags?.get('root-dir') ?? '/var/lib/kubelet'}/${kinds[variant]}`;
  return [
    {
      variant,
      host: host.name,
      subject: { file },
      facts: { file, line },
    },
  ];
}

function proof({ facts }: Found<Facts['memory' | 'cpu']>): readonly Quote[] {
  return [
    quoted('logs', 'log of the kubelet', facts.line),
    quoted('processes', 'kubelet', 'does not run, or has only just been started again'),
  ];
}
