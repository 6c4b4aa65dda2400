import { compareVersions, release } from '../../../../catalog/index.js';
import { defineCase } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { openEyes, type Eyes } from '../../../read/eyes.js';
import { bare, nodesOf } from '../../../read/hosts.js';
import { kubeletOf } from '../../../read/kubelet.js';
import { containerdFile, containerdSeen, runtimeKind } from '../../../read/runtime.js';
import { shown } from '../../../read/shown.js';
import { containerdSet, criPart, setSystemdCgroup } from '../../../therapies/runtime-config.js';
import { restoreAt } from '../../../therapies/restore.js';
import { apiRefused } from '../../../symptoms.js';
import type { Finding } from '../../../examine/verdict.js';
import { otherAnnotation, otherSocket, sameAnnotation, sameSocket } from './socket.js';

export default defineCase({
  id: 'cri-disabled',
  precedence: 230,
  title: 'containerd runs, but does not speak CRI with the kubelet',
  variants: {
    disabled: 'disabled_plugins in force names the CRI plugin',
    'failed-to-load': 'containerd could not load its CRI plugin',
    version: 'this containerd and this kubelet speak no common version of CRI',
    socket: 'the kubelet dials another socket than the one on which containerd listens',
    annotation: 'kubeadm is told, by an annotation of the node, another socket than the one that the kubelet dials',
  },
  symptoms: [
    { text: /unknown service runtime\.v1(alpha2)?\.(RuntimeService|ImageService)/ },
    { text: /container runtime is not running/ },
    { text: /failed to load plugin io\.containerd\.grpc\.v1\.cri/ },
    { text: /validate service connection: (validate )?CRI v1 (runtime|image) API is not implemented/ },
    { text: /connect endpoint '[^']+', make sure you are running as root and the endpoint has been started/ },
    { text: /unix:\/\/(unix:\/\/)+\// },
    { text: apiRefused },
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
    const eyes = openEyes();
    return eyes.verdict([
      ...nodesOf(chart).flatMap(host => finding(host, eyes) ?? []),
      ...otherAnnotation(chart, eyes),
    ]);
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    const systemd = host !== undefined && kubeletOf(host).value('cgroupDriver', 'cgroup-driver') === 'systemd';
    if (host && finding.variant === 'socket') return sameSocket(chart, host);
    if (host && finding.variant === 'annotation') return sameAnnotation(host, finding.subject);
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
          advice: [`${finding.says}`, 'upgrade containerd on a drained node; its containers live on'],
        }
      : {
          refused:
            'why the plugin does not load stands in containerd’s own words, and only its owner knows what was meant',
          advice: ['journalctl -u containerd | grep -i cri', 'containerd config default shows a whole configuration'],
        };
  },

  teach: finding =>
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
            command: `crictl --runtime-endpoint unix://${finding.subject} version`,
            answer: 'connect: no such file or directory',
            healthy: 'RuntimeName: containerd',
          },
        ]
      : finding.variant === 'annotation'
        ? [
            {
              host: 'cluster',
              command: `kubectl get node ${finding.subject} -o yaml | grep cri-socket; ps -o args= -C kubelet | tr " " "\\n" | grep runtime-endpoint`,
              answer: finding.shows.map(one => one.text).join('; '),
              healthy: 'the same path twice',
            },
          ]
        : [
            {
              host: finding.host,
              command: 'containerd config dump | grep disabled_plugins; ctr plugins ls | grep cri',
              answer: finding.shows[0]?.text ?? finding.says,
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

function finding(host: HostChart, eyes: Eyes): Finding | undefined {
  eyes.see(host.processes);
  if (!eyes.see(host.files) || runtimeKind(host) !== 'containerd') return undefined;
  const runtime = containerdSeen(eyes, host);
  if (!runtime) return undefined;
  const off = runtime.disabled.filter(isCri);
  const at = { host: host.name, subject: off.length > 0 ? 'disabled_plugins' : 'io.containerd.grpc.v1.cri' };
  if (off.length > 0)
    return {
      variant: 'disabled',
      ...at,
      says: `the kubelet of ${host.name} asks containerd by CRI, and containerd’s configuration in force disables ${off.join(', ')}`,
      shows: [
        shown(host.containerd, 'containerd config dump', `disabled_plugins = ${JSON.stringify(runtime.disabled)}`),
      ],
    };
  return otherSocket(host, runtime.config) ?? notLoaded(host, at, eyes) ?? apart(host, at.host, eyes);
}

/** Of the last start only: what an earlier one said is over. */
function notLoaded(
  host: HostChart,
  at: { readonly host: string; readonly subject: string },
  eyes: Eyes,
): Finding | undefined {
  const lines = eyes.see(host.logs)?.containerd ?? [];
  const line = lines
    .slice(lines.findLastIndex(one => one.includes('starting containerd')) + 1)
    .find(one => /failed to load plugin io\.containerd\.(grpc\.v1\.cri|cri\.v1)/.test(one));
  return line === undefined
    ? undefined
    : {
        variant: 'failed-to-load',
        ...at,
        says: `the kubelet of ${host.name} asks containerd by CRI, and containerd said at its last start: ${line.slice(0, 300)}`,
        shows: [shown(host.logs, 'journal of containerd', line)],
      };
}

function apart(host: HostChart, name: string, eyes: Eyes): Finding | undefined {
  const versions = eyes.see(host.versions);
  const [kubelet, containerd] = [bare(versions?.kubelet ?? ''), bare(versions?.containerd ?? '')];
  const needs = kubelet === undefined ? undefined : release(kubelet)?.containerd;
  if (!needs || kubelet === undefined || containerd === undefined) return undefined;
  const [old, young] = [
    compareVersions(containerd, exact(needs.min)) < 0,
    needs.below !== undefined && compareVersions(containerd, exact(needs.below)) >= 0,
  ];
  return old || young
    ? {
        variant: 'version',
        host: name,
        subject: `containerd ${containerd}`,
        says: `kubelet ${kubelet} on ${name} needs a containerd ${old ? `from ${needs.min} on` : `before ${needs.below}`}, and this one is ${containerd}`,
        shows: [shown(host.versions, 'versions', `kubelet ${kubelet}, containerd ${containerd}`)],
      }
    : undefined;
}

const exact = (version: string): string => [...version.split('.'), '0', '0'].slice(0, 3).join('.');
