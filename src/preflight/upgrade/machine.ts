/**
 * What the target asks of a host: runtime, cgroups, kernel, room, the proxy's mode, versions of configuration files.
 */
import { compareVersions, minorOf, release } from '../../catalog/index.js';
import { removedBetween, removedConfigurations } from '../../catalog/removals.js';
import { recommendedContainerd } from '../../catalog/runtime.js';
import { objectsSeen } from '../../clinic/read/api-objects.js';
import type { EvidenceReader } from '../../clinic/read/evidence-reader.js';
import { flagsOf } from '../../clinic/read/flags.js';
import { bare, hostsOf, nodesOf } from '../../clinic/read/hosts.js';
import { kubeletOf } from '../../clinic/read/kubelet.js';
import { at, readYaml } from '../../clinic/read/yaml.js';
import { found, hit, type Rule, type Upgrade, type UpgradeFinding } from './finding.js';
import { into } from './workloads.js';

export const machineRule: Rule = (upgrade, reader) => [
  ...docker(upgrade, reader),
  ...containerd(upgrade, reader),
  ...cgroups(upgrade, reader),
  ...kernels(upgrade, reader),
  ...room(upgrade, reader),
  ...proxies(upgrade, reader),
  ...configurations(upgrade, reader),
];

const docker = (upgrade: Upgrade, reader: EvidenceReader): readonly UpgradeFinding[] => {
  if (!into(upgrade, 24)) return [];
  const nodes = objectsSeen(reader, upgrade.chart, 'nodes') ?? [];
  const remote = new Set(
    hostsOf(upgrade.chart)
      .filter(host => flagsOf(host, 'kubelet').inForce?.get('container-runtime-endpoint')?.includes('cri-dockerd'))
      .map(host => host.name),
  );
  return found(
    'dockershim',
    'blocker',
    nodes
      .filter(node => String(at(node, 'status', 'nodeInfo', 'containerRuntimeVersion') ?? '').startsWith('docker://'))
      .filter(node => !remote.has(node.metadata.name))
      .map(node => hit('node', node.metadata.name, String(at(node, 'status', 'nodeInfo', 'containerRuntimeVersion')))),
    {
      into: '1.24',
      why: 'The kubelet of 1.24 has no dockershim: it does not start on Docker.',
      next: 'Move these nodes to containerd, one by one, drained.',
    },
  );
};

const containerd = ({ chart, to }: Upgrade, reader: EvidenceReader): readonly UpgradeFinding[] => {
  const wanted = release(to)?.containerd;
  const runs = nodesOf(chart).flatMap(host => {
    const seen = reader.read(host.versions);
    const version = bare(seen?.containerd ?? '');
    return version === undefined ? [] : [{ host: host.name, version }];
  });
  if (!wanted) return [];
  const bad = runs.filter(
    ({ version }) =>
      compareVersions(version, wanted.min) < 0 ||
      (wanted.below !== undefined && compareVersions(version, wanted.below) >= 0),
  );
  const best = recommendedContainerd(to);
  const old = runs.filter(one => !bad.includes(one) && best !== undefined && compareVersions(one.version, best) < 0);
  const minor = `1.${minorOf(to)}`;
  return [
    ...found(
      'containerd-too-old',
      'blocker',
      bad.map(one => hit('host', one.host, `containerd ${one.version}`)),
      {
        into: minor,
        why:
          `The kubelet of ${minor} and this containerd speak no common version of CRI; it needs ${wanted.min} or ` +
          'newer.',
        next: 'Upgrade containerd first, node by node, drained; 1.7 to 2.x by way of 1.7.28 or newer.',
      },
    ),
    ...found(
      'containerd-below-recommended',
      'note',
      old.map(one => hit('host', one.host, `containerd ${one.version}`)),
      {
        into: minor,
        why: `It works, but containerd itself recommends ${best} or newer for Kubernetes ${minor}.`,
        next: 'Plan its upgrade soon after this one.',
      },
    ),
  ];
};

