/**
 * What else a minor takes away: admission plugins, in-tree volumes and clouds, modes, versions of configuration files.
 * Source: the release notes of each minor (pull requests by number).
 */
import { minorNumber, minorOf } from './versions.js';

export interface Removal {
  readonly name: string;
  /** The first minor without it: `1.25`. */
  readonly gone: string;
  /** What to do before, as a sentence of its own. */
  readonly act: string;
}

const csi = (driver: string): string => `Move the data to a volume of ${driver} and delete the old one.`;
const ccm = 'Run the cloud controller manager of this cloud, and set cloud-provider to external.';

/** A plugin that is named and not there stops the API server: `unknown admission plugin`. */
export const removedAdmissionPlugins: readonly Removal[] = [
  {
    name: 'PodSecurityPolicy', // #109798
    gone: '1.25',
    act: 'Label the namespaces for Pod Security Admission, then take the plugin out, then delete the policies.',
  },
  { name: 'SecurityContextDeny', gone: '1.30', act: 'Use Pod Security Admission (restricted) instead.' }, // #122612
  { name: 'PersistentVolumeLabel', gone: '1.31', act: 'The cloud controller manager labels volumes.' }, // #124505
];

/** By the name of the field in a pod's volume or in a PersistentVolume. */
export const removedVolumes: readonly Removal[] = [
  { name: 'glusterfs', gone: '1.26', act: csi('a CSI driver for GlusterFS') }, // #112015
  { name: 'cinder', gone: '1.26', act: csi('cinder.csi.openstack.org') }, // #67782
  { name: 'azureDisk', gone: '1.27', act: csi('disk.csi.azure.com') }, // #116301
  { name: 'awsElasticBlockStore', gone: '1.27', act: csi('ebs.csi.aws.com') },
  { name: 'gcePersistentDisk', gone: '1.28', act: csi('pd.csi.storage.gke.io') },
  { name: 'vsphereVolume', gone: '1.30', act: csi('csi.vsphere.vmware.com') }, // #122857
  { name: 'azureFile', gone: '1.30', act: csi('file.csi.azure.com') },
  { name: 'cephfs', gone: '1.31', act: csi('cephfs.csi.ceph.com') }, // #124544
  { name: 'rbd', gone: '1.31', act: csi('rbd.csi.ceph.com') }, // #124546
  { name: 'gitRepo', gone: '1.36', act: 'Clone the repository in an init container into an emptyDir.' }, // #136400
  { name: 'portworxVolume', gone: '1.36', act: csi('pxd.portworx.com') },
];

/** By the name of the provisioner in a StorageClass; which volume that makes. */
export const inTreeProvisioners: Readonly<Record<string, string>> = {
  'kubernetes.io/glusterfs': 'glusterfs',
  'kubernetes.io/cinder': 'cinder',
  'kubernetes.io/azure-disk': 'azureDisk',
  'kubernetes.io/aws-ebs': 'awsElasticBlockStore',
  'kubernetes.io/gce-pd': 'gcePersistentDisk',
  'kubernetes.io/vsphere-volume': 'vsphereVolume',
  'kubernetes.io/azure-file': 'azureFile',
  'kubernetes.io/rbd': 'rbd',
  'kubernetes.io/portworx-volume': 'portworxVolume',
};

/** A value of --cloud-provider. */
export const removedClouds: readonly Removal[] = [
  { name: 'openstack', gone: '1.26', act: ccm },
  { name: 'aws', gone: '1.27', act: ccm },
  { name: 'azure', gone: '1.30', act: ccm },
  { name: 'vsphere', gone: '1.30', act: ccm },
  { name: 'gce', gone: '1.31', act: ccm },
];

/** apiVersion of a file that a component or kubeadm reads. */
export const removedConfigurations: readonly Removal[] = [
  { name: 'kubeadm.k8s.io/v1beta1', gone: '1.22', act: 'Write it anew with kubeadm config migrate.' }, // #101129
  { name: 'kubeadm.k8s.io/v1beta2', gone: '1.27', act: 'Write it anew with kubeadm config migrate.' },
  { name: 'audit.k8s.io/v1beta1', gone: '1.24', act: 'Write audit.k8s.io/v1 into the audit policy.' }, // #108092
  { name: 'audit.k8s.io/v1alpha1', gone: '1.24', act: 'Write audit.k8s.io/v1 into the audit policy.' },
];

export const removedBetween = (all: readonly Removal[], from: string, to: string): readonly Removal[] =>
  all.filter(({ gone }) => minorNumber(gone) > minorOf(from) && minorNumber(gone) <= minorOf(to));
