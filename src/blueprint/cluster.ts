import { nodes, withRole } from '../model/cluster.js';
import type { Host } from '../model/cluster.js';
import type { Peer } from '../model/host-facts.js';
import type { Resource } from '../model/resource.js';
import { podNetworks } from './network/addresses.js';
import { administrators } from './access/administrators.js';
import { apiReady } from './access/api-answers.js';
import { apiserver } from './components/apiserver.js';
import { clusterInfo } from './access/cluster-info.js';
import { containerd } from './components/containerd.js';
import { controllerManager, scheduler } from './components/controllers.js';
import { dns } from './dns/dns.js';
import { endpointMoves } from './access/endpoint-answers.js';
import { etcd } from './components/etcd.js';
import { freshTrust } from './access/fresh-trust.js';
import { gone } from './components/gone.js';
import { hostBase } from './host.js';
import type { Input, HostContext } from './input.js';
import { kubelet } from './components/kubelet.js';
import { balancersOf } from '../model/components.js';
import { formerBalancer } from './components/former-balancer.js';
import { formerEtcd } from './components/former-etcd.js';
import { loadBalancer } from './components/load-balancer.js';
import { metricsServer } from './metrics/metrics-server.js';
import { network, peersText } from './network/network.js';
import { node } from './node.js';
import { proxy } from './components/proxy.js';
import { renewal } from './components/renewal.js';
import { publishedTrust } from './rotation/authority.js';
import { componentRbac } from './access/rbac.js';

/** Everything that is wanted, on every host and in the API, told from the ground up. */
export function cluster(input: Input): readonly Resource[] {
  const { spec } = input;
  const sites = survey(input);
  const on = (hosts: readonly Host[], room: (site: HostContext) => readonly Resource[]): readonly Resource[] =>
    hosts.flatMap(host => {
      const site = sites.get(host.name);
      return site ? room(site) : [];
    });

  // Without a share of the pod network a host is no node yet.
  const withShare = nodes(spec).filter(host => sites.get(host.name)?.podCidr !== '');

  const all = [
    ...on(spec.hosts, hostBase),
    ...gone(input),
    ...on(withRole(spec, 'etcd'), etcd),
    ...on(withRole(spec, 'controlPlane'), apiserver),
    ...on(withRole(spec, 'controlPlane'), controllerManager),
    ...on(withRole(spec, 'controlPlane'), scheduler),
    ...on(balancersOf(spec), loadBalancer),
    ...endpointMoves(input),
    apiReady(spec),
    administrators(spec),
    ...componentRbac(),
    ...clusterInfo(input),
    ...publishedTrust(input),
    ...on(withShare, containerd),
    ...on(withShare, network),
    ...on(withShare, kubelet),
    ...on(withShare, proxy),
    ...on(withShare, node),
    ...on(spec.hosts, formerBalancer),
    ...on(spec.hosts, formerEtcd),
    ...(spec.addons.dns ? dns(input) : []),
    ...metricsServer(input),
  ];
  const renewed = (site: HostContext) =>
    renewal(
      site,
      all.filter(({ host }) => host === site.host.name),
    );
  return [...all, ...freshTrust(input, all), ...on(withRole(spec, 'controlPlane'), renewed)];
}

/** Who is taken out of the cluster has no routes any more. */
const staying = ({ leaving = [], removes = [] }: Input): readonly Peer[] =>
  leaving.filter(({ name }) => !removes.some(one => one.name === name));

/** One site per host that could be asked. */
function survey(input: Input): ReadonlyMap<string, HostContext> {
  const shares = podNetworks(input);
  const text = input.tableUnseen ? undefined : peersText(input.spec, shares, staying(input));
  const peers = text === undefined ? {} : { peers: { text, sha256: input.sha256(text) } };
  return new Map(
    input.spec.hosts.flatMap(host => {
      const fact = input.facts.get(host.name);
      return fact ? [[host.name, { ...input, host, fact, podCidr: shares.get(host.name) ?? '', ...peers }]] : [];
    }),
  );
}
