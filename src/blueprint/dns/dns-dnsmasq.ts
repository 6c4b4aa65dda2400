import type { DnsParts } from './dns-parts.js';
import type { Input } from '../input.js';

/** A DNS pod made of Debian's dnsmasq, whose records a small script keeps equal to the API's services and endpoints. */
export function dnsmasqParts({ spec, artifacts }: Input): DnsParts {
  return {
    name: 'kubewizard-dns',
    rules: [{ apiGroups: [''], resources: ['services', 'endpoints'], verbs: ['get', 'list', 'watch'] }],
    volumes: [],
    container: {
      name: 'dns',
      image: artifacts.images.dns?.ref,
      imagePullPolicy: 'IfNotPresent',
      env: [{ name: 'DOMAIN', value: spec.network.domain }],
      ports: [
        { name: 'dns', containerPort: 53, protocol: 'UDP' },
        { name: 'dns-tcp', containerPort: 53, protocol: 'TCP' },
      ],
      readinessProbe: { tcpSocket: { port: 53 }, periodSeconds: 2 },
      livenessProbe: { tcpSocket: { port: 53 }, initialDelaySeconds: 30, periodSeconds: 10 },
      resources: { requests: { cpu: '50m', memory: '32Mi' }, limits: { memory: '170Mi' } },
    },
  };
}
