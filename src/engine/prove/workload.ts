import { type Script, sh } from '../../shell/sh.js';
import type { Placement } from './placement.js';

/** What the proof puts into the cluster, all of it in one namespace that is removed afterwards. */
export interface Workload extends Placement {
  readonly namespace: string;
  readonly image: string;
}

export const port = 8080;
export const greeting = 'kubewizard proof';

/**
 * kubernetes' own copy of the official busybox image, where an artifact set brings none: it lies in the registry that
 * pause and CoreDNS come from, and has sh, httpd and wget (busybox' defconfig; Alpine's busybox has no httpd).
 */
export const publicImage = 'registry.k8s.io/e2e-test-images/busybox:1.36.1-1';

/**
 * Our own image has curl, busybox has wget. A lost packet is not a proof of a broken network: a few tries, each
 * bounded.
 */
export const fetchScript = (url: string): Script => sh`if command -v curl >/dev/null; \
then exec curl -sS --connect-timeout 3 --max-time 5 --retry 5 --retry-delay 1 --retry-connrefused ${url}; fi
for try in 1 2 3 4 5; do wget -q -T 5 -O - ${url} && exit 0; sleep 1; done
exit 1`;

/** On every namespace of a proof: one that was killed is cleared away by the next. */
export const proofLabel = 'kubewizard.io/proof';

const labels = { app: 'web' };

export const namespaceOf = ({ namespace }: Workload) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: namespace, labels: { [proofLabel]: 'true' } },
});

/** A web server on as many hosts as there are replicas; it says where it runs, and writes a line to its log. */
export const deploymentOf = ({ namespace, image, replicas, tolerations }: Workload) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace },
  spec: {
    replicas,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        terminationGracePeriodSeconds: 0,
        ...(tolerations.length > 0 ? { tolerations } : {}),
        affinity: {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              { labelSelector: { matchLabels: labels }, topologyKey: 'kubernetes.io/hostname' },
            ],
          },
        },
        containers: [
          {
            name: 'web',
            image,
            imagePullPolicy: 'IfNotPresent',
            command: [
              'sh',
              '-c',
              `mkdir -p /tmp/www && echo "${greeting} $HOSTNAME" > /tmp/www/index.html && echo "${greeting} ` +
                `started" && exec httpd -f -p ${port} -h /tmp/www`,
            ],
            readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
          },
        ],
      },
    },
  },
});

export const serviceOf = ({ namespace }: Workload) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace },
  spec: { type: 'NodePort', selector: labels, ports: [{ name: 'http', port: 80, targetPort: port }] },
});
