/** What to do instead of a flag that a version lacks. */
import { flagLife, flagName, flagPresence, type FlagComponent } from './flags.js';
import { lifeInWords } from './life.js';

const klog = 'components log to stderr only: let systemd keep the log (journalctl -u UNIT), or redirect it';
const dockershim = 'dockershim is gone: the runtime is configured in containerd, and CNI in /etc/cni/net.d';
const insecure = 'insecure serving is gone: clients and probes use the secure port over HTTPS';
const cadvisor = 'the kubelet no longer takes cAdvisor flags; leave the flag out';
const inTree =
  'in-tree cloud providers are gone: set cloud-provider to external on the kubelets and run the cloud controller ' +
  'manager';

const everywhere: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      'add-dir-header',
      'alsologtostderr',
      'log-backtrace-at',
      'log-dir',
      'log-file',
      'log-file-max-size',
      'logtostderr',
      'one-output',
      'skip-headers',
      'skip-log-headers',
      'stderrthreshold',
    ].map(flag => [flag, klog]),
  ),
  'experimental-logging-sanitization': 'the feature was dropped; leave the flag out',
};

const own: Readonly<Record<FlagComponent, Readonly<Record<string, string>>>> = {
  etcd: {
    debug: 'use log-level: debug',
    'log-package-levels': 'use log-level',
    'log-output': 'use log-outputs',
    'experimental-backend-bbolt-freelist-type': 'use backend-bbolt-freelist-type',
    'enable-v2': 'API v2 is gone, and Kubernetes never used it; leave the flag out',
  },
  'kube-apiserver': {
    'insecure-port': insecure,
    'insecure-bind-address': insecure,
    port: insecure,
    address: insecure,
    'apiserver-count':
      'the lease reconciler counts API servers by itself (endpoint-reconciler-type: lease, the default)',
    'cloud-provider': inTree,
    'cloud-config': inTree,
    'master-service-namespace': 'the Service is always in the namespace default; leave the flag out',
    'default-watch-cache-size': 'watch caches size themselves; leave the flag out',
  },
  'kube-controller-manager': {
    port: insecure,
    address: 'use bind-address and secure-port',
    'pod-eviction-timeout':
      'pods leave by taint: set tolerationSeconds, or default-not-ready-toleration-seconds on the API server',
    'enable-taint-manager': 'eviction by taint is always on; leave the flag out',
    'concurrent-service-syncs': 'services of clouds are served by the cloud controller manager; leave the flag out',
    'deployment-controller-sync-period': 'the deployment controller is driven by events; leave the flag out',
  },
  'kube-scheduler': {
    port: insecure,
    address: 'use bind-address and secure-port',
    ...Object.fromEntries(
      [
        'policy-config-file',
        'policy-configmap',
        'policy-configmap-namespace',
        'use-legacy-policy-config',
        'algorithm-provider',
        'hard-pod-affinity-symmetric-weight',
        'scheduler-name',
      ].map(flag => [flag, 'use a profile in a KubeSchedulerConfiguration (config)']),
    ),
    'lock-object-name': 'use leader-elect-resource-name',
    'lock-object-namespace': 'use leader-elect-resource-namespace',
  },
  kubelet: {
    ...Object.fromEntries(
      [
        'network-plugin',
        'network-plugin-mtu',
        'cni-bin-dir',
        'cni-conf-dir',
        'cni-cache-dir',
        'non-masquerade-cidr',
        'image-pull-progress-deadline',
        'docker-endpoint',
        'docker',
        'docker-only',
        'docker-root',
      ].map(flag => [flag, dockershim]),
    ),
    ...Object.fromEntries(
      [
        'application-metrics-count-limit',
        'boot-id-file',
        'container-hints',
        'containerd',
        'containerd-namespace',
        'enable-load-reader',
        'event-storage-age-limit',
        'event-storage-event-limit',
        'global-housekeeping-interval',
        'log-cadvisor-usage',
        'machine-id-file',
      ].map(flag => [flag, cadvisor]),
    ),
    'container-runtime': 'every runtime is a remote one; container-runtime-endpoint alone names it',
    'pod-infra-container-image':
      "the pause image is the runtime's: sandbox_image (containerd 1) or pinned_images.sandbox (containerd 2)",
    'dynamic-config-dir': 'dynamic kubelet configuration is gone; write the configuration file',
    'cloud-config': inTree,
    'experimental-bootstrap-kubeconfig': 'use bootstrap-kubeconfig',
    'register-schedulable': 'use register-with-taints',
    'seccomp-profile-root': 'profiles lie in /var/lib/kubelet/seccomp',
    'keep-terminated-pod-volumes': 'volumes of ended pods are unmounted; leave the flag out',
  },
  'kube-proxy': {
    'proxy-port-range': 'only the userspace mode used it, and that is gone',
    'udp-timeout': 'only the userspace mode used it; see conntrack-udp-timeout',
  },
};

/** `gone since 1.24: …`, `comes with 1.29`; undefined where the version has the flag, or nobody has heard of it. */
export const flagReplacement = (component: FlagComponent, flag: string, version: string): string | undefined => {
  const life = flagLife(component, flag);
  if (!life || flagPresence(component, flag, version) === 'yes') return undefined;
  if (life.how === 'added') return lifeInWords(life);
  const instead = own[component][flagName(flag)] ?? everywhere[flagName(flag)];
  return instead ? `${lifeInWords(life)}: ${instead}` : lifeInWords(life);
};
