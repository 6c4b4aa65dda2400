/** Flags, gates, plugins and configurations that the target no longer knows. */
import { withFlag, withObjects } from '../cluster.js';
import { type Plant, config, extra, kubeletConfig, v } from './planting.js';

export const flags: readonly Plant[] = [
  {
    name: 'a removed flag in the cluster file',
    way: v(34, 35, { containerd: '2.2.0' }),
    plant: one => extra(one, 'kubelet', { 'pod-infra-container-image': 'pause:3.9' }),
    rule: 'flag-removed',
    hits: ['components.kubelet.extraArgs.pod-infra-container-image'],
  },
  {
    name: "a removed flag in kubeadm's argv",
    way: v(26),
    built: 'kubeadm',
    plant: one => withFlag(one, 'kw-1', 'kubelet', '--container-runtime=remote'),
    rule: 'flag-removed',
    hits: ['kubelet'],
  },
  {
    name: "a cAdvisor flag that somebody added to kw's unit",
    way: v(36),
    plant: one => withFlag(one, 'kw-4', 'kubelet', '--global-housekeeping-interval=1m'),
    rule: 'flag-removed',
    hits: ['kw-4'],
  },
  {
    name: 'a removed feature gate in the cluster file',
    way: v(36),
    plant: one =>
      extra(one, 'apiserver', { 'feature-gates': 'AnonymousAuthConfigurableEndpoints=true,KubeletTracing=true' }),
    rule: 'gate-removed',
    hits: ['components.apiserver.extraArgs'],
  },
  {
    name: 'a removed feature gate in a kubelet configuration on a host',
    way: v(32),
    plant: one => kubeletConfig(one, 'kw-5', 'featureGates: {CloudDualStackNodeIPs: true, AppArmor: true}'),
    rule: 'gate-removed',
    hits: ['/var/lib/kubelet/config.yaml'],
  },
  {
    name: 'a locked feature gate',
    way: v(33, 34),
    plant: one => config(one, { featureGates: { SidecarContainers: false, OrderedNamespaceDeletion: false } }),
    rule: 'gate-locked',
    hits: ['components.kubelet.config.featureGates'],
  },
  {
    name: 'the plugin PodSecurityPolicy',
    way: v(24),
    plant: one =>
      withFlag(one, 'kw-2', 'kube-apiserver', '--enable-admission-plugins=NodeRestriction,PodSecurityPolicy'),
    rule: 'admission-plugin-removed',
    hits: ['PodSecurityPolicy'],
  },
  {
    name: 'an in-tree cloud',
    way: v(26),
    plant: one => withFlag(one, 'kw-1', 'kube-controller-manager', '--cloud-provider=aws'),
    rule: 'cloud-removed',
    hits: ['aws'],
  },
  {
    name: 'a kubeadm configuration of v1beta2',
    way: v(26),
    plant: one =>
      withObjects(one, 'configmaps', {
        metadata: { name: 'kubeadm-config', namespace: 'kube-system' },
        data: { ClusterConfiguration: 'apiVersion: kubeadm.k8s.io/v1beta2\nkind: ClusterConfiguration\n' },
      }),
    rule: 'configuration-version-removed',
    hits: ['kubeadm-config'],
  },
];
