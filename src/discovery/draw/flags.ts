/** Arguments of components: what the file says of them verbatim, what follows from other keys, what it cannot say. */
import { apiserverFlags } from '../../blueprint/components/apiserver.js';
import { apiserverDefaults } from '../../blueprint/components/apiserver-defaults.js';
import { controllerDefaults, controllerManagerFlags, schedulerFlags } from '../../blueprint/components/controllers.js';
import { flagPresence, proxyFieldOf } from '../../catalog/index.js';
import type { HostChart } from '../../clinic/chart/host-chart.js';
import type { ClusterSpec } from '../../model/cluster.js';
import { type ComponentKey, componentKeys } from '../../model/components.js';
import { isOfKubewizard } from '../../spec/checks/flags.js';
import { type Told, toldOn } from './argv.js';
import type { Held } from './drawing.js';

export interface DrawnFlags {
  readonly extraArgs: Readonly<Record<string, string>>;
  readonly held: readonly Held[];
  /** Hosts and places where they were read. */
  readonly told: readonly Told[];
}

/** What Kubewizard itself tells a component of this file, by flag; of the others nothing is told in flags alone. */
export const ownFlags = (key: ComponentKey, spec: ClusterSpec, host: string): Readonly<Record<string, string>> => {
  const found = spec.hosts.find(({ name }) => name === host);
  if (!found) return {};
  if (key === 'apiserver') return apiserverFlags({ spec, host: found });
  if (key === 'controllerManager') return controllerManagerFlags({ spec });
  return key === 'scheduler' ? schedulerFlags({ spec }) : {};
};

/** Of one flag: what a host tells it now, and what Kubewizard would. */
export interface FlagChange {
  readonly name: string;
  /** Absent: it would come. */
  readonly now?: readonly string[];
  /** Absent: it would go. */
  readonly becomes?: string;
}

export const flagChanges = (told: Told, own: Readonly<Record<string, string>>): readonly FlagChange[] =>
  [...new Set([...told.flags.keys(), ...Object.keys(own)])].sort().flatMap((name): readonly FlagChange[] => {
    const [now, becomes] = [told.flags.get(name)?.values, own[name]];
    return now?.length === 1 && now[0] === becomes
      ? []
      : [{ name, ...(now && { now }), ...(becomes !== undefined && { becomes }) }];
  });

/** Said by other keys of the file: hosts, roles, networks. Whatever the values are, the hosts' own files have them. */
const elsewhere: Readonly<Record<ComponentKey, readonly string[]>> = {
  etcd: [],
  apiserver: ['advertise-address', 'etcd-servers'],
  controllerManager: ['cluster-name'],
  scheduler: [],
  kubelet: ['config', 'kubeconfig', 'bootstrap-kubeconfig', 'hostname-override', 'node-ip', 'register-with-taints'],
  proxy: ['config', 'kubeconfig', 'hostname-override'],
};

const pki = '/etc/kubernetes/pki';
/** Of etcd and the kubelet: as kubeadm and Kubewizard both have it. */
const alike: Partial<Record<ComponentKey, Readonly<Record<string, string>>>> = {
  etcd: {
    'cert-file': `${pki}/etcd/server.crt`,
    'key-file': `${pki}/etcd/server.key`,
    'trusted-ca-file': `${pki}/etcd/ca.crt`,
    'peer-cert-file': `${pki}/etcd/peer.crt`,
    'peer-key-file': `${pki}/etcd/peer.key`,
    'peer-trusted-ca-file': `${pki}/etcd/ca.crt`,
    'client-cert-auth': 'true',
    'peer-client-cert-auth': 'true',
  },
  kubelet: {
    'container-runtime': 'remote',
    'container-runtime-endpoint': 'unix:///run/containerd/containerd.sock',
  },
};

const ofMembers = ['listen-client-urls', 'listen-metrics-urls'];

/** @param spec The file without components. */
export const drawFlags = (key: ComponentKey, hosts: readonly HostChart[], spec: ClusterSpec): DrawnFlags => {
  const told = hosts.flatMap(host => toldOn(host, componentKeys[key]) ?? []);
  const extraArgs: Record<string, string> = {};
  const held: Held[] = [];
  for (const name of [...new Set(told.flatMap(one => [...one.flags.keys()]))].sort()) {
    if (isToldElsewhere(key, name, told) || told.every(one => isAlike(key, name, one, spec))) continue;
    const why = whyHeld(key, name, told, spec);
    const value = told[0]?.flags.get(name)?.values[0];
    if (why === undefined && value !== undefined) extraArgs[name] = value;
    else held.push(...heldOf(key, name, told, why ?? ''));
  }
  return { extraArgs, held, told };
};

const isToldElsewhere = (key: ComponentKey, name: string, told: readonly Told[]): boolean =>
  elsewhere[key].includes(name) ||
  (key === 'etcd' && (ofMembers.includes(name) || (isOfKubewizard(name) && !isOtherFolder(name, told))));

/** etcd's data lie in one place with Kubewizard: another one must be said. */
const isOtherFolder = (name: string, told: readonly Told[]): boolean =>
  name === 'data-dir' && told.some(one => ![undefined, '/var/lib/etcd'].includes(one.flags.get(name)?.values[0]));

/** What follows the number of hosts, or is a choice of kw's, may change by itself: the owner's word for it stays. */
const chosen = (key: ComponentKey, name: string, spec: ClusterSpec): boolean =>
  (key === 'apiserver' && name in apiserverDefaults(spec)) ||
  (key === 'controllerManager' && name in controllerDefaults(spec));

const isAlike = (key: ComponentKey, name: string, { flags, host }: Told, spec: ClusterSpec): boolean => {
  const values = flags.get(name)?.values ?? [];
  if (chosen(key, name, spec)) return false;
  return values.length === 1 && values[0] === { ...alike[key], ...ownFlags(key, spec, host) }[name];
};

/** undefined: the file can say it. */
const whyHeld = (key: ComponentKey, name: string, told: readonly Told[], spec: ClusterSpec): string | undefined => {
  const program = componentKeys[key];
  const values = told.map(one => one.flags.get(name)?.values);
  if (values.some(one => one?.some(value => value.includes('REDACTED'))))
    return 'its value is a secret, and was not read';
  if (values.some(one => (one?.length ?? 0) > 1)) return 'it is told more than once, and a file says it once';
  if (new Set(values.map(one => JSON.stringify(one ?? []))).size > 1)
    return 'hosts differ in it, and a file says it for all of them';
  if (key === 'etcd' && isOfKubewizard(name)) return 'a file cannot say it: it follows from hosts and roles';
  const field = key === 'proxy' ? proxyFieldOf(name) : undefined;
  if (field !== undefined) return `kube-proxy takes no notice of it beside its file, where it is ${field}`;
  const presence = flagPresence(program, name, spec.kubernetes);
  if (presence === 'no') return `${program} of ${spec.kubernetes} has no such flag, as far as kw knows`;
  return presence === 'unheard' ? `kw knows no such flag of ${program}` : undefined;
};

/** One for all hosts that say the same. */
const heldOf = (key: ComponentKey, name: string, told: readonly Told[], why: string): readonly Held[] => {
  const by = new Map<string, string[]>();
  for (const one of told)
    for (const word of one.flags.get(name)?.words ?? []) by.set(word, [...(by.get(word) ?? []), one.host]);
  return [...by].map(([word, hosts]) => ({
    component: key,
    word,
    why,
    ...(hosts.length < told.length && { hosts: [...new Set(hosts)] }),
  }));
};
