import { gateLife, gateLocked, gatePresence } from '../../../../catalog/index.js';
import { defineCase, type FoundOf, type Refusal, type Therapy } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { bare, hostsOf, kubernetesVersion } from '../../../read/hosts.js';
import { apiRefused, notReady } from '../../../symptoms.js';
import { kubeletSetting, programFlags } from '../../../therapies/kubelet-settings.js';
import { flagSet } from '../../../therapies/place.js';
import { restoreAt } from '../../../therapies/restore.js';
import { logsOf } from '../../../read/commands.js';
import { gateName, type Given, givenTo, others, type Program, programs } from './given.js';
import { type Quote, quoted } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';

/** `source`: the file that gives the gate, set to `value`; `line`: the program's own words, where it said any. */
type Told = {
  readonly program: Program;
  readonly gate: string;
  readonly value: string;
  readonly source: string;
  readonly line?: string;
};

type Facts = {
  /** `version` of the program; `gone`: the minor from which on it has no such gate, where the catalog knows. */
  readonly unknown: Told & { readonly version?: string; readonly gone?: number };
  /** `to`: the only value that it takes. */
  readonly locked: Told & { readonly to: boolean };
};

const start = (host: string, { source, program, gate }: Told): string =>
  `${source} on ${host} gives ${program} the feature gate ${gate}`;

export default defineCase<Facts>({
  id: 'removed-feature-gate',
  precedence: 305,
  title: 'A component is given a feature gate that its version does not know',
  variants: {
    unknown: {
      means: 'the version has no such gate: it was removed, came later, or is misspelt',
      says: ({ host, facts }) =>
        `${start(host, facts)}, which ${facts.version ?? 'its version'} does not have` +
        `${facts.gone === undefined ? '' : ` (not in 1.${facts.gone})`}, so it does not start`,
      shows: proof,
    },
    locked: {
      means: 'the gate is locked, and is set to the other value',
      says: ({ host, facts }) => `${start(host, facts)}, which is locked to ${facts.to}, so it does not start`,
      shows: proof,
    },
  },
  told: [
    ['feature-gate', 'upgraded'],
    ['feature-gate', 'not-starting'],
  ],
  symptoms: [
    { text: /unrecognized feature gate:? ?\w+/ },
    { text: /cannot set feature gate \w+ to (?:true|false), feature is locked/ },
    { text: /failed to set feature gates from initial flags/ },
    { text: /invalid argument "?[\w=,]+"? for "?--feature-gates"? flag/ },
    { text: apiRefused },
    { text: notReady },
  ],
  about: [{ how: 'unknown-word' }],
  explains: [
    'control-planes-differ',
    'waiting-for-leader-lease',
    'not-highly-available',
    'node-not-ready-cni',
    'data-path',
  ],
  lab: true,
  sources: [
    'siderolabs/talos#13480',
    'https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates-removed/',
  ],
  badCures: [
    {
      cure: 'install the older version again',
      why: 'the gate is what must go: an API server that has run newer does not read its data with an older one',
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(
      hostsOf(chart).flatMap(host => programs.flatMap(program => findings(chart, host, program, evidence))),
    );
  },

  therapy: (finding, chart) => cure(finding, chart),

  verify: ({ host, facts: { program, gate } }, chart) => [
    {
      host,
      command: logsOf(chart, host, program),
      answer: `unrecognized feature gate: ${gate}`,
      healthy: 'no such line since its last start; the component runs',
    },
  ],
});

function cure({ host: name, facts: { program, gate } }: FoundOf<Facts>, chart: Chart): Therapy | Refusal {
  const host = chart.hosts.get(name);
  const title = `Start ${program} on ${name} without the feature gate ${gate}`;
  if (JSON.stringify(chart.spec?.components ?? {}).includes(`${gate}`))
    return {
      refused: `the cluster file itself gives ${program} this gate`,
      advice: [`take ${gate} out of the components of the cluster file: kw up`, 'kw explain has what replaced it'],
    };
  const want = host && gateName.test(gate) ? without(chart, host, program, gate) : [];
  return want.length > 0
    ? { title, risk: 'restart', want }
    : {
        refused: `no file that gives ${program} the gate was seen as text`,
        advice: [`take ${gate} from --feature-gates of ${program}, or from featureGates of its configuration file`],
      };
}

function without(chart: Chart, host: HostChart, program: Program, gate: string) {
  const because = `${program} starts without a feature gate that it does not know`;
  const given = givenTo(host, program).find(one => one.gate === gate);
  if (given === undefined) return [];
  if (given.in === 'config') return kubeletSetting(chart, host, `featureGates.${gate}`, undefined, because);
  const own = restoreAt(chart, host.name, `/etc/systemd/system/${program}.service`);
  if (own.length > 0) return own;
  const flags = { 'feature-gates': others(given, gate) };
  return program === 'kubelet'
    ? programFlags(chart, host, program, flags, because)
    : flagSet(host, program, flags, because);
}

/** A process that stays has proven that it knows its gates; one that starts over and over is seen too. */
const stays = (host: HostChart, program: Program, now: string, evidence: EvidenceReader): boolean => {
  const process = evidence.process(host, program);
  return !!process && Date.parse(now) - Date.parse(process.startedAt) > 30_000;
};

function findings(
  chart: Chart,
  host: HostChart,
  program: Program,
  evidence: EvidenceReader,
): readonly FoundOf<Facts>[] {
  evidence.read(host.files);
  const settled = stays(host, program, chart.now, evidence);
  const given = givenTo(host, program);
  if (given.length === 0 || settled) return [];
  const versions = evidence.read(host.versions) ?? {};
  const version = bare(versions[program] ?? '') ?? kubernetesVersion(chart);
  const logs = evidence.read(host.logs)?.[program] ?? [];
  return given.flatMap(one => judged(host, program, one, version, logs));
}

function proof({ facts: { program, gate, value, source, line } }: Found<Told>): readonly Quote[] {
  return [
    quoted('files', source, `${gate}=${value}`),
    line === undefined
      ? quoted('processes', program, 'does not run, or has only just been started again')
      : quoted('logs', `log of ${program}`, line),
  ];
}

function judged(
  host: HostChart,
  program: Program,
  { gate, value, source }: Given,
  version: string | undefined,
  logs: readonly string[],
): readonly FoundOf<Facts>[] {
  const line = logs.findLast(one => refusedIn(one) === gate)?.slice(0, 300);
  const lock = version === undefined ? undefined : gateLocked(gate, version);
  const lockedTo = /locked to (true|false)/.exec(line ?? '')?.[1];
  const facts = { program, gate, value, source, ...(line !== undefined && { line }) };
  const rest = {
    host: host.name,
    subject: { program, gate },
  };
  if (lockedTo !== undefined || (lock && String(lock.to) !== value)) {
    const to = lockedTo === undefined ? lock?.to === true : lockedTo === 'true';
    return [{ variant: 'locked', ...rest, facts: { ...facts, to } }];
  }
  const absent = version !== undefined && gatePresence(gate, version) === 'no';
  if (!absent && !/unrecognized/.test(line ?? '')) return [];
  const life = gateLife(gate);
  const gone = absent && life?.how === 'gone' ? life.first : undefined;
  return [
    {
      variant: 'unknown',
      ...rest,
      facts: { ...facts, ...(version !== undefined && { version }), ...(gone !== undefined && { gone }) },
    },
  ];
}

/** The one gate that a line is about: it repeats the whole flag, with those that are well. */
const refusedIn = (line: string): string | undefined =>
  /(?:unrecognized feature gate:? ?|cannot set feature gate )(\w+)/.exec(line.slice(0, 4000))?.[1];
