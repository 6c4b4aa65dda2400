/** Who may stand beside an API server of the target: every component that is seen, of the file or not. */
import { allowedSkew, compareVersions, minorOf, type Skewed } from '../../catalog/index.js';
import { objectsSeen } from '../../clinic/read/api-objects.js';
import type { EvidenceReader } from '../../clinic/read/evidence-reader.js';
import { bare, hostsOf } from '../../clinic/read/hosts.js';
import { nodeNameOf } from '../../clinic/read/kubelet.js';
import { at, listAt } from '../../clinic/read/yaml.js';
import { found, grouped, hit, type Rule, type Upgrade } from './finding.js';

interface Runs {
  readonly node: string;
  readonly program: Skewed;
  readonly version: string;
}

export const skewRule: Rule = (upgrade, reader) => [
  ...mixed(upgrade, reader),
  ...nodes(upgrade, reader),
  ...foreignNodes(upgrade, reader),
];

/** Every API server says its own version on its own host. */
const mixed = ({ chart, from }: Upgrade, reader: EvidenceReader) => {
  const servers = hostsOf(chart, 'controlPlane').flatMap(host => {
    const text = Object.entries(reader.read(host.health) ?? {}).find(([url]) => url.endsWith('/version'))?.[1];
    const version = bare(/"gitVersion":\s*"(v[0-9.]+)/.exec(text ?? '')?.[1] ?? '');
    if (version === undefined) {
      reader.note(host.name, 'version of its API server', 'it did not say', 'not-collected');
      return [];
    }
    return [{ host: host.name, version }];
  });
  const others = servers.filter(one => minorOf(one.version) !== minorOf(from));
  return found(
    'control-plane-mixed',
    'blocker',
    others.map(one => hit('host', one.host, `kube-apiserver ${one.version}`)),
    {
      why: `API servers of two minors run side by side: one says ${from}. An upgrade was not finished.`,
      next: 'Finish it with kw up, and check again.',
    },
  );
};

const nodes = ({ chart, from, to }: Upgrade, reader: EvidenceReader) => {
  if (compareVersions(to, from) < 0) return [];
  const seen = (objectsSeen(reader, chart, 'nodes') ?? []).flatMap((node): readonly Runs[] =>
    (
      [
        ['kubelet', 'kubeletVersion'],
        ['kube-proxy', 'kubeProxyVersion'],
      ] as const
    ).flatMap(([program, field]) => {
      const version = bare(String(at(node, 'status', 'nodeInfo', field) ?? ''));
      return version === undefined ? [] : [{ node: node.metadata.name, program, version }];
    }),
  );
  const wrong = seen.filter(one => !allowedSkew(to, one.version, one.program));
  return [...grouped(wrong, one => `${one.program} ${one.version}`).values()].flatMap(group => {
    const [{ program, version } = { program: 'kubelet', version: to }] = group;
    const newer = compareVersions(version, to) > 0;
    return found(
      'skew',
      'blocker',
      group.map(one => hit('node', one.node, `${program} ${version}`)),
      {
        why: newer
          ? `${program} ${version} is newer than an API server of ${to}.`
          : `${program} ${version} is too old for an API server of ${to}, which is upgraded before it.`,
        next: newer ? 'Choose a newer target.' : 'Bring these nodes to the version of the API servers first: kw up.',
      },
    );
  });
};

/** Nodes that nobody listed: they are not upgraded, and lie further behind with each hop. */
const foreignNodes = ({ chart, spec, to }: Upgrade, reader: EvidenceReader) => {
  const all = objectsSeen(reader, chart, 'nodes') ?? [];
  const known = new Set([
    ...(spec?.hosts.map(host => host.name) ?? []),
    ...hostsOf(chart).map(nodeNameOf),
    ...hostsOf(chart).map(host => host.name),
  ]);
  const notReady = all.filter(
    node =>
      !listAt(node, 'status', 'conditions').some(one => at(one, 'type') === 'Ready' && at(one, 'status') === 'True'),
  );
  return [
    ...found(
      'node-not-of-the-file',
      'warning',
      spec === undefined
        ? []
        : all
            .filter(node => !known.has(node.metadata.name))
            .map(node =>
              hit('node', node.metadata.name, `kubelet ${at(node, 'status', 'nodeInfo', 'kubeletVersion')}`),
            ),
      {
        why: 'The cluster file does not name these nodes, so this upgrade leaves their kubelets as they are.',
        next: `Add them to the file, or upgrade them yourself; kubelets may lie at most 3 minors behind ${to}.`,
      },
    ),
    ...found(
      'node-not-ready',
      'warning',
      notReady.map(node => hit('node', node.metadata.name)),
      {
        why: 'A node that is not Ready cannot be drained, and counts against every wave.',
        next: 'Find out why: kw doctor. Or take the node out of the file.',
      },
    ),
  ];
};
