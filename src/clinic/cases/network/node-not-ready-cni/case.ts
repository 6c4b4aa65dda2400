import { defineCase } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { objectsSeen } from '../../../read/api-objects.js';
import { cniConfigs, type CniConfig } from '../../../read/cni.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { nodesOf } from '../../../read/hosts.js';
import { nodeNameOf } from '../../../read/kubelet.js';
import { containerdSeen, runtimeKind } from '../../../read/runtime.js';
import { startedBefore } from '../../../read/since.js';
import { at, listAt } from '../../../read/yaml.js';
import { notReady } from '../../../symptoms.js';
import { sh } from '../../../../shell/sh.js';
import type { Finding, Lacking, NotReadyFacts, Other, Taken } from './facts.js';
import { cure } from './therapy.js';
import { quoted, quotedObject } from '../../../read/quote.js';
import { named, folders } from './shows.js';

export default defineCase<NotReadyFacts>({
  id: 'node-not-ready-cni',
  precedence: 160,
  title: 'A node is not Ready, or gives its pods no network: CNI',
  founding: 7,
  variants: {
    'configuration-missing': {
      means: 'no CNI configuration lies where the runtime reads it',
      says: ({ host, facts }) => `the runtime of ${host} reads ${facts.folder}, and no CNI configuration lies there`,
      shows: ({ facts }) => [quoted('files', facts.folder, 'no file *.conf, *.conflist or *.json')],
    },
    'configuration-broken': {
      means: 'the CNI configuration that the runtime takes cannot be read',
      says: ({ host, facts }) => `the runtime of ${host} takes ${facts.path} first, and ${facts.problem}`,
      shows: ({ facts }) => [quoted('files', facts.path, facts.problem)],
    },
    'plugin-missing': {
      means: 'the configuration names a plugin that no folder holds',
      says: ({ host, facts }) => `${searched(host, facts)}, where they are not`,
      shows: folders,
    },
    'plugin-folder': {
      means: 'the plugins lie in a folder in which the runtime does not search',
      says: ({ host, facts }) => `${searched(host, facts)}, and they lie in ${facts.folder}`,
      shows: folders,
    },
    doubled: {
      means: 'another configuration stands in front of the cluster’s own',
      says: ({ host, facts }) => `${wins(host, facts)}, in ${facts.behind} behind it`,
      shows: named,
    },
    'other-network': {
      means: 'the only configuration is one of another network',
      says: ({ host, facts }) => wins(host, facts),
      shows: named,
    },
    'not-loaded': {
      means: 'the configuration is good, but the runtime has not read it',
      says: ({ host, facts }) =>
        `${facts.path} on ${host} is good and changed at ${facts.changedAt}, after containerd had started; ` +
        `the node still says: ${facts.message}`,
      shows: ({ host, facts: { path, changedAt, startedAt, message } }) => [
        quotedObject('nodes', host, message),
        quoted('files', path, `changed ${changedAt}; containerd started ${startedAt}`),
      ],
    },
  },
  told: [
    ['not-ready', 'cni'],
    ['not-ready', 'fresh'],
    ['not-ready', 'coredns'],
  ],
  symptoms: [
    { text: /cni plugin not initialized/, benign: 'a minute after a host was joined, before its network is laid' },
    { text: /cni config uninitialized/, benign: 'a minute after a host was joined, before its network is laid' },
    { text: /network plugin is not ready/ },
    { text: /stat \/var\/lib\/calico\/nodename|unable to connect to Cilium (?:daemon|agent)/ },
    { text: /NetworkPluginNotReady/ },
    { text: /[Uu]nable to update cni config/ },
    { text: /no (valid )?(networks?|CNI) (config(uration)? )?(files? )?(found )?in \/etc\/cni\/net\.d/ },
    { text: /failed to find plugin "[^"]+" in path/ },
    { text: /error loading CNI config|failed to load CNI config|error parsing configuration list/ },
    { text: /loadFlannelSubnetEnv failed|open \/run\/flannel\/subnet\.env/ },
    { text: notReady },
    { text: /\bContainerCreating\b|FailedCreatePodSandBox/ },
    { text: /(coredns|kube-dns)-\S+ .{0,40}Pending/ },
  ],
  explains: ['stale-cni', 'mtu', 'not-highly-available', 'data-path'],
  lab: true,
  sources: [
    'kubernetes/kubernetes#48798',
    'kubernetes/kubeadm#1031',
    'https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/network-plugins/',
  ],
  badCures: [
    {
      cure: 'apply another network provider on top',
      why: 'the first file by name wins: two networks in /etc/cni/net.d are the next illness',
    },
    {
      cure: 'remove --network-plugin=cni from the kubelet',
      why: 'the node becomes Ready and its pods get addresses of no network',
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    const seen = new Map(nodesOf(chart).map(host => [host, taken(host, evidence)]));
    const common = majority([...seen.values()].flatMap(one => one?.configs[0]?.name || []));
    return evidence.verdict(
      [...seen].flatMap(([host, one]) => (one ? (finding(chart, host, one, common, evidence) ?? []) : [])),
    );
  },
  therapy: cure,
  verify: finding => [
    {
      host: finding.host,
      command: 'ls -l /etc/cni/net.d; containerd config dump | grep -A5 cni',
      answer: finding.shows.map(one => `${one.source}: ${one.text}`).join('\n'),
      healthy: 'one configuration of the cluster’s network; every type it names lies in bin_dir',
    },
    {
      host: 'cluster',
      command: sh`kubectl describe node ${finding.host} | grep -A8 Conditions`,
      answer: 'Ready False: … NetworkPluginNotReady …, or pods in ContainerCreating',
      healthy: 'Ready True, KubeletReady',
    },
  ],
});

const searched = (host: string, { path, lacking, bins }: Lacking): string =>
  `${path} on ${host} names the plugins ${lacking.join(', ')}; the runtime searches ${bins.join(', ')}`;

const wins = (host: string, { path, name, own }: Other): string =>
  `${path} on ${host} is of the network “${name}” and wins by its name; the cluster’s network is “${own}”`;

/** What the runtime of a node has before it; undefined: not seen, or another kind of runtime. */
function taken(host: HostChart, evidence: EvidenceReader): Taken | undefined {
  evidence.read(host.processes);
  if (!evidence.read(host.files)) return undefined;
  const kind = runtimeKind(host);
  if (kind !== 'containerd')
    return kind === 'other' ? { configs: cniConfigs(host), folder: '/etc/cni/net.d' } : undefined;
  const runtime = containerdSeen(evidence, host);
  if (!runtime) return undefined;
  const configs = cniConfigs(host, runtime.cniFolder);
  if (configs.length > 0 || runtime.cniFolder === '/etc/cni/net.d')
    return { configs, folder: runtime.cniFolder, bins: runtime.cniBins };
  evidence.note(
    host.name,
    runtime.cniFolder,
    'containerd reads its CNI configuration there, and files of that folder were not collected',
  );
  return undefined;
}

function finding(
  chart: Chart,
  host: HostChart,
  { configs, folder, bins }: Taken,
  common: string | undefined,
  evidence: EvidenceReader,
): Finding | undefined {
  const [first, ...rest] = configs;
  const at = (path: string) => ({ host: host.name, subject: { path } });
  if (!first)
    return {
      variant: 'configuration-missing',
      facts: { folder },
      ...at(folder),
    };
  const { path, problem, name } = first;
  if (problem) return { variant: 'configuration-broken', facts: { path, problem }, ...at(path) };
  const own = ownName(chart, host) ?? common;
  if (own !== undefined && name !== own) {
    const behind = rest.find(one => one.name === own)?.path;
    const facts = { path, name, own, plugins: first.types };
    return behind === undefined
      ? { variant: 'other-network', facts, ...at(path) }
      : { variant: 'doubled', facts: { ...facts, behind }, ...at(path) };
  }
  return pluginMissing(host, first, bins, evidence) ?? notLoaded(chart, host, first, evidence);
}

const ownName = (chart: Chart, host: HostChart): string | undefined => {
  const want = chart.wanted?.find(
    one => one.host === host.name && one.kind === 'file' && /^\/etc\/cni\/net\.d\/.*\.conflist$/.test(one.key),
  )?.want as { content: readonly unknown[] } | undefined;
  return /"name": "([^"]+)"/.exec(String(want?.content[0] ?? ''))?.[1];
};

