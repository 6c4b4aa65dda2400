/** etcd: its member goes on with its data, its name and its addresses, and never becomes an older one. */
import { etcdLine, etcdUpgradeRefused, parseVersion, release } from '../../catalog/index.js';
import type { HostChart } from '../../clinic/chart/host-chart.js';
import { ownStatus } from '../../clinic/read/etcd-members.js';
import { flagsOf } from '../../clinic/read/flags.js';
import type { ClusterSpec } from '../../model/cluster.js';
import { etcdClientPort, etcdPeerPort } from '../../model/components.js';
import { type Hit, onHost } from '../../preflight/upgrade/finding.js';
import { podOf } from '../owner/builder.js';
import { type Conversion, type ConversionFinding, type ConversionJudge, ownOf, stands } from './finding.js';

export const etcdJudge: ConversionJudge = (conversion, evidence) => {
  const { planes, members } = conversion;
  for (const member of members) evidence.read(member.etcd);
  const apart = members.filter(host => !planes.includes(host) || podOf(host, 'etcd') === undefined);
  return [
    ...stands(
      'etcd-apart',
      'blocker',
      apart.map(host => onHost(host.name, flagsOf(host, 'etcd').source)),
      {
        why: 'etcd is no static pod of a control plane there: its owner keeps it in another way',
        next: 'clusters whose etcd stands on its control planes, as kubeadm puts it, are those that can be converted',
      },
    ),
    ...stands(
      'etcd-named-otherwise',
      'blocker',
      members.flatMap(host => named(host, conversion)),
      {
        why: 'a member of etcd keeps its name, its addresses and its data, and Kubewizard has them alike on all hosts',
        next: 'let kubeadm make the member anew (kubeadm reset and join, one host at a time), then adopt again',
      },
    ),
    ...unwell(conversion),
    ...versions(conversion),
  ];
};

/** What a member must be told word for word, since its peers know it so. */
const wantedOf = (name: string, address: string): Readonly<Record<string, string>> => ({
  name,
  'data-dir': '/var/lib/etcd',
  'initial-advertise-peer-urls': `https://${address}:${etcdPeerPort}`,
  'advertise-client-urls': `https://${address}:${etcdClientPort}`,
});

const named = (host: HostChart, { spec }: Conversion): readonly Hit[] => {
  const own = ownOf(spec, host);
  const flags = flagsOf(host, 'etcd').inForce;
  if (!own || !flags) return [];
  const member = 'value' in host.etcd ? host.etcd.value.members.find(one => one.name === flags.get('name')) : undefined;
  const wanted = wantedOf(own.name, own.address);
  const moved = member?.peerUrls.filter(url => url !== wanted['initial-advertise-peer-urls']) ?? [];
  return [
    ...Object.entries(wanted).flatMap(([flag, value]) =>
      flags.get(flag) === value ? [] : [onHost(own.name, `--${flag}=${flags.get(flag) ?? ''}, not ${value}`)],
    ),
    ...(flags.get('wal-dir') === undefined ? [] : [onHost(own.name, `--wal-dir=${flags.get('wal-dir')}`)]),
    ...moved.map(url => onHost(own.name, `its peers know it at ${url}`)),
  ];
};

const unwell = ({ members, spec }: Conversion): readonly ConversionFinding[] => {
  const hits = members.flatMap((host): readonly Hit[] => {
    if (!('value' in host.etcd)) return [];
    const { members: known, status, alarms } = host.etcd.value;
    return [
      ...known.filter(one => one.learner).map(one => onHost(host.name, `${one.name || one.id} is a learner`)),
      ...known.filter(one => one.name === '').map(one => onHost(host.name, `member ${one.id} has never started`)),
      ...status.flatMap(one => (one.error === undefined ? [] : [onHost(host.name, `${one.endpoint}: ${one.error}`)])),
      ...alarms.map(alarm => onHost(host.name, `alarm ${alarm}`)),
      ...(known.length > 0 && known.length !== members.length
        ? [onHost(host.name, `it knows ${known.length} members, and ${spec.name} has ${members.length}`)]
        : []),
    ];
  });
  return stands('etcd-unwell', 'blocker', hits, {
    why: 'each member is started anew in its turn, and the others must hold the quorum meanwhile',
    next: 'kw heal, or kw doctor for what is there',
  });
};

const versions = ({ members, spec, brings }: Conversion): readonly ConversionFinding[] => {
  const theirs = members.flatMap(host => {
    const own = 'value' in host.etcd ? ownStatus({ host, etcd: host.etcd.value })?.version : undefined;
    return own === undefined || !parseVersion(own) ? [] : [{ host: host.name, version: own }];
  });
  const ours = brings ?? broughtFor(spec);
  if (ours === undefined) return [];
  const refused = theirs.flatMap(({ host, version }) => {
    const why = etcdUpgradeRefused(version, ours);
    const line = etcdLine(version)?.line !== etcdLine(ours)?.line;
    if (why !== undefined) return [onHost(host, why)];
    return line ? [onHost(host, `etcd ${version} would become ${ours}, which is another line`)] : [];
  });
  return stands('etcd-version', 'blocker', refused, {
    why: 'what etcd has stored an older one may not read, and a line is changed in a rollout of its own',
    next: 'bring etcd to the version that goes with this Kubernetes first, by kubeadm’s own means',
  });
};

/** Where no artifacts are at hand: what the catalog has heard of. */
export const broughtFor = ({ kubernetes, artifacts: { source } }: ClusterSpec): string | undefined => {
  const known = release(kubernetes)?.etcd.version;
  return known === undefined || source === 'release' ? known : (etcdLine(known)?.newest ?? known);
};