const cgroups = (upgrade: Upgrade, reader: EvidenceReader): readonly UpgradeFinding[] => {
  if (release(upgrade.to)?.cgroupV1 !== 'refused') return [];
  const old = nodesOf(upgrade.chart).flatMap(host => {
    const seen = reader.read(host.cgroup);
    return seen === undefined || seen === 'v2'
      ? []
      : [{ host, allowed: kubeletOf(host).value('failCgroupV1') === false }];
  });
  const asked = at(upgrade.spec?.components.kubelet.config, 'failCgroupV1') === false;
  return [
    ...found(
      'cgroup-v1',
      'blocker',
      old.filter(one => !one.allowed && !asked).map(({ host }) => hit('host', host.name)),
      {
        into: '1.35',
        why: 'The kubelet of 1.35 and later exits on cgroup v1.',
        next: 'Boot with systemd.unified_cgroup_hierarchy=1, or set failCgroupV1: false in the kubelet configuration.',
      },
    ),
    ...found(
      'cgroup-v1',
      'note',
      old.filter(one => one.allowed || asked).map(({ host }) => hit('host', host.name)),
      {
        into: '1.35',
        why: 'These hosts are on cgroup v1, and failCgroupV1: false lets the kubelet start there.',
        next: 'Plan the move to cgroup v2: what comes later may not be told so.',
      },
    ),
  ];
};

const kernels = ({ chart, to }: Upgrade, reader: EvidenceReader): readonly UpgradeFinding[] =>
  minorOf(to) < 32
    ? []
    : found(
        'kernel-too-old',
        'warning',
        nodesOf(chart).flatMap(host => {
          const kernel = reader.read(host.versions)?.kernel ?? '';
          const [, major, minor] = /^(\d+)\.(\d+)/.exec(kernel) ?? [];
          const old = major !== undefined && Number(major) * 1000 + Number(minor) < 4019;
          return old ? [hit('host', host.name, kernel)] : [];
        }),
        {
          into: '1.32',
          why: 'Kubernetes 1.32 and later are tested on Linux 4.19 and newer only (kubeadm refuses older).',
          next: 'Give these hosts a newer kernel first.',
        },
      );

/** Bytes that new binaries and images take. */
const needed = 2 * 1024 ** 3;

const room = ({ chart }: Upgrade, reader: EvidenceReader): readonly UpgradeFinding[] =>
  found(
    'little-room',
    'warning',
    hostsOf(chart).flatMap(host =>
      (reader.read(host.room)?.disks ?? [])
        .filter(disk => ['/', '/var/lib/containerd', '/var/lib/etcd'].includes(disk.path) && disk.free < needed)
        .slice(0, 1)
        .map(disk => hit('host', host.name, `${disk.path}: ${Math.round(disk.free / 1024 ** 2)} MiB free`)),
    ),
    {
      why: 'New binaries, images and the way back need about 2 GiB.',
      next: 'Make room: crictl rmi --prune, journalctl --vacuum-size.',
    },
  );

const proxies = (upgrade: Upgrade, reader: EvidenceReader): readonly UpgradeFinding[] => {
  const modes = nodesOf(upgrade.chart).flatMap(host => {
    const files = reader.read(host.files);
    const flags = flagsOf(host, 'kube-proxy').inForce;
    const text = files?.find(file => file.path === flags?.get('config'))?.text;
    const parsed = text === undefined ? undefined : readYaml(text);
    const mode = flags?.get('proxy-mode') ?? (parsed && 'value' in parsed ? at(parsed.value, 'mode') : undefined);
    return typeof mode === 'string' ? [{ mode, hit: hit('host', host.name, `kube-proxy mode ${mode}`) }] : [];
  });
  const those = (mode: string) => modes.filter(one => one.mode === mode).map(one => one.hit);
  return [
    ...found('proxy-mode', 'blocker', into(upgrade, 26) ? those('userspace') : [], {
      into: '1.26',
      why: 'kube-proxy of 1.26 has no mode userspace.',
      next: 'Set mode: iptables.',
    }),
    ...found('proxy-mode', 'note', into(upgrade, 35) ? those('ipvs') : [], {
      into: '1.35',
      why: 'The mode ipvs is deprecated since 1.35; it still works.',
      next: 'Plan the move to nftables or iptables.',
    }),
  ];
};

const configurations = (upgrade: Upgrade, reader: EvidenceReader): readonly UpgradeFinding[] => {
  const maps = objectsSeen(reader, upgrade.chart, 'configmaps') ?? [];
  const text = maps.find(one => one.metadata.name === 'kubeadm-config' && one.metadata.namespace === 'kube-system');
  const written = String(at(text, 'data', 'ClusterConfiguration') ?? '');
  return removedBetween(removedConfigurations, upgrade.from, upgrade.to).flatMap(({ name, gone, act }) =>
    found(
      'configuration-version-removed',
      'blocker',
      new RegExp(`^apiVersion: ${name.replaceAll('.', '\\.')}$`, 'm').test(written)
        ? [hit('object', 'ConfigMap kube-system/kubeadm-config', name)]
        : [],
      { into: gone, why: `kubeadm of ${gone} does not read ${name}.`, next: act },
    ),
  );
};
