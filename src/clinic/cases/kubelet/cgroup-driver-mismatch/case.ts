import { minorOf } from '../../../../catalog/index.js';
import { defineCase, type FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { bare, nodesOf } from '../../../read/hosts.js';
import { kubeletOf } from '../../../read/kubelet.js';
import { containerdIn, containerdSeen, runtimeKind } from '../../../read/runtime.js';
import { containerdSet, setSystemdCgroup } from '../../../therapies/runtime-config.js';
import { kubeletSetting } from '../../../therapies/kubelet-settings.js';
import { apiRefused } from '../../../symptoms.js';
import { quoted } from '../../../read/quote.js';

type Driver = 'systemd' | 'cgroupfs';

/** What each side uses; `told`: the file or the flag that tells the kubelet; `path`: its configuration. */
type Drivers = { readonly kubelet: Driver; readonly runtime: Driver; readonly told: string; readonly path: string };

type Facts = {
  readonly containerd: Drivers & { readonly systemdCgroup: boolean };
  readonly docker: Drivers;
};

export default defineCase<Facts>({
  id: 'cgroup-driver-mismatch',
  precedence: 220,
  title: 'The kubelet and the runtime manage cgroups in different ways',
  variants: {
    containerd: {
      means: 'containerd’s SystemdCgroup in force says another driver than the kubelet’s cgroupDriver',
      says: ({ host, facts }) => `${kubeletUses(host, facts)}, and containerd has in force ${facts.runtime}`,
      shows: ({ facts }) => [
        quoted('containerd', 'containerd config dump', `SystemdCgroup = ${facts.systemdCgroup}`),
        quoted('files', facts.path, `cgroupDriver: ${facts.kubelet}`),
      ],
    },
    docker: {
      means: 'Docker’s cgroup driver is another one than the kubelet’s',
      says: ({ host, facts }) => `${kubeletUses(host, facts)}, and Docker ${facts.runtime}`,
      shows: ({ facts }) => [
        quoted('files', '/etc/docker/daemon.json', `native.cgroupdriver: ${facts.runtime}`),
        quoted('files', facts.path, `cgroupDriver: ${facts.kubelet}`),
      ],
    },
  },
  told: [['cgroup-driver'], ['cgroup-driver', 'restarts'], ['cgroup-driver', 'kubelet']],
  symptoms: [
    { text: /kubelet cgroup driver: "+'?\w+'?"+ is different from docker cgroup driver/ },
    // What CRI-O says of the same.
    { text: /(?:systemd|cgroupfs) cgroup manager, but (?:did not receive|received) (?:\w+ )?slice as parent/ },
    { text: /expected cgroupsPath to be of format "slice:prefix:name"/ },
    { text: /misconfiguration: kubelet cgroup driver/ },
    { text: /SystemdCgroup|native\.cgroupdriver/ },
    { text: apiRefused },
  ],
  explains: ['waiting-for-leader-lease', 'not-highly-available', 'probe-misses-its-target'],
  lab: true,
  sources: [
    'kubernetes/kubeadm#2773',
    'kubernetes/kubeadm#3187',
    'kubernetes/kubernetes#131347',
    'https://kubernetes.io/docs/setup/production-environment/container-runtimes/#cgroup-drivers',
  ],
  badCures: [
    {
      cure: 'rm /etc/containerd/config.toml',
      why: 'containerd’s default is cgroupfs: it makes this illness where the kubelet says systemd',
      text: /rm (-\w+ )?\/etc\/containerd\/config\.toml/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(nodesOf(chart).flatMap(host => finding(host, evidence) ?? []));
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    if (!host || finding.variant === 'docker')
      return {
        refused: 'Docker’s driver is changed in its own configuration, and all its containers stop with that',
        advice: [
          'drain the node',
          'write "exec-opts": ["native.cgroupdriver=systemd"] into /etc/docker/daemon.json (or the kubelet’s ' +
            'cgroupDriver as Docker’s)',
          'systemctl restart docker kubelet, then uncordon',
        ],
      };
    const systemd = chosen(chart, host) === 'systemd';
    const because = `both sides use the ${systemd ? 'systemd' : 'cgroupfs'} driver`;
    const runtime =
      'value' in host.containerd && containerdIn(host.containerd.value).systemdCgroup !== systemd
        ? containerdSet(chart, host, because, config => setSystemdCgroup(config, systemd))
        : [];
    const kubelet =
      kubeletDriver(host) !== (systemd ? 'systemd' : 'cgroupfs')
        ? kubeletSetting(chart, host, 'cgroupDriver', systemd ? 'systemd' : 'cgroupfs', because, 'cgroup-driver')
        : [];
    const want = [...runtime, ...kubelet];
    return want.length > 0
      ? {
          title: `Let kubelet and runtime of ${host.name} both use ${systemd ? 'systemd' : 'cgroupfs'}`,
          risk: 'restart',
          want,
        }
      : {
          refused: 'the files that say the driver were not seen as text',
          advice: [
            'make SystemdCgroup in /etc/containerd/config.toml and cgroupDriver in /var/lib/kubelet/config.yaml agree',
            'systemctl restart containerd kubelet',
          ],
        };
  },

  verify: finding => [
    {
      host: finding.host,
      command: `${
        finding.variant === 'docker'
          ? "docker info --format '{{.CgroupDriver}}'"
          : 'containerd config dump | grep SystemdCgroup'
      }; grep cgroupDriver /var/lib/kubelet/config.yaml`,
      answer: finding.shows.map(one => one.text).join('\n'),
      healthy: 'SystemdCgroup = true with systemd, false with cgroupfs',
    },
    {
      host: finding.host,
      command: 'journalctl -u kubelet | grep -i cgroup',
      answer: 'expected cgroupsPath to be of format "slice:prefix:name" …',
      healthy: 'nothing',
    },
  ],
});

const kubeletUses = (host: string, { kubelet, told }: Drivers): string =>
  `the kubelet of ${host} uses the ${kubelet} driver (${told})`;

const kubeletDriver = (host: HostChart): Driver =>
  String(kubeletOf(host).value('cgroupDriver', 'cgroup-driver') ?? 'cgroupfs').replace(/["']/g, '') === 'systemd'
    ? 'systemd'
    : 'cgroupfs';

function finding(host: HostChart, evidence: EvidenceReader): FoundOf<Facts> | undefined {
  evidence.read(host.processes);
  if (!evidence.read(host.files)) return undefined;
  const { flags, path, config } = kubeletOf(host);
  if (!flags) return undefined;
  if (config === undefined && flags.get('config') !== undefined && flags.get('cgroup-driver') === undefined) {
    evidence.note(host.name, path, 'the kubelet reads its driver there, and the file was not seen as text');
    return undefined;
  }
  const mine = kubeletDriver(host);
  const kind = runtimeKind(host);
  const told = flags.get('cgroup-driver') !== undefined ? '--cgroup-driver' : path;
  if (kind === 'docker') {
    const theirs = dockerDriver(host, evidence);
    return theirs === undefined || theirs === mine
      ? undefined
      : {
          variant: 'docker',
          host: host.name,
          subject: { path: '/etc/docker/daemon.json' },
          facts: { kubelet: mine, runtime: theirs, told, path },
        };
  }
  const runtime = kind === 'containerd' ? containerdSeen(evidence, host) : undefined;
  if (!runtime || runtime.cri === undefined || asksRuntime(host, evidence)) return undefined;
  const theirs: Driver = runtime.systemdCgroup ? 'systemd' : 'cgroupfs';
  return theirs === mine
    ? undefined
    : {
        variant: 'containerd',
        host: host.name,
        subject: { setting: 'SystemdCgroup' },
        facts: { kubelet: mine, runtime: theirs, told, systemdCgroup: runtime.systemdCgroup, path },
      };
}

/** Kubelets from 1.31 on ask a containerd 2 for its driver, and use that (KEP-4033). */
const asksRuntime = (host: HostChart, evidence: EvidenceReader): boolean => {
  const versions = evidence.read(host.versions);
  const [kubelet, containerd] = [bare(versions?.kubelet ?? ''), Number.parseInt(versions?.containerd ?? '', 10)];
  return versions === undefined || (kubelet !== undefined && minorOf(kubelet) >= 31 && containerd >= 2);
};

const dockerDriver = (host: HostChart, evidence: EvidenceReader): Driver | undefined => {
  const cgroup = evidence.read(host.cgroup);
  const text =
    `${evidence.file(host, '/etc/docker/daemon.json')?.text ?? ''} ` +
    `${evidence.process(host, 'dockerd')?.argv.join(' ') ?? ''}`;
  const configured = /native\.cgroupdriver=(systemd|cgroupfs)/.exec(text)?.[1] as Driver | undefined;
  return configured ?? (cgroup === undefined ? undefined : cgroup === 'v2' ? 'systemd' : 'cgroupfs');
};

/** With cgroup v2 systemd; else what both sides of the most other hosts use, else the kubelet's. */
const chosen = (chart: Chart, host: HostChart): Driver => {
  if ('value' in host.cgroup && host.cgroup.value === 'v2') return 'systemd';
  const others = nodesOf(chart)
    .filter(one => one !== host)
    .map(kubeletDriver);
  const systemd = others.filter(one => one === 'systemd').length;
  return others.length === 0 || systemd * 2 === others.length
    ? kubeletDriver(host)
    : systemd * 2 > others.length
      ? 'systemd'
      : 'cgroupfs';
};
