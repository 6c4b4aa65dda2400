import { parse } from 'smol-toml';
import { defineCase, type FoundOf } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { containerdFile, containerdSeen, newCri, oldCri, runtimeKind } from '../../../read/runtime.js';
import { at, type Tree } from '../../../read/yaml.js';
import { containerdSet } from '../../../therapies/runtime-config.js';
import { quote } from '../../../../shell/sh.js';
import { type Quote, quoted } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';

/** A setting as the file has it and as it is in force, both in JSON. */
type Differs = { readonly setting: string; readonly inFile: string; readonly inForce: string };

type Unread = {
  readonly path: string;
  readonly version?: string;
  readonly plugins: readonly string[];
  readonly differs: readonly Differs[];
};

type Facts = { readonly 'old-names': Unread; readonly 'version-missing': Unread };

const says = ({ host, facts: { path, version, differs } }: FoundOf<Facts>): string =>
  `${path} on ${host} ${version === undefined ? 'says no version' : `says version ${version}`} and sets "${oldCri}", ` +
  `which containerd then does not read: ${texts(differs)}`;

const shows = ({ facts: { path, version, plugins, differs } }: Found<Unread>): readonly Quote[] => [
  quoted('files', path, `version = ${version ?? '(none)'}; plugins: ${plugins.join(', ')}`),
  quoted('containerd', 'containerd config dump', texts(differs)),
];

const texts = (differs: readonly Differs[]): string =>
  differs.map(one => `${one.setting} is ${one.inFile} in the file and ${one.inForce} in force`).join('; ');

export default defineCase<Facts>({
  id: 'containerd-v3-config',
  precedence: 460,
  title: 'containerd reads past its own configuration: names and version do not match',
  variants: {
    'old-names': {
      means: 'the file says version 3, and its CRI settings stand under the name of version 2',
      says,
      shows,
    },
    'version-missing': {
      means: 'the file says no version, and its CRI settings stand under the name of version 2',
      says,
      shows,
    },
  },
  told: [['containerd', 'upgraded', 'stays-old']],
  symptoms: [
    { text: /Ignoring unknown key in TOML for plugin/ },
    {
      text: /containerd config version `?1`? has been deprecated/,
      benign: 'a file of version 1 with names of version 1 is read',
    },
  ],
  explains: [
    'cgroup-driver-mismatch',
    'sandbox-image',
    'node-not-ready-cni/plugin-folder',
    'node-not-ready-cni/plugin-missing',
  ],
  lab: true,
  sources: [
    'lima-vm/lima#4185',
    'kubernetes/website#48976',
    'kubernetes/website#51386',
    'https://github.com/containerd/containerd/blob/main/docs/containerd-2.0.md',
  ],
  badCures: [
    {
      cure: 'write the same keys once more',
      why: 'under that name they are not read; the version says which names are',
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(nodesOf(chart).flatMap(host => finding(host, evidence) ?? []));
  },

  therapy({ host: name, facts: { path } }, chart) {
    const host = chart.hosts.get(name);
    // A file of version 2 is read by containerd 1 and 2 alike: 2 migrates it at every start.
    const want = host
      ? containerdSet(chart, host, 'containerd reads what the file says', config => {
          if (!at(config, 'plugins', newCri)) config.version = 2;
        })
      : [];
    return want.length > 0
      ? { title: `Say the version to which the names in ${path} belong`, risk: 'restart', want }
      : {
          refused: `${path} mixes names of two versions, or was not seen as text`,
          advice: ['containerd config migrate > /tmp/config.toml, compare, replace', 'systemctl restart containerd'],
        };
  },

  verify: ({ host, facts: { path }, shows }) => [
    {
      host,
      command:
        `grep -E "version|sandbox|SystemdCgroup" ${quote(path)}; ` +
        'containerd config dump | grep -E "sandbox|SystemdCgroup"',
      answer: shows.map(one => one.text).join('\n'),
      healthy: 'the same values twice',
    },
  ],
});

function finding(host: HostChart, evidence: EvidenceReader): FoundOf<Facts> | undefined {
  evidence.read(host.processes);
  const path = containerdFile(host);
  const file = evidence.file(host, path);
  if (!file || runtimeKind(host) !== 'containerd') return undefined;
  const dump = containerdSeen(evidence, host);
  let tree: Tree;
  try {
    tree = parse(file.text ?? '');
  } catch {
    return undefined;
  } // containerd itself would not start, and says so
  const written: Tree = at(tree, 'plugins', oldCri);
  const version: unknown = tree.version;
  if (!dump || written === undefined || version === 2) return undefined;
  const differs = compared(written).flatMap(([key, value, steps]): readonly Differs[] => {
    const inForce =
      key === 'sandbox image'
        ? dump.sandboxImage
        : key === 'SystemdCgroup'
          ? dump.systemdCgroup
          : at(dump.cri, ...steps);
    return value === undefined || value === inForce
      ? []
      : [{ setting: key, inFile: JSON.stringify(value), inForce: JSON.stringify(inForce ?? null) }];
  });
  return differs.length === 0
    ? undefined
    : {
        variant: Number(version) >= 3 ? 'old-names' : 'version-missing',
        host: host.name,
        subject: { path },
        facts: {
          path,
          ...(version !== undefined && { version: String(version) }),
          plugins: Object.keys(tree.plugins ?? {}),
          differs,
        },
      };
}

const compared = (cri: Tree): readonly (readonly [string, unknown, readonly string[]])[] => {
  const runtime = at(cri, 'containerd', 'default_runtime_name') ?? 'runc';
  return [
    ['sandbox image', at(cri, 'sandbox_image'), []],
    ['SystemdCgroup', at(cri, 'containerd', 'runtimes', runtime, 'options', 'SystemdCgroup'), []],
    ['cni.conf_dir', at(cri, 'cni', 'conf_dir'), ['cni', 'conf_dir']],
    ['cni.bin_dir', at(cri, 'cni', 'bin_dir'), ['cni', 'bin_dir']],
  ];
};
