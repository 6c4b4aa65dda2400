import { compareVersions, release } from '../../../../catalog/index.js';
import { defineCase, type FoundOf } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { bare, nodesOf } from '../../../read/hosts.js';
import { kubeletOf } from '../../../read/kubelet.js';
import { containerdFile, containerdSeen, runtimeKind } from '../../../read/runtime.js';
import { containerdSet, criPart, setSystemdCgroup } from '../../../therapies/runtime-config.js';
import { restoreAt } from '../../../therapies/restore.js';
import { apiRefused } from '../../../symptoms.js';
import { quote } from '../../../../shell/sh.js';
import type { Facts, VersionsApart } from './facts.js';
import { annotation, otherAnnotation, otherSocket, sameAnnotation, sameSocket } from './socket.js';
import { quoted, quotedObject } from '../../../read/quote.js';

export default defineCase<Facts>({
  id: 'cri-disabled',
  precedence: 230,
  title: 'containerd runs, but does not speak CRI with the kubelet',
  variants: {
    disabled: {
      means: 'disabled_plugins in force names the CRI plugin',
      says: ({ host, facts }) =>
        `the kubelet of ${host} asks containerd by CRI, and containerd’s configuration in force disables ` +
        facts.plugins.join(', '),
      shows: ({ facts }) => [
        quoted('containerd', 'containerd config dump', `disabled_plugins = ${JSON.stringify(facts.disabled)}`),
      ],
    },
    'failed-to-load': {
      means: 'containerd could not load its CRI plugin',
      says: ({ host, facts }) =>
        `the kubelet of ${host} asks containerd by CRI, and containerd said at its last start: ` +
        facts.line.slice(0, 300),
      shows: ({ facts }) => [quoted('logs', 'journal of containerd', facts.line)],
    },
    version: {
      means: 'this containerd and this kubelet speak no common version of CRI',
      says: ({ host, facts }) => apartText(host, facts),
      shows: ({ facts }) => [
        quoted('versions', 'versions', `kubelet ${facts.kubelet}, containerd ${facts.containerd}`),
      ],
    },
    socket: {
      means: 'the kubelet dials another socket than the one on which containerd listens',
      says: ({ host, facts }) =>
        `the kubelet of ${host} dials ${facts.dials}, and containerd listens on ${facts.listens}`,
      shows: ({ facts }) => [
        quoted('processes', 'argv of kubelet', `container-runtime-endpoint ${facts.dials}`),
        quoted('containerd', 'containerd config dump', `grpc.address ${facts.listens}`),
      ],
    },
    annotation: {
      means: 'kubeadm is told, by an annotation of the node, another socket than the one that the kubelet dials',
      says: ({ host, facts: { node, told, dials } }) =>
        `kubeadm is told by the node ${node} that its runtime listens on ${told}, and the kubelet of ${host} ` +
        `dials ${dials}`,
      shows: ({ facts }) => [
        quotedObject('nodes', facts.node, `${annotation}: ${facts.annotated}`),
        quoted('processes', 'argv of kubelet', `container-runtime-endpoint ${facts.dials}`),
      ],
    },
  },
  told: [['cri-off'], ['cri-off', 'containerd']],
  symptoms: [
    { text: /unknown service runtime\.v1(alpha2)?\.(RuntimeService|ImageService)/ },
    { text: /container runtime is not running/ },
    { text: /unable to determine runtime API version|get remote runtime typed version failed/ },
    { text: /failed to load plugin io\.containerd\.grpc\.v1\.cri|disabled_plugins = \[[^\]]{0,80}\bcri\b/ },
    { text: /validate service connection: (validate )?CRI v1 (runtime|image) API is not implemented/ },
    { text: /connect endpoint '[^']+', make sure you are running as root and the endpoint has been started/ },
    { text: /unix:\/\/(unix:\/\/)+\// },
    { text: apiRefused },
  ],
  about: [
    { whom: 'runtime', how: 'not-found' },
    { whom: 'runtime', how: 'unavailable' },
    { whom: 'runtime', how: 'refused' },
    { whom: 'runtime', how: 'unsupported' },
  ],
  explains: [
    'node-not-ready-cni/not-loaded',
    'node-not-ready-cni/plugin-folder',
    'sandbox-image',
    'not-highly-available',
  ],
  lab: true,
  sources: [
    'containerd/containerd#4581',
    'containerd/containerd#8139',
    'containerd/containerd#7799',
    'kubernetes/kubernetes#131164',
    'kubernetes/kubeadm#2364',
    'kubernetes/kubeadm#2597',
    'kubernetes/kubeadm#2426',
  ],
  badCures: [
    {
      cure: 'rm /etc/containerd/config.toml; systemctl restart containerd',
      why: 'CRI speaks again, and with the default SystemdCgroup = false the next illness is cgroup-driver-mismatch',
      text: /rm (-\w+ )?\/etc\/containerd\/config\.toml/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict([
      ...nodesOf(chart).flatMap(host => finding(host, evidence) ?? []),
      ...otherAnnotation(chart, evidence),
    ]);
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    const systemd = host !== undefined && kubeletOf(host).value('cgroupDriver', 'cgroup-driver') === 'systemd';
    if (host && finding.variant === 'socket') return sameSocket(chart, host, finding.facts);
    if (host && finding.variant === 'annotation') return sameAnnotation(finding.facts);
    const want =
      !host || finding.variant === 'version'
        ? []
        : finding.variant === 'failed-to-load'
          ? restoreAt(chart, host.name, containerdFile(host))
          : containerdSet(chart, host, 'the kubelet speaks CRI with containerd', config => {
              config.disabled_plugins = (config.disabled_plugins ?? []).filter((one: unknown) => !isCri(String(one)));
              if (config.disabled_plugins.length === 0) delete config.disabled_plugins;
              criPart(config);
              setSystemdCgroup(config, systemd);
            });
    if (want.length > 0)
      return { title: `Let containerd on ${finding.host} load its CRI plugin`, risk: 'restart', want };
    return finding.variant === 'version'
      ? {
          refused: 'another version of containerd (or of the kubelet) must be installed',
          advice: [
            apartText(finding.host, finding.facts),
            'upgrade containerd on a drained node; its containers live on',
          ],
        }
      : {
          refused:
            'why the plugin does not load stands in containerd’s own words, and only its owner knows what was meant',
          advice: ['journalctl -u containerd | grep -i cri', 'containerd config default shows a whole configuration'],
        };
  },

  verify: finding =>
    finding.variant === 'socket'
      ? [
          {
            host: finding.host,
            command: 'ps -o args= -C kubelet | tr " " "\\n" | grep runtime-endpoint; ss -xl | grep containerd',
            answer: finding.shows.map(one => one.text).join('; '),
            healthy: 'the same path twice',
          },
          {
            host: finding.host,
            command: `crictl --runtime-endpoint ${quote(`unix://${finding.facts.dials}`)} version`,
            answer: 'connect: no such file or directory',
            healthy: 'RuntimeName: containerd',
          },
        ]
      : finding.variant === 'annotation'
        ? [
            {
              host: 'cluster',
              command:
                `kubectl get node ${quote(finding.facts.node)} -o yaml | grep cri-socket; ` +
                'ps -o args= -C kubelet | tr " " "\\n" | grep runtime-endpoint',
              answer: finding.shows.map(one => one.text).join('; '),
              healthy: 'the same path twice',
            },
          ]
        : [
            {
              host: finding.host,
              command: 'containerd config dump | grep disabled_plugins; ctr plugins ls | grep cri',
              answer: finding.shows[0]?.text ?? '',
              healthy: 'disabled_plugins = []; io.containerd.grpc.v1 cri … ok',
            },
            {
              host: finding.host,
              command: 'crictl version',
              answer: 'unknown service runtime.v1alpha2.RuntimeService',
              healthy: 'RuntimeName: containerd',
            },
          ],
});

const isCri = (plugin: string): boolean =>
  plugin === 'cri' || /^io\.containerd\.(grpc\.v1\.cri|cri\.v1\.(runtime|images))$/.test(plugin);

function finding(host: HostChart, evidence: EvidenceReader): FoundOf<Facts> | undefined {
  evidence.read(host.processes);
  if (!evidence.read(host.files) || runtimeKind(host) !== 'containerd') return undefined;
  const runtime = containerdSeen(evidence, host);
  if (!runtime) return undefined;
  const off = runtime.disabled.filter(isCri);
  if (off.length > 0)
    return {
      variant: 'disabled',
      host: host.name,
      subject: { setting: 'disabled_plugins' },
      facts: { plugins: off, disabled: runtime.disabled },
    };
  return otherSocket(host, runtime.config) ?? notLoaded(host, evidence) ?? apart(host, evidence);
}

/** Of the last start only: what an earlier one said is over. */
function notLoaded(host: HostChart, evidence: EvidenceReader): FoundOf<Facts> | undefined {
  const lines = evidence.read(host.logs)?.containerd ?? [];
  const line = lines
    .slice(lines.findLastIndex(one => one.includes('starting containerd')) + 1)
    .find(one => /failed to load plugin io\.containerd\.(grpc\.v1\.cri|cri\.v1)/.test(one));
  return line === undefined
    ? undefined
    : {
        variant: 'failed-to-load',
        host: host.name,
        subject: { plugin: 'io.containerd.grpc.v1.cri' },
        facts: { line },
      };
}

function apart(host: HostChart, evidence: EvidenceReader): FoundOf<Facts> | undefined {
  const versions = evidence.read(host.versions);
  const [kubelet, containerd] = [bare(versions?.kubelet ?? ''), bare(versions?.containerd ?? '')];
  const needs = kubelet === undefined ? undefined : release(kubelet)?.containerd;
  if (!needs || kubelet === undefined || containerd === undefined) return undefined;
  const bound =
    compareVersions(containerd, exact(needs.min)) < 0
      ? { from: needs.min }
      : needs.below !== undefined && compareVersions(containerd, exact(needs.below)) >= 0
        ? { before: needs.below }
        : undefined;
  return (
    bound && {
      variant: 'version',
      host: host.name,
      subject: { program: 'containerd', version: containerd },
      facts: { kubelet, containerd, ...bound },
    }
  );
}

const apartText = (host: string, facts: VersionsApart): string =>
  `kubelet ${facts.kubelet} on ${host} needs a containerd ` +
  `${'from' in facts ? `from ${facts.from} on` : `before ${facts.before}`}, and this one is ${facts.containerd}`;

const exact = (version: string): string => [...version.split('.'), '0', '0'].slice(0, 3).join('.');
