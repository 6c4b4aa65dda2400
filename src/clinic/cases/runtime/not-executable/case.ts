import { absolutePath } from '../../../../model/path.js';
import type { Resource } from '../../../../model/resource.js';
import type { Wants } from '../../../../resources/wants.js';
import { sh } from '../../../../shell/sh.js';
import { defineCase, type FoundOf } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import type { FileSeen } from '../../../chart/seen.js';
import { cniConfigs } from '../../../read/cni.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { containerdSeen } from '../../../read/runtime.js';
import { notReady } from '../../../symptoms.js';
import { type Quote, quoted } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';

/** `path` is there with `mode` (octal digits, as stat has it); `config`: what names it as a plugin. */
type Barred = {
  readonly path: string;
  readonly mode: string;
  readonly owner: string;
  readonly config?: { readonly path: string; readonly plugins: readonly string[] };
};
type Facts = { readonly 'cni-plugin': Barred; readonly runtime: Barred };

const says = ({ host, facts: { path, mode, config } }: Found<Barred>): string =>
  `${path} on ${host} has the mode ${mode}: the runtime${config ? `, for ${config.path},` : ''} must execute it, and ` +
  'nobody may';

const shows = ({ facts: { path, mode, owner, config } }: Found<Barred>): readonly Quote[] => [
  quoted('files', path, `mode ${mode}, owner ${owner}`),
  ...(config ? [quoted('files', config.path, `plugins: ${config.plugins.join(', ')}`)] : []),
];

export default defineCase<Facts>({
  id: 'not-executable',
  precedence: 276,
  title: 'A program that the runtime needs is there and may not be executed',
  variants: {
    'cni-plugin': { means: 'a plugin that the CNI configuration names lacks the mode to be executed', says, shows },
    runtime: { means: 'runc or the runtime’s shim lacks it', says, shows },
  },
  told: [['helper-program', 'not-executable']],
  symptoms: [
    { text: /fork\/exec \S+: permission denied/ },
    { text: /exec: "?\S*(?:runc|shim)\S*"?: permission denied/ },
    { text: /(?:\/cni\/\S+|\b(?:runc|kubelet|containerd\S*))["']?: exec format error/ },
    { text: /\/cni\/\S+: permission denied|failed to find plugin "[^"]+" in path/ },
    { text: notReady },
  ],
  about: [
    { who: 'runtime', how: 'not-executable' },
    { who: 'cni', how: 'not-executable' },
  ],
  explains: ['node-not-ready-cni', 'cri-disabled', 'sandbox-image', 'data-path', 'cluster-dns-missing'],
  lab: true,
  spare: ['containerd'], // without its configuration the usual folders count
  sources: ['containernetworking/plugins: README', 'kubernetes/kubernetes#56902', 'chmod(1)'],
  badCures: [
    {
      cure: 'chmod -R 777 /opt/cni',
      why: 'then every user of the host can write what root executes for each pod',
      text: /chmod\b.{0,20}\b777\b/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(nodesOf(chart).flatMap(host => findings(host, evidence)));
  },

  therapy: finding => {
    const want = executable(finding.host, finding.facts.path);
    return want
      ? { title: `Let ${finding.facts.path} on ${finding.host} be executed`, risk: 'none', want: [want] }
      : {
          refused: 'its path is none that a command may be built of',
          advice: ['chmod 0755 for that file, and for no other'],
        };
  },

  verify: ({ host, facts: { path, mode } }) => [
    { host, command: sh`stat -c '%a %U %n' ${path}`, answer: mode, healthy: '755, or any mode with an x for root' },
  ],
});

const usualFolders = ['/opt/cni/bin', '/usr/lib/cni', '/usr/libexec/cni'];
const helpers = /^\/usr\/(?:local\/)?s?bin\/(?:runc|containerd-shim-runc-v2)$/;

/** Root executes what has an x for anybody, and nothing that has none. */
const isBarred = ({ mode }: FileSeen): boolean => /^[0-7]{3,4}$/.test(mode) && (Number.parseInt(mode, 8) & 0o111) === 0;

function findings(host: HostChart, evidence: EvidenceReader): readonly FoundOf<Facts>[] {
  const files = evidence.read(host.files);
  if (!files) return [];
  const [config] = cniConfigs(host);
  const bins = containerdSeen(evidence, host)?.cniBins ?? usualFolders;
  const plugins = new Set((config?.types ?? []).flatMap(type => bins.map(folder => `${folder}/${type}`)));
  return files.filter(isBarred).flatMap((file): readonly FoundOf<Facts>[] => {
    const variant = plugins.has(file.path) ? 'cni-plugin' : helpers.test(file.path) ? 'runtime' : undefined;
    if (variant === undefined) return [];
    return [
      {
        variant,
        host: host.name,
        subject: { path: file.path },
        facts: {
          path: file.path,
          mode: file.mode,
          owner: file.owner,
          ...(variant === 'cni-plugin' && config && { config: { path: config.path, plugins: config.types } }),
        },
      },
    ];
  });
}

const programFolders = [...usualFolders, '/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin'];

/** The mode that was is kept, and comes back; what is no plain file of a folder of programs is left alone. */
const executable = (host: string, text: string): Resource<'command', Wants['command']> | undefined => {
  const path = absolutePath(text);
  const name = path?.split('/').at(-1) ?? '';
  if (path === undefined || !/^[\w.-]+$/.test(name)) return undefined;
  if (!programFolders.includes(path.slice(0, -name.length - 1))) return undefined;
  return {
    kind: 'command',
    host,
    key: `mode of ${path}`,
    stage: 'nodes',
    after: [],
    because: 'what the runtime executes may be executed',
    want: {
      risk: 'none',
      unless: sh`[ ! -f ${path} ] || [ -x ${path} ] || echo ${`${path} may not be executed`}`,
      run: sh`[ -f ${path} ] && [ ! -L ${path} ] && chmod 0755 ${path}`,
      undo: { keep: sh`stat -c %a ${path}`, back: sh`read -r was && chmod "$was" ${path}` },
    },
  };
};
