/** What components must be allowed, and by which default binding they are: true of every version since 1.20. */
import type { Permission, Subject } from './rbac.js';
import { serviceAccount } from './who.js';

export interface Need {
  readonly program: string;
  /** Whom the defaults mean. */
  readonly who: Subject;
  readonly permissions: readonly Permission[];
  readonly binding: string;
  readonly role: string;
  /** A RoleBinding and Role there, rather than of the cluster. */
  readonly namespace?: string;
}

const user = (name: string): Subject => ({ user: name, groups: [] });
const cluster = (program: string, who: Subject, name: string, ...permissions: readonly Permission[]): Need => ({
  program,
  who,
  permissions,
  binding: name,
  role: name,
});
const leases = 'coordination.k8s.io';

export const needs: readonly Need[] = [
  cluster(
    'kube-scheduler',
    user('system:kube-scheduler'),
    'system:kube-scheduler',
    { verb: 'list', resource: 'pods' },
    { verb: 'create', resource: 'pods/binding' },
    { verb: 'list', resource: 'nodes' },
    { verb: 'update', group: leases, resource: 'leases', name: 'kube-scheduler', namespace: 'kube-system' },
  ),
  cluster(
    'kube-scheduler',
    user('system:kube-scheduler'),
    'system:volume-scheduler',
    { verb: 'list', group: 'storage.k8s.io', resource: 'storageclasses' },
    { verb: 'update', resource: 'persistentvolumeclaims' },
  ),
  {
    program: 'kube-scheduler',
    who: user('system:kube-scheduler'),
    namespace: 'kube-system',
    binding: 'system::extension-apiserver-authentication-reader',
    role: 'extension-apiserver-authentication-reader',
    permissions: [
      { verb: 'get', resource: 'configmaps', name: 'extension-apiserver-authentication', namespace: 'kube-system' },
    ],
  },
  cluster(
    'kube-controller-manager',
    user('system:kube-controller-manager'),
    'system:kube-controller-manager',
    { verb: 'list', resource: 'pods' },
    { verb: 'create', resource: 'events' },
    { verb: 'create', resource: 'serviceaccounts/token' },
    { verb: 'update', group: leases, resource: 'leases', name: 'kube-controller-manager', namespace: 'kube-system' },
  ),
  cluster(
    'kube-proxy',
    user('system:kube-proxy'),
    'system:node-proxier',
    { verb: 'list', resource: 'services' },
    { verb: 'list', group: 'discovery.k8s.io', resource: 'endpointslices' },
    { verb: 'get', resource: 'nodes' },
  ),
];

const anyone: Subject = { user: 'anyone', groups: ['system:authenticated'] };
export const everybodys: readonly Need[] = [
  cluster('every user', anyone, 'system:discovery', { verb: 'get', path: '/api' }),
  cluster('every user', anyone, 'system:basic-user', {
    verb: 'create',
    group: 'authorization.k8s.io',
    resource: 'selfsubjectaccessreviews',
  }),
];

/**
 * Controllers that every version has: each acts as a service account of its own. One permission each that only its role
 * gives.
 */
const controllers: Readonly<Record<string, Permission>> = {
  'deployment-controller': { verb: 'create', group: 'apps', resource: 'replicasets' },
  'replicaset-controller': { verb: 'create', resource: 'pods' },
  'daemon-set-controller': { verb: 'create', resource: 'pods' },
  'statefulset-controller': { verb: 'create', resource: 'pods' },
  'job-controller': { verb: 'create', resource: 'pods' },
  'endpoint-controller': { verb: 'update', resource: 'endpoints' },
  'endpointslice-controller': { verb: 'create', group: 'discovery.k8s.io', resource: 'endpointslices' },
  'namespace-controller': { verb: 'delete', resource: 'namespaces' },
  'node-controller': { verb: 'patch', resource: 'nodes/status' },
  'generic-garbage-collector': { verb: 'delete', resource: 'pods' },
  'service-account-controller': { verb: 'create', resource: 'serviceaccounts' },
  'persistent-volume-binder': { verb: 'update', resource: 'persistentvolumes' },
  'root-ca-cert-publisher': { verb: 'create', resource: 'configmaps' },
};

export const controllerNeeds: readonly Need[] = Object.entries(controllers).map(([name, permission]) =>
  cluster('kube-controller-manager', serviceAccount('kube-system', name), `system:controller:${name}`, permission),
);

/** What a kubelet asks the API server about its own callers (pkg/kubelet/server/auth.go). */
export const kubeletPermissions: readonly Permission[] = [
  { verb: 'get', resource: 'nodes/proxy' },
  { verb: 'create', resource: 'nodes/proxy' },
  { verb: 'get', resource: 'nodes/log' },
  { verb: 'get', resource: 'nodes/stats' },
  { verb: 'get', resource: 'nodes/metrics' },
];
