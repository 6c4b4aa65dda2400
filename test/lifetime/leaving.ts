/** Hosts that leave the file among the simulated ones: in which order what of them goes. */
import { leftHosts, networkPeers } from '../../src/blueprint/render/paths.js';
import { drainAnnotation } from '../../src/model/drain.js';
import type { Step } from '../../src/model/plan.js';
import type { Resource } from '../../src/model/resource.js';
import type { FileWant } from '../../src/resources/wants.js';
import { type Api, merged, type Tree } from './api.js';
import { SecondEtcd } from './etcd.js';
import { type Machine, runs, textOf, wipe } from './machine.js';

/** The law is broken: not a step that fails, but the end. */
export class WrongOrder extends SecondEtcd {}

interface World {
  readonly api: Api;
  readonly machines: readonly Machine[];
}

const nameOf = (one: Machine): string =>
  /^NAME='(.*)'$/m.exec(textOf(one, '/etc/kubernetes/network/config'))?.[1] ?? '';

const living = (machines: readonly Machine[], name: string): Machine | undefined =>
  machines.find(one => one.reachable && nameOf(one) === name && runs(one, 'kubelet.service'));

/** Its pods are elsewhere: a drain has the mark. */
export const drain = (api: Api, node: string): void => {
  const path = `/api/v1/nodes/${node}`;
  const mark = { metadata: { annotations: { [drainAnnotation]: 'cordoned,drained' } }, spec: { unschedulable: true } };
  const found = api.objects.get(path);
  if (found) api.objects.set(path, merged(found, mark) as Tree);
};

/** A Node whose kubelet runs is drained before it goes. */
export const mustBeEmpty = (path: string, { api, machines }: World): void => {
  const name = /^\/api\/v1\/nodes\/(.*)$/.exec(path)?.[1];
  const node = api.objects.get(path) as { readonly metadata?: { readonly annotations?: object } } | undefined;
  if (name === undefined || !node || !living(machines, name)) return;
  if (!(drainAnnotation in (node.metadata?.annotations ?? {})))
    throw new WrongOrder(`${name} goes, and was not drained`);
};

const namesIn = (text: string): readonly string[] => [...text.matchAll(/^(\S+) /gm)].map(([, name = '']) => name);

/** While a node is one, everybody has a route to its pods. */
export const mustKeepRoutes = (host: Machine, { content }: FileWant, { api, machines }: World): void => {
  const kept = new Set(namesIn(content.join('')));
  const lost = namesIn(textOf(host, networkPeers)).find(
    name => !kept.has(name) && api.objects.has(`/api/v1/nodes/${name}`) && living(machines, name),
  );
  if (lost !== undefined) throw new WrongOrder(`${host.id} loses the route to ${lost}, which is a node`);
};

/** Nobody whom one can see has a route to a host that is torn down. */
export const mustBeForgotten = (host: Machine, stay: readonly Machine[]): void => {
  const name = nameOf(host);
  const knowing = stay.find(
    one => one !== host && one.reachable && nameOf(one) !== '' && namesIn(textOf(one, networkPeers)).includes(name),
  );
  if (name !== '' && knowing) throw new WrongOrder(`${name} is torn down, and ${knowing.id} has a route to it`);
};

/** @returns whether it is one of the commands of hosts that leave. */
export const leaving = (step: Step, host: Machine, wanted: Resource, stay: readonly Machine[]): boolean => {
  const [, word, name = ''] = /^host-(leaves|left)-(.*)$/.exec(step.key) ?? [];
  const path = `${leftHosts}/${name}`;
  if (word === 'leaves') {
    const [, rest = ''] =
      /&& echo '?([0-9.]+'? '?[0-9./]+)'? /.exec((wanted.want as { readonly run: string }).run) ?? [];
    const text = `${rest.replaceAll("'", '')} 1`;
    host.files.set(path, { sha256: '', mode: 0o644, owner: 'root:root', text });
  } else if (word === 'left') host.files.delete(path);
  else if (step.key === 'registers-again') {
    const unit = host.units.get('kubelet.service');
    if (unit) host.units.set('kubelet.service', { ...unit });
  } else if (step.kind === 'cleanup' && step.key === 'kubewizard') {
    mustBeForgotten(host, stay);
    wipe(host);
  } else return false;
  return true;
};

interface Whole {
  readonly machines: ReadonlyMap<string, Machine>;
  readonly api: Api;
}
type Hosts = ReadonlyMap<string, Machine>;

const gone = ({ machines }: Whole, hosts: Hosts): readonly Machine[] => {
  const stay = [...hosts.values()];
  return [...machines.values()].filter(one => !stay.includes(one));
};

/** Somebody left, and nothing is on any of them: the law was exercised. */
export const wentEmpty = (world: Whole, hosts: Hosts): boolean => {
  const went = gone(world, hosts);
  return went.length > 0 && went.every(({ files, made }) => files.size + made.size === 0);
};

/** Whoever left has nothing of the cluster any more, and the cluster nothing of it. */
export const nobodyLeft = (world: Whole, hosts: Hosts): readonly string[] => {
  const nodes = [...world.api.objects.keys()].flatMap(path => /^\/api\/v1\/nodes\/(.*)$/.exec(path)?.[1] ?? []);
  return [
    ...gone(world, hosts)
      .filter(one => one.reachable && runs(one, 'kubelet.service'))
      .map(({ id }) => `the kubelet of ${id} runs`),
    ...nodes.filter(name => !hosts.has(name)).map(name => `Node ${name}`),
  ];
};
