import type { Resource } from '../../model/resource.js';
import { clusterHost } from '../../model/resource.js';
import { apiAnswers } from '../access/api-answers.js';
import { dnsServiceAddress } from '../network/addresses.js';
import { corednsParts } from './dns-coredns.js';
import type { DnsParts } from './dns-parts.js';
import { dnsmasqParts } from './dns-dnsmasq.js';
import type { Input } from '../input.js';
import { addonPod } from '../addon-pods.js';
import { bind, clusterRole } from '../access/rbac.js';
import { object, want } from '../wanted.js';

const namespace = 'kube-system';
const because = 'pods find services by name';
const reason = { stage: 'addons', because, after: [apiAnswers] } as const;
const labels = { 'k8s-app': 'kube-dns' };

/** The cluster's DNS behind the name and address that every pod's resolv.conf holds. */
export function dns(input: Input): readonly Resource[] {
  const parts = input.artifacts.dns === 'coredns' ? corednsParts(input) : dnsmasqParts(input);
  const at = (kind: string, api = '/api/v1') => `${api}/namespaces/${namespace}/${kind}/${parts.name}`;
  const role = `system:${parts.name}`;
  return [
    object(
      at('serviceaccounts'),
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: parts.name, namespace } },
      reason,
    ),
    clusterRole(role, parts.rules, because),
    bind(role, role, { kind: 'ServiceAccount', name: parts.name, namespace }, because),
    ...(parts.configMap
      ? [
          object(
            at('configmaps'),
            { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: parts.name, namespace }, data: parts.configMap },
            reason,
            ['data'],
          ),
        ]
      : []),
    object(at('deployments', '/apis/apps/v1'), deployment(parts, input.spec.hosts.length > 1 ? 2 : 1), reason),
    object(`/api/v1/namespaces/${namespace}/services/kube-dns`, dnsService(dnsServiceAddress(input.spec)), reason),
    // Without a network nothing answers: its owner has yet to bring one.
    ...(input.spec.network.provider === 'none'
      ? []
      : [
          want(
            'api',
            clusterHost,
            at('deployments', '/apis/apps/v1'),
            { condition: { type: 'Available', status: 'True' }, seconds: 180, says: 'cluster DNS to answer' },
            {
              stage: 'addons',
              because,
              after: [
                `${clusterHost}/object/${at('deployments', '/apis/apps/v1')}`,
                `${clusterHost}/object/${at('serviceaccounts')}`,
              ],
            },
          ),
        ]),
  ];
}

const dnsService = (clusterIP: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: 'kube-dns',
    namespace,
    labels: { ...labels, 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'KubeDNS' },
  },
  spec: {
    clusterIP,
    selector: labels,
    ports: [
      { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
      { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
    ],
  },
});

function deployment(parts: DnsParts, replicas: number) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: parts.name, namespace, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: parts.name,
          ...addonPod(labels),
          dnsPolicy: 'Default',
          containers: [parts.container],
          volumes: parts.volumes,
        },
      },
    },
  };
}
