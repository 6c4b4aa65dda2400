/** Whether the hosts that were asked are one cluster, and all of its control plane and etcd. */
import type { Chart } from '../../clinic/chart/chart.js';
import type { HostChart } from '../../clinic/chart/host-chart.js';
import { unasked } from '../../clinic/examine/unasked.js';
import type { Certificate } from '../../pki/certificate.js';
import { flagsOf } from '../../clinic/read/flags.js';
import { kubeletConf, kubeletOf } from '../../clinic/read/kubelet.js';
import { listAt } from '../../clinic/read/yaml.js';
import { nodeAddresses, objectsOf } from './living.js';
import type { Refusal } from './refusal.js';

export const runs = (host: HostChart, program: string): boolean => flagsOf(host, program).inForce !== undefined;

/** Hosts that have an API server, running or to be started. What a former control plane left behind is none. */
export const planesOf = (chart: Chart): readonly HostChart[] =>
  [...chart.hosts.values()].filter(host => runs(host, 'kube-apiserver'));

export const membersOf = (chart: Chart): readonly HostChart[] =>
  [...chart.hosts.values()].filter(host => runs(host, 'etcd'));

/** Without nodes that the API alone names: they are told by their Node, and are no silent hosts. */
export const askedOnly = (chart: Chart): Chart => ({
  ...chart,
  hosts: new Map(
    [...chart.hosts].filter(([, { processes }]) => !('missing' in processes && processes.kind === unasked.kind)),
  ),
});

export const wholeness = (chart: Chart): Refusal | undefined =>
  unseenHosts(chart) ??
  withoutPart(chart) ??
  twoClusters(chart) ??
  noPlane(chart) ??
  missingPlane(chart) ??
  strangeMember(chart) ??
  missingMember(chart);

const all = 'name all control planes, all hosts of etcd and all workers in --hosts';

const unseenHosts = (chart: Chart): Refusal | undefined => {
  const unseen = [...chart.hosts.values()].flatMap(({ name, processes, files }) => {
    const why = 'missing' in processes ? processes.missing : 'missing' in files ? files.missing : undefined;
    return why === undefined ? [] : [`${name}: ${why}`];
  });
  if (chart.hosts.size > 0 && unseen.length === 0) return undefined;
  return {
    code: 'host-unseen',
    says: unseen.length === 0 ? 'no host was seen' : `not every host could be seen: ${unseen.join('; ')}`,
    help: 'what a host is for must be seen, not guessed: see that it can be reached, or leave a worker out of --hosts',
  };
};

const withoutPart = (chart: Chart): Refusal | undefined => {
  const hosts = [...chart.hosts.values()];
  const idle = hosts.filter(host => !['kubelet', 'kube-apiserver', 'etcd'].some(program => runs(host, program)));
  if (idle.length > 0)
    return {
      code: 'no-part',
      says: `${idle.map(({ name }) => name).join(', ')} runs neither a kubelet nor an API server nor etcd`,
      help: 'leave it out of --hosts: a load balancer is the endpoint of the file, and no host of it',
    };
  const untold = hosts.filter(
    host => (runs(host, 'kubelet') || runs(host, 'kube-apiserver')) && authoritiesOf(host).length === 0,
  );
  return untold.length === 0
    ? undefined
    : {
        code: 'host-unseen',
        says: `nothing tells whose ${untold.map(({ name }) => name).join(', ')} is: no CA was seen that it trusts`,
        help: 'kw doctor --hosts with the same hosts says what could not be read there, and why',
      };
};

const noPlane = (chart: Chart): Refusal | undefined =>
  planesOf(chart).length > 0
    ? undefined
    : {
        code: 'no-control-plane',
        says: `none of ${[...chart.hosts.keys()].join(', ')} is a control plane: there is no API server on them`,
        help: `${all}; where somebody else runs the control plane (a cloud does), it cannot be adopted`,
      };

/** CAs that a host trusts in who calls its API server or its kubelet, by fingerprint. */
export const authoritiesOf = (host: HostChart): readonly Certificate[] => {
  const paths = [
    flagsOf(host, 'kube-apiserver').inForce?.get('client-ca-file'),
    String(kubeletOf(host).value('authentication.x509.clientCAFile', 'client-ca-file') ?? ''),
  ];
  const ofFiles = ('value' in host.certificates ? host.certificates.value : [])
    .filter(({ path }) => paths.includes(path))
    .flatMap(({ certificates }) => certificates);
  const ofKubelet = ('value' in host.kubeconfigs ? host.kubeconfigs.value : [])
    .filter(({ path }) => path === (kubeletOf(host).flags?.get('kubeconfig') ?? kubeletConf))
    .flatMap(({ ca }) => ca);
  return [...ofFiles, ...ofKubelet];
};

