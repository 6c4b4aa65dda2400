/** A load balancer that an earlier file wanted on a host, and this one does not. */
import type { Host } from '../../model/cluster.js';
import { balancersOf, sharedBalancersOf } from '../../model/components.js';
import type { BalancerPart } from '../../model/host-facts.js';
import { idOf, type Resource, type ResourceId } from '../../model/resource.js';
import type { HostContext } from '../input.js';
import { haproxyConfig, keepalivedConfig } from '../render/paths.js';
import { want } from '../wanted.js';
import { haproxyUnitFile } from './load-balancer.js';
import { healthScript, keepalivedUnitFile } from './keepalived.js';

/** In the order in which they go; the unit's file last: by it the next run knows that something is left. */
const files: Readonly<Record<BalancerPart, readonly string[]>> = {
  keepalived: [keepalivedConfig, healthScript, keepalivedUnitFile],
  haproxy: [haproxyConfig, haproxyUnitFile],
};

/** Which parts the file wants on this host. */
const wantedParts = ({ spec, host }: HostContext): readonly BalancerPart[] =>
  sharedBalancersOf(spec).includes(host)
    ? ['haproxy', 'keepalived']
    : balancersOf(spec).includes(host)
      ? ['haproxy']
      : [];

/** The address goes first, then the balancer, once everybody asks the API elsewhere. */
export function formerBalancer(context: HostContext): readonly Resource[] {
  const { host, fact } = context;
  const left = fact.built?.balances ?? [];
  const gone = (Object.keys(files) as BalancerPart[]).filter(
    part => left.includes(part) && !wantedParts(context).includes(part),
  );
  const shared = left.includes('keepalived');
  // A host that was not seen may still ask the API here: it is served until it has been told otherwise.
  if (gone.length === 0 || (shared && context.spec.hosts.some(({ name }) => !context.facts.has(name)))) return [];
  const because = 'by the file, this host balances nothing any more';
  // Without an address for all it was this host's own: with thousands of such, each waits for itself alone.
  let after = clientsOn(shared ? context.spec.hosts : [host]);
  return gone.flatMap(part => {
    const stopped = { running: false, atBoot: false, reads: [] };
    const unit = want('service', host.name, `kw-${part}.service`, stopped, { stage: 'nodes', because, after });
    const steps: Resource[] = [unit];
    for (const path of files[part]) steps.push(absent(context, path, because, steps.slice(-1).map(idOf)));
    after = steps.slice(-1).map(idOf);
    return steps;
  });
}

/** Components that ask the API: they learn the new endpoint first. */
const clientsOn = (hosts: readonly Host[]): readonly ResourceId[] =>
  hosts.flatMap(({ name, roles }) => [
    ...(roles.includes('controlPlane')
      ? [`${name}/service/kube-controller-manager.service`, `${name}/service/kube-scheduler.service`]
      : []),
    ...(roles.includes('controlPlane') || roles.includes('worker')
      ? [`${name}/service/kubelet.service`, `${name}/service/kube-proxy.service`]
      : []),
  ]);

const absent = (context: HostContext, path: string, because: string, after: readonly ResourceId[]): Resource =>
  want(
    'file',
    context.host.name,
    path,
    { content: [], sha256: context.sha256(''), mode: 0o644, absent: true, ours: true },
    { stage: 'nodes', because, after },
  );
