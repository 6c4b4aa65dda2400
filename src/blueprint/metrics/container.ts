import { type ClusterSpec, nodes } from '../../model/cluster.js';

const port = 10250;
/** Up to so many nodes upstream's own sizes do; each one more adds this (its README, *Scaling*). */
const covered = 100;
const cpuOf = (hosts: number): number => 100 + Math.max(0, hosts - covered);
const memoryOf = (hosts: number): number => 200 + 2 * Math.max(0, hosts - covered);
/** In steps: a host more must not restart it. */
const step = 50;

const asked = { httpGet: { path: '/livez', port: 'https', scheme: 'HTTPS' } };

/**
 * Ready once it serves, and not, as upstream has it, once it has figures: for the 15 s between, with one replica, the
 * API would be away, and with it the deletion of every namespace. No limit of memory: it would end it where a cluster
 * grows.
 */
export function metricsContainer(spec: ClusterSpec, image: string) {
  const size = Math.ceil(nodes(spec).length / step) * step;
  return {
    name: 'metrics-server',
    image,
    imagePullPolicy: 'IfNotPresent',
    args: [
      // In memory: a volume for it would be an emptyDir, and keep every node of it from being drained.
      '--cert-dir=',
      `--secure-port=${port}`,
      '--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname',
      '--kubelet-use-node-status-port',
      '--kubelet-certificate-authority=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt',
      '--metric-resolution=15s',
    ],
    resources: { requests: { cpu: `${cpuOf(size)}m`, memory: `${memoryOf(size)}Mi` } },
    ports: [{ name: 'https', containerPort: port, protocol: 'TCP' }],
    readinessProbe: { ...asked, periodSeconds: 2, failureThreshold: 3 },
    livenessProbe: { ...asked, periodSeconds: 10, failureThreshold: 3 },
    // An API that is away at its start is waited for.
    startupProbe: { ...asked, periodSeconds: 2, failureThreshold: 60 },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      runAsUser: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    },
  };
}