/** Hosts that share a CA are of one cluster; while a CA is changed a host has two. */
const twoClusters = (chart: Chart): Refusal | undefined => {
  const groups: { readonly hosts: string[]; readonly authorities: Set<string> }[] = [];
  for (const host of chart.hosts.values()) {
    const own = authoritiesOf(host).map(({ fingerprint }) => fingerprint);
    if (own.length === 0) continue;
    const joined = groups.filter(group => own.some(one => group.authorities.has(one)));
    for (const group of joined) groups.splice(groups.indexOf(group), 1);
    groups.push({
      hosts: [...joined.flatMap(group => group.hosts), host.name],
      authorities: new Set([...joined.flatMap(group => [...group.authorities]), ...own]),
    });
  }
  if (groups.length <= 1) return twoEtcds(chart);
  const words = groups.map(
    ({ hosts, authorities }) => `${hosts.join(', ')} (CA ${[...authorities].map(one => one.slice(0, 12)).join(', ')})`,
  );
  return {
    code: 'two-clusters',
    says: `these hosts are of ${groups.length} clusters: ${words.join(' · ')}`,
    help: 'name the hosts of one cluster',
  };
};

const twoEtcds = (chart: Chart): Refusal | undefined => {
  const ids = new Map<string, string>();
  for (const host of chart.hosts.values())
    for (const { clusterId } of 'value' in host.etcd ? host.etcd.value.status : [])
      if (clusterId !== undefined) ids.set(clusterId, ids.get(clusterId) ?? host.name);
  return ids.size <= 1
    ? undefined
    : {
        code: 'two-clusters',
        says: `there are two etcds: ${[...ids].map(([id, host]) => `${id} on ${host}`).join(', ')}`,
        help: 'name the hosts of one cluster; where it is one, kw doctor --hosts says how its etcd came apart',
      };
};

export const addressesOf = (host: HostChart): ReadonlySet<string> =>
  new Set([
    host.address,
    ...('value' in host.network ? host.network.value.addresses.map(one => one.address) : []),
    '127.0.0.1',
    '::1',
  ]);

const isThere = (chart: Chart, address: string): boolean =>
  [...chart.hosts.values()].some(host => addressesOf(host).has(address));

const planeKeys = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

const missingPlane = (chart: Chart): Refusal | undefined => {
  const gone = objectsOf(chart, 'nodes').filter(
    node =>
      (planeKeys.some(key => node.metadata.labels?.[key] !== undefined) ||
        listAt(node.spec, 'taints').some(taint => planeKeys.includes(taint?.key))) &&
      !nodeAddresses(node).some(address => isThere(chart, address)),
  );
  return gone.length === 0
    ? undefined
    : {
        code: 'control-plane-unseen',
        says: `${gone.map(({ metadata }) => metadata.name).join(', ')} is a control plane of it, and was not asked`,
        help: all,
      };
};

const hostIn = (url: string): string => /^https?:\/\/(\[[^\]]+\]|[^:/]+)/.exec(url)?.[1]?.replace(/^\[|\]$/g, '') ?? '';

/** etcd alone has another CA: who keeps the cluster's data is told by its API servers. */
const strangeMember = (chart: Chart): Refusal | undefined => {
  const told = new Set(
    planesOf(chart).flatMap(host => (flagsOf(host, 'kube-apiserver').inForce?.all('etcd-servers') ?? []).map(hostIn)),
  );
  const names = [...told].some(address => !/^[\d.]+$|:/.test(address));
  const apart = membersOf(chart).filter(
    host =>
      !names &&
      !runs(host, 'kubelet') &&
      !runs(host, 'kube-apiserver') &&
      ![...addressesOf(host)].some(address => told.has(address) && !isLoopback(address)),
  );
  return apart.length === 0
    ? undefined
    : {
        code: 'two-clusters',
        says: `${apart.map(({ name }) => name).join(', ')} runs an etcd that no API server among these hosts asks`,
        help: 'name the hosts of one cluster',
      };
};

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';

const missingMember = (chart: Chart): Refusal | undefined => {
  const told = planesOf(chart).flatMap(host => flagsOf(host, 'kube-apiserver').inForce?.all('etcd-servers') ?? []);
  const known = [...chart.hosts.values()].flatMap(({ etcd }) => ('value' in etcd ? etcd.value.members : []));
  const urls = [...told, ...known.flatMap(({ clientUrls }) => clientUrls)];
  const gone = [...new Set(urls.map(hostIn))].filter(address => /^[\d.]+$|:/.test(address) && !isThere(chart, address));
  if (gone.length > 0)
    return { code: 'etcd-unseen', says: `etcd runs at ${gone.join(', ')} too, and that host was not asked`, help: all };
  return membersOf(chart).length > 0
    ? undefined
    : {
        code: 'etcd-unseen',
        says: `none of these hosts runs etcd; the API servers ask ${told.join(', ') || 'somebody'}`,
        help: all,
      };
};
