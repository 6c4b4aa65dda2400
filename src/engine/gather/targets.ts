/** Which ports of a host are looked at, by what it is. */
import {
  apiserverPort,
  etcdClientPort,
  etcdPeerPort,
  healthOf,
  kubeletPort,
  type ProgramName,
} from '../../model/components.js';
import type { ClusterSpec } from '../../model/cluster.js';
import type { Target } from './probe.js';

export interface Subject {
  readonly name: string;
  readonly address: string;
  readonly roles: readonly string[];
  /** Where its API server listens, if not where Kubewizard's do. */
  readonly apiPort?: number;
  /** The roles are what was found on the host, not what its owner wrote. */
  readonly guessed?: true;
}

/** Of a cluster that others built, by the file that was drawn of it. */
export const subjectsIn = ({ hosts, components }: Pick<ClusterSpec, 'hosts' | 'components'>): readonly Subject[] => {
  const port = Number(components.apiserver.extraArgs['secure-port']);
  return hosts.map(({ name, address, roles }) => ({
    ...{ name, address, roles, guessed: true as const },
    ...(port > 0 && { apiPort: port }),
  }));
};

export const apiPortOf = (host: Pick<Subject, 'apiPort'>): number => host.apiPort ?? apiserverPort;

/** `endpointPort`: where a load balancer of this host listens. */
export const targetsOf = (host: Subject, endpointPort: number | undefined): readonly Target[] => {
  const is = (role: string): boolean => host.roles.length === 0 || host.roles.includes(role);
  const secure = (port: number, address = host.address, paths: readonly string[] = []): Target => ({
    address,
    port,
    tls: true,
    paths,
  });
  const health = (program: ProgramName, ...more: readonly string[]): Target => {
    const { scheme, port, path } = healthOf(program);
    return { address: '127.0.0.1', port, tls: scheme === 'https', paths: [path, ...more] };
  };
  const control = is('controlPlane');
  const balanced =
    endpointPort !== undefined &&
    endpointPort !== apiPortOf(host) &&
    (host.guessed ? host.roles.includes('loadBalancer') : control || is('loadBalancer'));
  return [
    ...(control
      ? [
          { ...secure(apiPortOf(host), host.address, ['/readyz?verbose', '/version']), asksTwice: true as const },
          health('kube-controller-manager'),
          health('kube-scheduler'),
        ]
      : []),
    ...(balanced || (is('loadBalancer') && !control)
      ? [secure(endpointPort ?? apiserverPort, '127.0.0.1', ['/readyz'])]
      : []),
    ...(control || is('worker') ? [secure(kubeletPort), health('kubelet')] : []),
    ...(is('etcd') ? [secure(etcdClientPort), secure(etcdPeerPort), health('etcd', '/metrics')] : []),
  ];
};

/**
 * Who must reach whom: everybody the API, control planes the kubelets and etcd, etcd members each other. Bounded for
 * large clusters.
 */
export const reachTargets = (
  host: Subject,
  all: readonly Subject[],
): readonly (readonly [address: string, port: number])[] => {
  const others = all.filter(one => one.name !== host.name);
  const is = (one: Subject, role: string): boolean => one.roles.includes(role);
  const nodes = others.filter(one => is(one, 'controlPlane') || is(one, 'worker'));
  const at = all.findIndex(one => one.name === host.name);
  // Of many kubelets each control plane tries some: another third of them from each of three.
  const tried =
    nodes.length <= 12 ? nodes : nodes.filter((_, index) => (index + at) % Math.ceil(nodes.length / 12) === 0);
  return [
    ...others.filter(one => is(one, 'controlPlane')).map(one => [one.address, apiPortOf(one)] as const),
    ...(is(host, 'controlPlane') ? tried.map(one => [one.address, kubeletPort] as const) : []),
    ...(is(host, 'etcd') || is(host, 'controlPlane')
      ? others.filter(one => is(one, 'etcd')).map(one => [one.address, etcdClientPort] as const)
      : []),
    ...(is(host, 'etcd') ? others.filter(one => is(one, 'etcd')).map(one => [one.address, etcdPeerPort] as const) : []),
  ];
};
