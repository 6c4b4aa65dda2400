/** kubeadm's layout, so that clusters can be adopted and users can leave (design, section 4). */
import { fileOf } from '../../model/components.js';

export const pki = '/etc/kubernetes/pki';
export const bin = '/usr/local/bin';
export const units = '/etc/systemd/system';
export const own = '/var/lib/kubewizard';
/** On control planes: a file for each host that left the cluster and is not known to be reset. */
export const leftHosts = `${own}/left`;

export const adminConf = '/etc/kubernetes/admin.conf';
/** Of system:masters, past all of RBAC: for root of a control plane, when nothing else is let in. */
export const superAdminConf = '/etc/kubernetes/super-admin.conf';
export const controllerManagerConf = fileOf('kube-controller-manager', 'kubeconfig');
export const schedulerConf = fileOf('kube-scheduler', 'kubeconfig');
export const kubeletConf = fileOf('kubelet', 'kubeconfig');
export const proxyConf = fileOf('kube-proxy', 'kubeconfig');

/** On the root disk, and outside of etcd's data: this host is a member, and which. */
export const etcdMemberMark = '/etc/kubernetes/etcd-member';
/**
 * What a host that joins a living etcd is started with, until it votes. It outlasts a boot: by its unit alone the host
 * would found an etcd of its own.
 */
export const etcdJoinDropIn = '/etc/systemd/system/etcd.service.d/kw-join.conf';

/**
 * While it is there, nobody starts these: they would take pods from nodes that cannot report yet. It outlasts a boot.
 */
export const heldDropIns = ['kube-controller-manager', 'kube-scheduler'].map(
  name => `${units}/${name}.service.d/kw-held.conf`,
);

export const encryptionConfig = '/etc/kubernetes/encryption.yaml';
export const admissionConfig = '/etc/kubernetes/admission.yaml';
export const authenticationConfig = '/etc/kubernetes/authentication.yaml';
export const auditPolicy = '/etc/kubernetes/audit-policy.yaml';
export const auditLog = '/var/log/kubernetes/audit.log';

export const kubeletConfig = fileOf('kubelet', 'config');
export const kubeletCert = '/var/lib/kubelet/pki/kubelet.crt';
export const kubeletKey = '/var/lib/kubelet/pki/kubelet.key';
export const proxyConfig = fileOf('kube-proxy', 'config');
export const containerdConfig = fileOf('containerd', 'config');
export const containerdSocket = '/run/containerd/containerd.sock';
export const cniConfig = '/etc/cni/net.d/10-kubewizard.conflist';

export const haproxyConfig = '/etc/kubernetes/haproxy/haproxy.cfg';
export const keepalivedConfig = '/etc/kubernetes/keepalived/keepalived.conf';
export const networkConfig = '/etc/kubernetes/network/config';
/** Without a network of ours: what it was told, so that a change of it is seen. */
export const networkGiven = '/etc/kubernetes/network/given';
export const networkPeers = '/etc/kubernetes/network/peers';
/** Scripts that units call. */
export const library = '/usr/local/lib/kubewizard';
export const networkScript = `${library}/network`;
/** Snapshots of etcd that its hosts take by themselves. */
export const etcdSnapshots = `${own}/snapshots`;
