/** kubeadm's layout, so that clusters can be adopted and users can leave (design, section 4). */
export const pki = '/etc/kubernetes/pki';
export const bin = '/usr/local/bin';
export const units = '/etc/systemd/system';
export const own = '/var/lib/kubewizard';

export const adminConf = '/etc/kubernetes/admin.conf';
export const controllerManagerConf = '/etc/kubernetes/controller-manager.conf';
export const schedulerConf = '/etc/kubernetes/scheduler.conf';
export const kubeletConf = '/etc/kubernetes/kubelet.conf';
export const proxyConf = '/var/lib/kube-proxy/kubeconfig.conf';

export const encryptionConfig = '/etc/kubernetes/encryption.yaml';
export const admissionConfig = '/etc/kubernetes/admission.yaml';
export const authenticationConfig = '/etc/kubernetes/authentication.yaml';
export const auditPolicy = '/etc/kubernetes/audit-policy.yaml';
export const auditLog = '/var/log/kubernetes/audit.log';

export const kubeletConfig = '/var/lib/kubelet/config.yaml';
export const kubeletCert = '/var/lib/kubelet/pki/kubelet.crt';
export const kubeletKey = '/var/lib/kubelet/pki/kubelet.key';
export const proxyConfig = '/var/lib/kube-proxy/config.yaml';
export const containerdConfig = '/etc/containerd/config.toml';
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
