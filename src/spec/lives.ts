/**
 * What becomes of a living cluster when a key of its file is changed. A key of the schema without a line here does not
 * compile.
 */
import type { ClusterFile } from './schema.js';

/**
 * live: `kw up` applies it, and nothing that runs is restarted one after another for it. rollout: applied in waves.
 * new-nodes: what exists stays as it is; what is made from then on follows. final: refused on a living cluster.
 */
export type Life = 'live' | 'rollout' | 'new-nodes' | 'final';

export interface KeyLife {
  readonly life: Life;
  /** Of a final key: what to do instead. Of others: what a reader would not guess. */
  readonly says?: string;
}

type Below<T, P extends string> = {
  [K in keyof T & string]-?: Leaf<NonNullable<T[K]>, P extends '' ? K : `${P}.${K}`>;
}[keyof T & string];
/** Keys with a value of their own; lists of mappings are written `hosts[]`. */
type Leaf<T, P extends string> = T extends string | number | boolean
  ? P
  : T extends readonly (infer E)[]
    ? [Exclude<E, string>] extends [never]
      ? P
      : Below<Exclude<E, string>, `${P}[]`>
    : string extends keyof T
      ? P
      : Below<T, P>;
export type Key = Below<ClusterFile, ''>;

const live = (says?: string): KeyLife => ({ life: 'live', ...(says ? { says } : {}) });
const rollout = (says?: string): KeyLife => ({ life: 'rollout', ...(says ? { says } : {}) });
const onlyNew = (says: string): KeyLife => ({ life: 'new-nodes', says });
const final = (says: string): KeyLife => ({ life: 'final', says });

const oneValue = final('it has one value only');
const keepIt = '`endpoint.also` keeps it served';
const newCluster = 'build a new cluster with it and move the workloads there';

export const lives: Readonly<Record<Key, KeyLife>> = {
  apiVersion: oneValue,
  kind: oneValue,
  name: final(
    `it is in etcd's token, in kubeconfigs and in the names of hosts without one; write the old name, or ${newCluster}`,
  ),
  kubernetes: rollout('one minor at a time, and never back'),

  'hosts[].name': final(
    'a node keeps its name for life: write the old names down beside the addresses (hosts without a name are ' +
      'numbered in the order of the file)',
  ),
  'hosts[].address': rollout(
    'the host moves there; of etcd’s members, control planes and load balancers one in a run, the only member not ' +
      'at all. Of a host that comes in the place of one that is dead: `kw replace NAME`',
  ),
  'hosts[].externalAddress': rollout('one that is gone stays a name of certificates until these are renewed'),
  'hosts[].roles': rollout(
    'a role more is built; etcd joins and leaves; another one taken away while its programs run there is refused',
  ),
  'hosts[].labels': live(),
  'hosts[].taints': live(),
  'hosts[].ssh.address': live('from the next command on'),
  'hosts[].ssh.user': live('from the next command on'),
  'hosts[].ssh.port': live('from the next command on'),
  'hosts[].ssh.key': live('from the next command on'),
  'hosts[].ssh.jump': live('from the next command on'),
  'hosts[].ssh.hostKey': live('from the next command on'),
  'ssh.user': live('from the next command on'),
  'ssh.port': live('from the next command on'),
  'ssh.key': live('from the next command on'),
  'ssh.jump': live('from the next command on'),

  'endpoint.address': rollout(`kubeconfigs that you handed out name the old one: ${keepIt}`),
  'endpoint.port': rollout(`kubeconfigs that you handed out name the old one: ${keepIt}`),
  'endpoint.balance': rollout(`kubeconfigs that you handed out name the old endpoint: ${keepIt}`),
  'endpoint.virtualRouterId': live(),
  'endpoint.also[].address': rollout('an endpoint that is taken out is served no more: `kw plan` says who uses it'),
  'endpoint.also[].port': rollout(),
  'endpoint.also[].balance': rollout(),
  'endpoint.also[].virtualRouterId': live(),

  'network.pods': final(`every pod and every node has an address of it: write the old one, or ${newCluster}`),
  'network.services': final(`every Service has an address of it: write the old one, or ${newCluster}`),
  'network.hostPrefix': final(`nodes keep the share of \`pods\` that they have: write the old one, or ${newCluster}`),
  'network.domain': final(`pods, tokens and certificates carry it: write the old one, or ${newCluster}`),
  'network.provider': final(
    `pods keep the network that they were made in: write the old one, or ${newCluster} (or kw reset, then kw up, ` +
      'where nothing in it is worth keeping)',
  ),
  'network.vxlan.id': live('pods of different hosts are cut off for seconds'),
  'network.vxlan.port': live('pods of different hosts are cut off for seconds'),
  'network.mtu': live('pods that run keep theirs'),

  'runtime.name': oneValue,
  'runtime.version': rollout('containers go on while containerd starts again'),
  'runtime.runc': live('containers that run keep the one that started them'),
  'artifacts.source': live('from the next download on'),
  'artifacts.mirror': live('from the next download on'),
  'artifacts.mirrorDigest': live('from the next download on'),

  'pki.algorithm': final('the keys of the CAs stay what they are: write the old one'),
  'pki.caDays': final('the CAs live as long as they were made for: write the old number'),
  'pki.leafDays': onlyNew('for certificates that are made or renewed from then on'),
  'pki.sans': rollout('one that is gone stays a name of the certificates until they are renewed'),
  'pki.ca.cert': final(
    'all hosts trust the CA that is there. Left out later, the copy in `.kubewizard/` goes on being used',
  ),
  'pki.ca.key': final('it belongs to `pki.ca.cert`'),

  'components.etcd.extraArgs': rollout(),
  'components.apiserver.extraArgs': rollout(),
  'components.controllerManager.extraArgs': rollout(),
  'components.scheduler.extraArgs': rollout(),
  'components.kubelet.extraArgs': rollout(),
  'components.kubelet.config': rollout(),
  'components.proxy.extraArgs': rollout(),
  'components.proxy.config': rollout(),
  'components.containerd.config': rollout(),

  'addons.dns': onlyNew('false leaves a DNS that is there to you'),
  'addons.metricsServer': live('false takes it away again; one that you installed stays as it is in either case'),
  'adopted.from': live('while it stands there, `kw` sets nothing up anew'),
  'adopted.ca': live('while it stands there, `kw` sets nothing up anew'),
};
