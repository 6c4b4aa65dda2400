/** The API of the simulated cluster: objects by path, merge patches, and nodes that kubelets make. */
import type { Action } from '../../src/model/resource.js';
import { hasQuorum } from './etcd.js';
import { type Machine, runs } from './machine.js';

export type Tree = { [key: string]: unknown };
export interface Api {
  readonly objects: Map<string, Tree>;
}

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 7396. */
export const merged = (target: unknown, patch: unknown): unknown => {
  if (!isTree(patch)) return patch;
  const next: Tree = isTree(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch))
    if (value === null) delete next[key];
    else next[key] = merged(next[key], value);
  return next;
};

/** Most etcd members run, and one API server. */
export const answers = (machines: readonly Machine[]): boolean =>
  machines.some(({ etcd }) => etcd !== undefined && hasQuorum(etcd, machines)) &&
  machines.some(one => one.reachable && runs(one, 'kube-apiserver.service'));

/** A kubelet makes its Node once after each start, with what it knows of itself. */
export const register = (api: Api, machines: readonly Machine[]): void => {
  if (!answers(machines)) return;
  for (const one of machines) {
    const unit = one.files.get('/etc/systemd/system/kubelet.service')?.text ?? '';
    const name = /--hostname-override=([^ \n\\"]+)/.exec(unit)?.[1];
    if (name === undefined || !runs(one, 'kubelet.service')) continue;
    const path = `/api/v1/nodes/${name}`;
    const started = one.units.get('kubelet.service');
    if (!api.objects.has(path) && one.registered === started) continue;
    one.registered = started;
    const node = api.objects.get(path) ?? {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: { 'kubernetes.io/hostname': name } },
      spec: {},
    };
    api.objects.set(path, { ...node, status: { conditions: [{ type: 'Ready', status: 'True' }] } });
  }
};

export const call = (api: Api, action: Extract<Action, { do: 'call' }>): void => {
  const { method, path, body } = action;
  if (method === 'DELETE') api.objects.delete(path);
  else if (method === 'POST') {
    const tree = body as Tree & { metadata: { name: string } };
    api.objects.set(`${path}/${tree.metadata.name}`, structuredClone(tree));
  } else api.objects.set(path, merged(api.objects.get(path), body) as Tree);
  for (const [path, one] of api.objects)
    if (/\/(deployments|apiservices)\//.test(path) && !one.status)
      api.objects.set(path, { ...one, status: { conditions: [{ type: 'Available', status: 'True' }] } });
};