/** More than half of at least three: one of two says nothing about the other. */
const majority = (names: readonly string[]): string | undefined => {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].find(([, count]) => count >= 2 && count > names.length / 2)?.[0];
};

function pluginMissing(
  host: HostChart,
  config: CniConfig,
  bins: readonly string[] | undefined,
  evidence: EvidenceReader,
): Finding | undefined {
  const seen = bins && evidence.read(host.cniPlugins);
  // Only these folders are listed by the collector: of others nothing is known.
  if (!seen || !bins.every(folder => folder in seen || known.includes(folder))) return undefined;
  const lacking = [...new Set(config.types)].filter(type => !bins.some(folder => seen[folder]?.includes(type)));
  const [type] = lacking;
  if (type === undefined) return undefined;
  const elsewhere = Object.entries(seen).find(
    ([folder, names]) => !bins.includes(folder) && lacking.every(one => names.includes(one)),
  )?.[0];
  const facts = {
    path: config.path,
    lacking,
    bins,
    inBins: Object.fromEntries(bins.flatMap(folder => (seen[folder] ? [[folder, seen[folder]] as const] : []))),
    plugins: config.types,
  };
  return elsewhere === undefined
    ? { variant: 'plugin-missing', subject: { plugin: type }, facts: { plugin: type, ...facts }, host: host.name }
    : {
        variant: 'plugin-folder',
        subject: { folder: elsewhere },
        facts: { folder: elsewhere, ...facts },
        host: host.name,
      };
}

const known: readonly string[] = ['/opt/cni/bin', '/usr/lib/cni', '/usr/libexec/cni'];

/** containerd overlooks a file that is renamed into its folder; only the node's own words prove that it did. */
function notLoaded(chart: Chart, host: HostChart, config: CniConfig, evidence: EvidenceReader): Finding | undefined {
  const runtime = evidence.process(host, 'containerd');
  if (!runtime || !startedBefore(runtime, config.file.changedAt)) return undefined;
  evidence.read(host.identity);
  const node = objectsSeen(evidence, chart, 'nodes')?.find(one => one.metadata.name === nodeNameOf(host));
  const ready = listAt(node, 'status', 'conditions').find(one => at(one, 'type') === 'Ready');
  const message = String(at(ready, 'message') ?? '');
  if (at(ready, 'status') !== 'False' || !/NetworkPluginNotReady|cni (plugin not|config un)initialized/.test(message))
    return undefined;
  return {
    variant: 'not-loaded',
    host: host.name,
    subject: { path: config.path },
    facts: { path: config.path, changedAt: config.file.changedAt, startedAt: runtime.startedAt, message },
  };
}
