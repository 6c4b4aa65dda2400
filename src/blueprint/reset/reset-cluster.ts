import type { Host } from '../../model/cluster.js';
import type { Resource, Stage } from '../../model/resource.js';
import { clusterHost, idOf } from '../../model/resource.js';
import { cluster } from '../cluster.js';
import type { Input } from '../input.js';
import * as leftovers from './leftovers.js';
import { whoElse } from './leftovers-containerd.js';
import { want } from '../wanted.js';

/** Undoes one want of a kind; undefined: nothing to undo. Handed in, since the kinds stand in one table elsewhere. */
export type Undo = (kind: string, key: string, wanted: unknown) => unknown;

const stage: Stage = 'host';
const because = 'the host returns to what it was before';

/**
 * A host as it was before: what the blueprint wants, unwanted, in the order in which it can go: units first, then what
 * containers, mounts and interfaces they left, then files, at last Kubewizard's own folder.
 */
export function resetCluster(input: Input, undo: Undo): readonly Resource[] {
  const wanted = cluster(input).filter(resource => resource.host !== clusterHost);
  const byHost = new Map<string, Resource[]>(input.spec.hosts.map(host => [host.name, []]));
  for (const resource of wanted) byHost.get(resource.host)?.push(resource);
  return input.spec.hosts.flatMap(host => teardownHost(host, byHost.get(host.name) ?? [], undo));
}

/** An API server whose etcd is gone takes a minute to end. */
const storeLast = <R extends Resource>(services: readonly R[]): readonly R[] => {
  const others = services.filter(service => service.key !== 'etcd.service').map(idOf);
  return services.map(service =>
    service.key === 'etcd.service' ? { ...service, after: [...service.after, ...others] } : service,
  );
};

/** What the file wants no more goes here as it would have gone by `kw up`. */
const goes = (was: unknown): boolean =>
  (was as { readonly absent?: true }).absent === true || (was as { readonly running?: boolean }).running === false;

export function teardownHost(host: Host, wanted: readonly Resource[], undo: Undo): readonly Resource[] {
  const undone = wanted.flatMap(({ kind, key, want: was }) => {
    const then = undo(kind, key, was) ?? (goes(was) ? was : undefined);
    return then === undefined || kind === 'image'
      ? []
      : [{ kind, host: host.name, key, want: then, stage, because, after: [] as readonly string[] }];
  });
  const others = want('cleanup', host.name, whoElse.name, whoElse, { stage, because });
  const services = storeLast(
    undone.filter(resource => resource.kind === 'service').map(service => ({ ...service, after: [idOf(others)] })),
  );
  const rest = undone.filter(resource => resource.kind !== 'service' && resource.kind !== 'packages');
  const left = leftovers.running.map(one =>
    want('cleanup', host.name, one.name, one, { stage, because, after: services.map(idOf) }),
  );
  const data = leftovers.data.map(one =>
    want('cleanup', host.name, one.name, one, { stage, because, after: left.map(idOf) }),
  );
  const files = rest.map(resource => ({ ...resource, after: [...left, ...data].map(idOf) }));
  const own = want('cleanup', host.name, leftovers.own.name, leftovers.own, {
    stage,
    because,
    after: [...left, ...data, ...files].map(idOf),
  });
  return [others, ...services, ...left, ...data, ...files, own];
}
