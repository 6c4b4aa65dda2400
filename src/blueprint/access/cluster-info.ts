import { stringify } from 'yaml';
import { withRole } from '../../model/cluster.js';
import type { Resource } from '../../model/resource.js';
import { apiAnswers } from './api-answers.js';
import { endpointAnswers } from './endpoint-answers.js';
import { outsideServer } from './kubeconfigs.js';
import type { Input } from '../input.js';
import { object } from '../wanted.js';

const rbac = 'rbac.authorization.k8s.io';
const name = 'kubeadm:bootstrap-signer-clusterinfo';
/** It holds the cluster's CA, and is read by whoever joins. */
export const clusterInfoPath = '/api/v1/namespaces/kube-public/configmaps/cluster-info';
const base = `/apis/${rbac}/v1/namespaces/kube-public`;

/**
 * What a joining host may read before it is anybody: the CA and the endpoint, signed with its token (kubeadm's
 * cluster-info).
 */
export function clusterInfo(input: Input): readonly Resource[] {
  const { spec, authorities } = input;
  const reason = {
    stage: 'control-plane',
    because: 'hosts that join by token find the cluster',
    after: [apiAnswers, ...withRole(spec, 'controlPlane').flatMap(host => endpointAnswers(input, host))],
  } as const;
  const kubeconfig = endpointAndCa(outsideServer(spec), authorities.ca);
  return [
    object(
      clusterInfoPath,
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'cluster-info', namespace: 'kube-public' },
        data: { kubeconfig },
      },
      reason,
    ),
    ...readByAnybody(reason),
  ];
}

const readByAnybody = (reason: Parameters<typeof object>[2]): readonly Resource[] => [
  object(
    `${base}/roles/${name}`,
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: { name, namespace: 'kube-public' },
      rules: [{ apiGroups: [''], resources: ['configmaps'], resourceNames: ['cluster-info'], verbs: ['get'] }],
    },
    reason,
    ['rules'],
  ),
  object(
    `${base}/rolebindings/${name}`,
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name, namespace: 'kube-public' },
      roleRef: { apiGroup: rbac, kind: 'Role', name },
      subjects: [{ kind: 'User', name: 'system:anonymous', apiGroup: rbac }],
    },
    reason,
    ['subjects'],
  ),
];

/** A kubeconfig of nobody. */
const endpointAndCa = (server: string, caPem: string): string =>
  stringify({
    apiVersion: 'v1',
    kind: 'Config',
    contexts: null,
    users: null,
    preferences: {},
    'current-context': '',
    clusters: [
      {
        name: '',
        cluster: { 'certificate-authority-data': Buffer.from(caPem).toString('base64'), server },
      },
    ],
  });
