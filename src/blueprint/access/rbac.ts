import type { Resource } from '../../model/resource.js';
import { apiAnswers } from './api-answers.js';
import { object } from '../wanted.js';

const api = 'rbac.authorization.k8s.io';
const path = `/apis/${api}/v1`;
/** Hosts that join by token are in this group. */
export const bootstrappers = 'system:bootstrappers:kubewizard';

/** Those whom kubeadm's own RBAC lets join by token. */
export const kubeadmBootstrappers = 'system:bootstrappers:kubeadm:default-node-token';

/**
 * Bindings beyond the API server's own defaults: what kubeadm calls its bootstrap tokens' RBAC, and the API server's
 * way to kubelets.
 */
export const componentRbac = (): readonly Resource[] => [
  bind(
    'kubewizard:apiserver-to-kubelets',
    'system:kubelet-api-admin',
    userSubject('kube-apiserver-kubelet-client'),
    'logs and exec: the API server may call kubelets',
  ),
  bind(
    'kubewizard:kubelet-bootstrap',
    'system:node-bootstrapper',
    group(bootstrappers),
    'hosts that join by token may ask for a certificate',
  ),
  bind(
    'kubewizard:node-autoapprove-bootstrap',
    'system:certificates.k8s.io:certificatesigningrequests:nodeclient',
    group(bootstrappers),
    'their requests are approved',
  ),
  bind(
    'kubewizard:node-autoapprove-rotation',
    'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient',
    group('system:nodes'),
    'kubelets renew their own client certificates',
  ),
];

export interface Subject {
  readonly kind: 'User' | 'Group' | 'ServiceAccount';
  readonly name: string;
  readonly namespace?: string;
  readonly apiGroup?: string;
}
export const userSubject = (name: string): Subject => ({ kind: 'User', name, apiGroup: api });
const group = (name: string): Subject => ({ kind: 'Group', name, apiGroup: api });

/** Its path in the API, by which it is known as a resource. */
export const bindingKey = (name: string): string => `${path}/clusterrolebindings/${name}`;

export const bind = (name: string, role: string, subject: Subject, because: string): Resource =>
  bindAll(name, role, [subject], because);

export const bindAll = (name: string, role: string, subjects: readonly Subject[], because: string): Resource =>
  object(
    bindingKey(name),
    {
      apiVersion: `${api}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: api, kind: 'ClusterRole', name: role },
      subjects,
    },
    { stage: 'control-plane', because, after: [apiAnswers] },
    ['subjects'],
  );

export const clusterRole = (name: string, rules: readonly unknown[], because: string): Resource =>
  object(
    `${path}/clusterroles/${name}`,
    { apiVersion: `${api}/v1`, kind: 'ClusterRole', metadata: { name }, rules },
    { stage: 'addons', because, after: [apiAnswers] },
    ['rules'],
  );
