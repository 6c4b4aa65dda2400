/** Parts of the control plane that every cluster needs, and what nobody does while a flag has switched one off. */
import type { Flags } from '../../../read/flags.js';

export const programs = ['kube-apiserver', 'kube-controller-manager'] as const;
export type Program = (typeof programs)[number];

/** One flag of one program: which needed parts it switches off, and its value without that ('' for no flag at all). */
export interface SwitchedOff {
  readonly program: Program;
  readonly flag: 'controllers' | 'disable-admission-plugins' | 'runtime-config';
  readonly own: string;
  readonly right: string;
  readonly parts: readonly string[];
  /** What does not happen now. */
  readonly undone: readonly string[];
}

/**
 * By its name since 1.28, with the name before. Whoever brings another one (of node addresses, routes, clouds, dead
 * nodes, Endpoints) switches others off, and rightly so.
 */
const controllers: readonly (readonly [name: string, before: string, undone: string])[] = [
  ['deployment-controller', 'deployment', 'no Deployment is carried out'],
  ['replicaset-controller', 'replicaset', 'no pod of a Deployment is made again'],
  ['daemonset-controller', 'daemonset', 'no pod of a DaemonSet is made'],
  ['statefulset-controller', 'statefulset', 'no pod of a StatefulSet is made'],
  ['job-controller', 'job', 'no pod of a Job is made'],
  ['endpointslice-controller', 'endpointslice', 'no Service learns of new pods, or of pods that are gone'],
  ['namespace-controller', 'namespace', 'no namespace is ever deleted'],
  ['serviceaccount-controller', 'serviceaccount', 'a new namespace has no account, and no pod can be made in it'],
  [
    'root-ca-certificate-publisher-controller',
    'root-ca-cert-publisher',
    'a new namespace has no CA bundle, and no pod can be started in it',
  ],
  ['garbage-collector-controller', 'garbagecollector', 'what an object owned stays when it is deleted'],
  ['pod-garbage-collector-controller', 'podgc', 'pods of nodes that are gone stay'],
];

const plugins: Readonly<Record<string, string>> = {
  ServiceAccount: 'a new pod has no token, and cannot call the API',
  NamespaceLifecycle: 'objects are made in namespaces that end, and namespaces that must stay can be deleted',
  Priority: 'a new pod has no priority, whatever class it names',
};

const apis: Readonly<Record<string, string>> = {
  v1: 'pods, Services and nodes are not served',
  'apps/v1': 'Deployments, DaemonSets and StatefulSets are not served',
  'batch/v1': 'Jobs are not served',
  'rbac.authorization.k8s.io/v1': 'rights are not served',
  'authentication.k8s.io/v1': 'nobody’s token can be reviewed',
  'authorization.k8s.io/v1': 'nobody’s right can be reviewed',
  'coordination.k8s.io/v1': 'leases are not served: nodes are lost, and nobody can be elected',
  'discovery.k8s.io/v1': 'endpoints are not served: no Service works',
  'certificates.k8s.io/v1': 'kubelets cannot join or renew their certificates',
  'apiregistration.k8s.io/v1': 'aggregated APIs are not served',
  'apiextensions.k8s.io/v1': 'custom resources are not served',
};

type Off = Omit<SwitchedOff, 'program' | 'flag' | 'own'>;

/** `*` stands for all that are on by default; a name of its own counts more than it, and the last one most. */
const offControllers = (words: readonly string[]): Off => {
  const isOff = (names: readonly string[]): boolean => {
    const told = words.findLast(word => names.includes(word.replace(/^-/, '')));
    return told === undefined ? !words.includes('*') : told.startsWith('-');
  };
  const off = controllers.filter(([name, before]) => isOff([name, before]));
  const names = off.flatMap(([name, before]) => [`-${name}`, `-${before}`]);
  const kept = words.filter(word => !names.includes(word));
  return {
    parts: off.map(([name]) => name),
    undone: off.map(([, , undone]) => undone),
    right: (kept.includes('*') ? kept : ['*', ...kept]).join(','),
  };
};

const offPlugins = (words: readonly string[]): Off => {
  const parts = words.filter(word => Object.hasOwn(plugins, word));
  return {
    parts,
    undone: parts.map(part => plugins[part] ?? ''),
    right: words.filter(word => !parts.includes(word)).join(','),
  };
};

/** The version itself counts more than `api/ga`, and that more than `api/all`. */
const offApis = (words: readonly string[]): Off => {
  const value = (name: string): string | undefined =>
    words.findLast(word => word.split('=')[0] === name)?.split('=')[1] ?? undefined;
  const parts = Object.keys(apis).filter(api => (value(api) ?? value('api/ga') ?? value('api/all')) === 'false');
  const names = parts.length > 0 ? [...parts, 'api/ga', 'api/all'] : [];
  return {
    parts,
    undone: parts.map(part => apis[part] ?? ''),
    right: words.filter(word => !(names.includes(word.split('=')[0] ?? '') && word.endsWith('=false'))).join(','),
  };
};

const rows: readonly (readonly [Program, SwitchedOff['flag'], (words: readonly string[]) => Off])[] = [
  ['kube-controller-manager', 'controllers', offControllers],
  ['kube-apiserver', 'disable-admission-plugins', offPlugins],
  ['kube-apiserver', 'runtime-config', offApis],
];

export const switchedOff = (program: Program, flags: Flags): readonly SwitchedOff[] =>
  rows.flatMap(([of, flag, read]) => {
    const words = flags.all(flag);
    const found = of === program && words.length > 0 ? read(words) : undefined;
    return found && found.parts.length > 0 ? [{ program, flag, own: words.join(','), ...found }] : [];
  });
