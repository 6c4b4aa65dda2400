/** Host by host, what a conversion would do there, and what would stay: in the order of its turns. */
import { flagsOf } from '../../clinic/read/flags.js';
import type { HostChart } from '../../clinic/chart/host-chart.js';
import { kubeletOf } from '../../clinic/read/kubelet.js';
import { runtimeKind } from '../../clinic/read/runtime.js';
import { etcdFlags } from '../../blueprint/components/etcd.js';
import type { Host } from '../../model/cluster.js';
import type { ComponentKey } from '../../model/components.js';
import { toldOn } from '../draw/argv.js';
import { type FlagChange, flagChanges, ownFlags } from '../draw/flags.js';
import { otherPodsOf } from '../draw/keep.js';
import { providerOf } from '../draw/networks.js';
import { podOf } from '../owner/builder.js';
import { runs } from '../owner/whole.js';
import { broughtFor } from './etcd.js';
import { type Conversion, ownOf } from './finding.js';

/** A program that would be started by a unit of Kubewizard's. */
export interface ProgramTurn {
  readonly program: string;
  /** Manifest or unit that starts it now. */
  readonly from: string;
  readonly is: 'static-pod' | 'unit';
  /**
   * What Kubewizard would set otherwise, with the first `kw up` after the conversion. Absent: it is not told in flags
   * alone, and was not compared.
   */
  readonly flags?: readonly FlagChange[];
}

export interface Stays {
  readonly what: 'member' | 'data' | 'node' | 'runtime' | 'network' | 'kube-proxy' | 'static-pod';
  readonly name: string;
}

export interface HostTurn {
  readonly host: string;
  readonly programs: readonly ProgramTurn[];
  /** Files that would be laid aside, and put back where the turn fails. */
  readonly aside: readonly string[];
  readonly stays: readonly Stays[];
}

/** Control planes one at a time in the order of the file, then the others. */
export const turnsOf = (conversion: Conversion): readonly HostTurn[] => {
  const { chart, spec, planes } = conversion;
  const sites = [...chart.hosts.values()].flatMap(host => {
    const own = ownOf(spec, host);
    return own ? [{ host, own }] : [];
  });
  return [...sites.filter(({ host }) => planes.includes(host)), ...sites.filter(({ host }) => !planes.includes(host))]
    .map(site => turnOf(site, conversion))
    .filter(({ programs }) => programs.length > 0);
};

interface Site {
  readonly host: HostChart;
  readonly own: Host;
}

const rows: readonly (readonly [key: ComponentKey, program: string])[] = [
  ['etcd', 'etcd'],
  ['apiserver', 'kube-apiserver'],
  ['controllerManager', 'kube-controller-manager'],
  ['scheduler', 'kube-scheduler'],
  ['kubelet', 'kubelet'],
];

const turnOf = (site: Site, conversion: Conversion): HostTurn => {
  const { host, own } = site;
  const programs = rows.flatMap(([key, program]): readonly ProgramTurn[] => {
    const { source } = flagsOf(host, program);
    if (source === undefined) return [];
    const told = toldOn(host, program);
    const becomes = key === 'kubelet' ? undefined : toldBy(key, site, conversion);
    return [
      {
        program,
        from: source,
        is: podOf(host, program) ? 'static-pod' : 'unit',
        ...(told && becomes && { flags: flagChanges(told, becomes) }),
      },
    ];
  });
  return {
    host: own.name,
    programs,
    aside: [...programs.filter(one => one.is === 'static-pod').map(one => one.from), ...dropIns(host)],
    stays: staysOn(site, conversion),
  };
};

const toldBy = (key: ComponentKey, { host, own }: Site, { spec, brings }: Conversion) => {
  if (key !== 'etcd') return ownFlags(key, spec, own.name);
  const version = brings ?? broughtFor(spec) ?? '';
  const etcdInitial = flagsOf(host, 'etcd').inForce?.get('initial-cluster');
  return etcdFlags({
    spec,
    host: own,
    fact: { etcdDataExists: true, ...(etcdInitial !== undefined && { etcdInitial }) },
    artifacts: { binaries: { etcd: { version } } },
  });
};

/** Whatever is in kubelet.service.d wins over a unit, wherever that lies. */
const dropIns = (host: HostChart): readonly string[] =>
  ('value' in host.files ? host.files.value : [])
    .map(({ path }) => path)
    .filter(path => path.includes('/kubelet.service.d/') && path.endsWith('.conf'));

const staysOn = ({ host, own }: Site, { members }: Conversion): readonly Stays[] => {
  const flags = flagsOf(host, 'etcd').inForce;
  const driver: unknown = kubeletOf(host).value('cgroupDriver', 'cgroup-driver');
  const provider = providerOf(host);
  return [
    ...(members.includes(host) ? memberOf(host, flags?.get('data-dir')) : []),
    { what: 'node', name: own.name },
    { what: 'runtime', name: `${runtimeKind(host) ?? 'unseen'}${typeof driver === 'string' ? `, ${driver}` : ''}` },
    ...(provider === undefined ? [] : [{ what: 'network' as const, name: provider }]),
    ...(runs(host, 'kube-proxy') ? [{ what: 'kube-proxy' as const, name: 'its DaemonSet' }] : []),
    ...otherPodsOf(host).map((name): Stays => ({ what: 'static-pod', name })),
  ];
};

const memberOf = (host: HostChart, data: string | undefined): readonly Stays[] => {
  const name = flagsOf(host, 'etcd').inForce?.get('name');
  const member = 'value' in host.etcd ? host.etcd.value.members.find(one => one.name === name) : undefined;
  return [
    ...(member ? [{ what: 'member' as const, name: `${member.name} ${member.peerUrls.join(', ')}` }] : []),
    ...(data === undefined ? [] : [{ what: 'data' as const, name: data }]),
  ];
};
