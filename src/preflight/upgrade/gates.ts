/** Feature gates that the target does not know, or no longer lets be changed. */
import { type FlagComponent, gateLife, gateLocked, gatePresence, minorOf } from '../../catalog/index.js';
import type { HostChart } from '../../clinic/chart/host-chart.js';
import { objectsSeen } from '../../clinic/read/api-objects.js';
import type { EvidenceReader } from '../../clinic/read/evidence-reader.js';
import { flagsOf } from '../../clinic/read/flags.js';
import { kubeletOf } from '../../clinic/read/kubelet.js';
import { at, readYaml, type Tree } from '../../clinic/read/yaml.js';
import { found, grouped, type Hit, hit, type Rule, type Upgrade, type UpgradeFinding } from './finding.js';
import { eachHost } from './flags.js';
import { extraArgsOf, programs } from './own-words.js';

interface Given {
  readonly gate: string;
  /** undefined: what it is set to is neither true nor false. */
  readonly value: boolean | undefined;
  readonly hit: Hit;
}

/** They stand for many, and every minor knows them. */
const together: ReadonlySet<string> = new Set(['AllAlpha', 'AllBeta']);

export const gateRule: Rule = (upgrade, reader) => {
  const given = [...fromFile(upgrade), ...fromHosts(upgrade, reader), ...fromConfigMaps(upgrade, reader)];
  return [
    ...grouped(
      given.filter(one => !together.has(one.gate)),
      one => `${one.gate} ${one.value}`,
    ).values(),
  ].flatMap(group => judge(upgrade, reader, group));
};

const fromFile = (upgrade: Upgrade): readonly Given[] =>
  (Object.keys(programs) as readonly FlagComponent[])
    .filter(program => program !== 'etcd')
    .flatMap(program => {
      const component = `components.${programs[program]}`;
      const config = upgrade.spec?.components[programs[program]] as { readonly config?: Tree } | undefined;
      return [
        ...ofFlag(extraArgsOf(upgrade, program)['feature-gates'], hit('cluster-file', `${component}.extraArgs`)),
        ...ofTree(at(config?.config, 'featureGates'), hit('cluster-file', `${component}.config.featureGates`)),
      ];
    });

/** Of a cluster that Kubewizard built too: it writes no gate by itself, so each is the owner's. */
const fromHosts = (upgrade: Upgrade, reader: EvidenceReader): readonly Given[] =>
  eachHost(upgrade, reader, (host, program) => (program === 'etcd' ? [] : onHost(host, program)));

const onHost = (host: HostChart, program: FlagComponent): readonly Given[] => {
  const seen = flagsOf(host, program).inForce;
  const path = program === 'kubelet' ? kubeletOf(host).path : seen?.get('config');
  const text = 'value' in host.files ? host.files.value.find(file => file.path === path)?.text : undefined;
  return [
    ...(seen?.all('feature-gates') ?? []).flatMap(word =>
      ofFlag(word, hit('host', host.name, `${program} --feature-gates`)),
    ),
    ...(path === undefined ? [] : ofYaml(text, hit('file', path, host.name))),
  ];
};

const configured: ReadonlySet<string> = new Set(['kube-proxy', 'kubelet-config']);

const fromConfigMaps = ({ chart, spec }: Upgrade, reader: EvidenceReader): readonly Given[] =>
  spec
    ? []
    : (objectsSeen(reader, chart, 'configmaps') ?? [])
        .filter(
          ({ metadata }) =>
            metadata.namespace === 'kube-system' &&
            (configured.has(metadata.name) || /^kubelet-config-1\.\d+$/.test(metadata.name)),
        )
        .flatMap(one =>
          Object.values((one.data ?? {}) as Readonly<Record<string, unknown>>).flatMap(text =>
            ofYaml(String(text), hit('object', `ConfigMap kube-system/${one.metadata.name}`)),
          ),
        );

const ofFlag = (text: string | undefined, where: Hit): readonly Given[] =>
  (text ?? '').split(',').flatMap(word => {
    const [, gate, value] = /^(?:kube:)?([A-Za-z]\w*)=(\w+)$/.exec(word.trim()) ?? [];
    return gate === undefined ? [] : [{ gate, value: boolean(value), hit: where }];
  });

const ofYaml = (text: string | undefined, where: Hit): readonly Given[] => {
  const parsed = text === undefined ? undefined : readYaml(text);
  return parsed && 'value' in parsed ? ofTree(at(parsed.value, 'featureGates'), where) : [];
};

const ofTree = (tree: Tree, where: Hit): readonly Given[] =>
  tree !== null && typeof tree === 'object'
    ? Object.entries(tree).map(([gate, value]) => ({ gate, value: boolean(value), hit: where }))
    : [];

const boolean = (value: unknown): boolean | undefined =>
  String(value) === 'true' ? true : String(value) === 'false' ? false : undefined;

const judge = ({ to }: Upgrade, reader: EvidenceReader, group: readonly Given[]): readonly UpgradeFinding[] => {
  const [first] = group;
  if (!first) return [];
  const { gate, value } = first;
  const presence = gatePresence(gate, to);
  const hits = group.map(one => one.hit);
  if (presence === 'unheard') {
    reader.note('cluster', `feature gate ${gate}`, 'this kw has never heard of it', 'not-collected');
    return [];
  }
  const life = gateLife(gate);
  if (presence === 'no' || presence === 'unsure')
    return found('gate-removed', presence === 'no' ? 'blocker' : 'warning', hits, {
      into: `1.${life?.first}`,
      why:
        `Kubernetes 1.${minorOf(to)} ${presence === 'no' ? 'does not know' : 'may no longer know'} the feature gate ` +
        `${gate}, and a component that is given an unknown one exits at once.`,
      next: `Take ${gate} out before the upgrade: the feature is on for good, or gone.`,
    });
  const lock = gateLocked(gate, to);
  return !lock || lock.to === value
    ? []
    : found('gate-locked', 'blocker', hits, {
        into: lock.since,
        why: `${gate} is locked to ${lock.to} since ${lock.since}; a component that sets it to ${value} exits.`,
        next: `Take ${gate} out, and see what of yours needs it at ${value}.`,
      });
};
