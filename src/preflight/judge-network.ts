/** Ports that are taken, hosts that cannot be reached, what an earlier cluster left. */
import type { ClusterSpec, Host } from '../model/cluster.js';
import { bindsOf } from '../blueprint/components/endpoints.js';
import { componentsOf } from '../model/components.js';
import { parseEndpoint } from '../net/endpoint.js';
import type { Listener } from '../facts/host/ports.js';
import type { PreflightFacts } from './questions.js';
import { error, type Found, warning } from './finding.js';

export const judgeNetwork = (spec: ClusterSpec, host: Host, facts: PreflightFacts): readonly Found[] => [
  ...taken(spec, host, facts),
  ...silent(facts),
  ...left(facts),
  ...address(host, facts),
];

interface Port {
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
  readonly for: string;
  /** Listens on this address alone; absent: on all of them. */
  readonly on?: string;
}

/**
 * What the host's roles listen on (kubernetes.io, ports and protocols). The name is the process's, 15 characters long
 * at most.
 */
export function portsOf(spec: ClusterSpec, host: Host): readonly Port[] {
  const node = host.roles.includes('controlPlane') || host.roles.includes('worker');
  // `comm` of a process holds 15 characters.
  const fixed = componentsOf(host).flatMap(({ program, ports }) =>
    ports.map(one => ({ port: one.port, protocol: 'tcp' as const, for: program.slice(0, 15) })),
  );
  const overlay = { port: spec.network.vxlan.port, protocol: 'udp' as const, for: 'the overlay' };
  const balancer = bindsOf({ spec, host }).flatMap(bind => {
    const { host: on, port } = parseEndpoint(bind.replace('*', '0.0.0.0')) ?? {};
    if (port === undefined) return [];
    return [{ port, protocol: 'tcp' as const, for: 'haproxy', ...(on === '0.0.0.0' ? {} : { on: String(on) }) }];
  });
  return [...fixed, ...(node && spec.network.provider === 'vxlan' ? [overlay] : []), ...balancer];
}

function* taken(spec: ClusterSpec, host: Host, { ports = [], leftovers }: PreflightFacts): Iterable<Found> {
  for (const wanted of portsOf(spec, host)) {
    const own = (one: Listener): boolean => leftovers?.ours !== false && isOwn(one.process, wanted.for);
    const other = ports.find(
      one => one.port === wanted.port && one.protocol === wanted.protocol && collide(one, wanted) && !own(one),
    );
    // The kernel's own listeners (VXLAN) have no process; where Kubewizard has been, that one is ours.
    if (!other || (other.process === undefined && leftovers?.ours)) continue;
    yield error(
      'port-taken',
      `${other.process ?? 'something'} listens on ${wanted.protocol} port ${wanted.port}, which ${wanted.for} needs`,
      `stop it (ss -lntup 'sport = :${wanted.port}' shows it), or choose another host`,
    );
  }
}

const collide = (one: Listener, { on }: Port): boolean =>
  on === undefined || ['*', '0.0.0.0', '::', on].includes(one.address);

/** A haproxy is Kubewizard's where Kubewizard has been; elsewhere it is in the way as anything else. */
const isOwn = (process: string | undefined, wanted: string): boolean =>
  process !== undefined && wanted.startsWith(process);

function* silent({ reach = [] }: PreflightFacts): Iterable<Found> {
  const dead = reach.filter(one => one.answer === 'silent');
  if (dead.length > 0)
    yield error(
      'unreachable-ports',
      `it gets no answer from ${dead.map(one => `${one.address}:${one.port}`).join(', ')}`,
      'open these ports between the hosts: a firewall or security group drops them',
    );
  const unknown = reach.filter(one => one.answer === 'unknown');
  if (unknown.length > 0)
    yield warning(
      'reach-unknown',
      'it has neither bash nor curl to try its way to the other hosts',
      'install one of them, or check the ports by hand',
    );
}

function* left({ leftovers, identity }: PreflightFacts): Iterable<Found> {
  if (!leftovers || leftovers.ours || !identity) return;
  if (leftovers.kubernetes.length > 0)
    yield error(
      'kubernetes-leftovers',
      `another cluster’s files lie on it: ${leftovers.kubernetes.slice(0, 4).join(', ')}`,
      'kubeadm reset (or that distribution’s way to leave), then try again',
    );
  if (leftovers.cni.length > 0)
    yield warning(
      'cni-leftovers',
      `CNI configurations that are not Kubewizard’s: ${leftovers.cni.join(', ')}`,
      'the first by name wins: remove them',
    );
  if (leftovers.iptablesRules > 0 && leftovers.kubernetes.length === 0)
    yield warning(
      'iptables-leftovers',
      `${leftovers.iptablesRules} rules of an earlier cluster are in its iptables`,
      'a reboot clears them',
    );
}

function* address(host: Host, { identity }: PreflightFacts): Iterable<Found> {
  if (identity && identity.addresses.length > 0 && !identity.addresses.includes(host.address))
    yield error(
      'address-elsewhere',
      `none of its interfaces has ${host.address}; it has ` +
        `${identity.addresses.filter(one => !one.startsWith('127.')).join(', ')}`,
      `write its own address into the cluster file, and what the world calls it as externalAddress`,
    );
}
