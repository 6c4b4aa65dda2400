import { release } from '../../catalog/index.js';
import type { DnsParts } from './dns-parts.js';
import type { Input } from '../input.js';

/** CoreDNS as kubeadm deploys it; the image is upstream's of that Kubernetes minor. */
export function corednsParts({ spec, artifacts, facts }: Input): DnsParts {
  const forwards = facts.size === 0 || [...facts.values()].some(host => host.hasResolver);
  return {
    name: 'coredns',
    rules: [
      { apiGroups: [''], resources: ['endpoints', 'services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
    ],
    configMap: { Corefile: corefile(spec.network.domain, forwards) },
    volumes: [{ name: 'config', configMap: { name: 'coredns', items: [{ key: 'Corefile', path: 'Corefile' }] } }],
    container: {
      name: 'coredns',
      image: artifacts.images.dns?.ref ?? release(spec.kubernetes)?.coredns.image,
      imagePullPolicy: 'IfNotPresent',
      args: ['-conf', '/etc/coredns/Corefile'],
      volumeMounts: [{ name: 'config', mountPath: '/etc/coredns', readOnly: true }],
      resources: { limits: { memory: '170Mi' }, requests: { cpu: '100m', memory: '70Mi' } },
      ports: [
        { name: 'dns', containerPort: 53, protocol: 'UDP' },
        { name: 'dns-tcp', containerPort: 53, protocol: 'TCP' },
      ],
      livenessProbe: {
        httpGet: { path: '/health', port: 8080, scheme: 'HTTP' },
        initialDelaySeconds: 60,
        timeoutSeconds: 5,
      },
      readinessProbe: { httpGet: { path: '/ready', port: 8181, scheme: 'HTTP' } },
      securityContext: {
        allowPrivilegeEscalation: false,
        capabilities: { add: ['NET_BIND_SERVICE'], drop: ['all'] },
        readOnlyRootFilesystem: true,
      },
    },
  };
}

/** Without a server to ask CoreDNS would end at once: where no host has one, it answers for the cluster alone. */
const corefile = (domain: string, forwards: boolean): string => `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes ${domain} in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
${forwards ? '    forward . /etc/resolv.conf {\n       max_concurrent 1000\n    }\n' : ''}    cache 30
    loop
    reload
    loadbalance
}
`;
