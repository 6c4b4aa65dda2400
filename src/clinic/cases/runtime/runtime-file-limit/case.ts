import { idOf } from '../../../../model/resource.js';
import { defineCase, type FoundOf } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { notReady } from '../../../symptoms.js';
import { freshUnit, textFile } from '../../../therapies/files.js';
import { freshContainerd } from '../../../therapies/runtime-config.js';
import { limitIn } from './limit.js';
import { pattern } from '../../../../model/pattern.js';
import { quoted } from '../../../read/quote.js';

const runtimes = ['containerd', 'docker', 'crio'] as const;

/** `limit`: of open files, as `path` says it; `line`: the runtime's own last words about it. */
type Facts = {
  readonly unit: {
    readonly program: (typeof runtimes)[number];
    readonly limit: number;
    readonly path: string;
    readonly line: string;
  };
};

/** What every builder gives a runtime at least; containerd's own unit says infinity. */
const enough = 65_536;
const full = /too many open files|EMFILE/;
/** Those have a limit of their own: the case inotify-limit. */
const ofInotify = /inotify|fsnotify|watcher/i;

export default defineCase<Facts>({
  id: 'runtime-file-limit',
  precedence: 485,
  title: 'The container runtime may not open enough files',
  variants: {
    unit: {
      means: 'the unit of the runtime has a low limit of open files, and it has reached it',
      says: ({ host, facts: { program, limit, path, line } }) =>
        `${path} lets ${program} on ${host} open ${limit} files, and it says: ${line}`,
      shows: ({ facts }) => [
        quoted('logs', `log of ${facts.program}`, facts.line),
        quoted('files', facts.path, `LimitNOFILE=${facts.limit}`),
      ],
    },
  },
  told: [['containerd', 'open-files']],
  symptoms: [
    {
      text: pattern(
        /(?:\b(?:accept4?|pipe2?|socket|fork\/exec|ttrpc|shim)\b|\bopen \/)/,
        /(?:(?!inotify).){0,120}: too many open files/,
      ),
    },
    { text: /LimitNOFILE/ },
    { text: /too many open files/, benign: 'where the line is about a watch it is about inotify' },
    { text: notReady },
  ],
  about: [{ who: 'runtime', how: 'limit' }],
  explains: ['node-not-ready-cni', 'cri-disabled', 'sandbox-image', 'data-path', 'not-highly-available'],
  lab: true,
  sources: ['containerd/containerd#8924', 'systemd.exec(5), LimitNOFILE', 'kubernetes/kubernetes#123092'],
  badCures: [
    {
      cure: 'ulimit -n in a shell, or /etc/security/limits.conf',
      why: 'systemd starts the runtime: neither a shell’s limit nor PAM’s reaches it',
      text: /ulimit -n \d+|security\/limits\.conf/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(
      nodesOf(chart).flatMap(host => runtimes.flatMap(program => finding(host, program, evidence))),
    );
  },

  therapy(finding, chart) {
    const { program } = finding.facts;
    const host = chart.hosts.get(finding.host);
    const because = `${program} may open as many files as its containers need`;
    const place = { host: finding.host, because, stage: 'nodes' as const };
    // Drop-ins are read in the order of their names: the last word is this one's.
    const path = `/etc/systemd/system/${program}.service.d/zz-kubewizard-files.conf`;
    const file = textFile(path, '[Service]\nLimitNOFILE=1048576\n', 0o644, place);
    return {
      title: `Let ${program} on ${finding.host} open 1048576 files, and start it again (containers live on)`,
      risk: 'restart',
      want: [
        file,
        host && program === 'containerd'
          ? freshContainerd(chart, host, [path], because, [idOf(file)])
          : freshUnit(`${program}.service`, [path], { ...place, after: [idOf(file)] }),
      ],
    };
  },

  verify: ({ host, facts: { program, line } }) => [
    {
      host,
      command: `systemctl show ${program} -p LimitNOFILE; journalctl -u ${program} -n 50 --no-pager`,
      answer: line,
      healthy: `LimitNOFILE of ${enough} or more, and no such line since its last start`,
    },
  ],
});

function finding(
  host: HostChart,
  program: Facts['unit']['program'],
  evidence: EvidenceReader,
): readonly FoundOf<Facts>[] {
  const lines = evidence.read(host.logs)?.[program] ?? [];
  const since = Date.parse(evidence.process(host, program === 'docker' ? 'dockerd' : program)?.startedAt ?? '');
  const line = lines.findLast(one => full.test(one) && !ofInotify.test(one))?.slice(0, 300);
  const files = evidence.read(host.files);
  if (line === undefined || !files || isBefore(line, since)) return [];
  const limit = limitIn(files, program);
  return limit === undefined || limit.files >= enough
    ? []
    : [
        {
          variant: 'unit',
          host: host.name,
          subject: { program },
          facts: { program, limit: limit.files, path: limit.path, line },
        },
      ];
}

/** By the time in UTC that the journal puts in front; a line without one is taken for a new one. */
const isBefore = (line: string, since: number): boolean => {
  const [, time, hours, minutes] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)[.,\d]*([+-]\d\d):?(\d\d)/.exec(line) ?? [];
  return time !== undefined && Date.parse(`${time}${hours}:${minutes}`) < since - 1_000;
};
