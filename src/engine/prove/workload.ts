/** What the proof puts into the cluster, all of it in one namespace that is removed afterwards. */
export interface Workload { readonly namespace: string; readonly image: string; readonly replicas: number }

export const port = 8080;
export const greeting = 'kubewizard proof';

const labels = { app: 'web' };

export const namespaceOf = ({ namespace }: Workload) =>
  ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: { 'kubewizard.io/proof': 'true' } } });

/** A web server on as many hosts as there are replicas; it says where it runs, and writes a line to its log. */
export const deploymentOf = ({ namespace, image, replicas }: Workload) => ({
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace },
  spec: {
    replicas, selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        terminationGracePeriodSeconds: 0,
        affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: labels }, topologyKey: 'kubernetes.io/hostname' }] } },
        containers: [{
          name: 'web', image, imagePullPolicy: 'IfNotPresent',
          command: ['sh', '-c', `mkdir -p /tmp/www && echo "${greeting} $HOSTNAME" > /tmp/www/index.html && echo "${greeting} started" && exec httpd -f -p ${port} -h /tmp/www`],
          readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
        }],
      },
    },
  },
});

export const serviceOf = ({ namespace }: Workload) => ({
  apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace },
  spec: { type: 'NodePort', selector: labels, ports: [{ name: 'http', port: 80, targetPort: port }] },
});
