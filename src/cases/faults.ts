/** Every fault that the lab can make, one per case: `KW_UPDATE=1 npx vitest run test/clinic/faults.test.ts` writes this table. */
import type { Fault } from '../clinic/fault.js';
import apiserverToKubeletForbidden from './apiserver-to-kubelet-forbidden/fault.js';
import bootstrapTokenExpired from './bootstrap-token-expired/fault.js';
import bootstrapWaitsForItself from './bootstrap-waits-for-itself/fault.js';
import bridgeNfIpforward from './bridge-nf-ipforward/fault.js';
import cgroupDriverMismatch from './cgroup-driver-mismatch/fault.js';
import cgroupV1Refused from './cgroup-v1-refused/fault.js';
import cidrOverlap from './cidr-overlap/fault.js';
import clientAndServerDisagreeOnCa from './client-and-server-disagree-on-ca/fault.js';
import clockSkew from './clock-skew/fault.js';
import cloudProviderWrong from './cloud-provider-wrong/fault.js';
import cloudUninitialized from './cloud-uninitialized/fault.js';
import clusterDnsMissing from './cluster-dns-missing/fault.js';
import containerdV3Config from './containerd-v3-config/fault.js';
import controlPlaneIpChanged from './control-plane-ip-changed/fault.js';
import criDisabled from './cri-disabled/fault.js';
import diskPressure from './disk-pressure/fault.js';
import dnsLoop from './dns-loop/fault.js';
import duplicateIdentity from './duplicate-identity/fault.js';
import encryptionConfigMismatch from './encryption-config-mismatch/fault.js';
import etcdClusterId from './etcd-cluster-id/fault.js';
import etcdNospace from './etcd-nospace/fault.js';
import etcdPeerSan from './etcd-peer-san/fault.js';
import etcdSlowDisk from './etcd-slow-disk/fault.js';
import etcdStaleMember from './etcd-stale-member/fault.js';
import forbiddenForComponent from './forbidden-for-component/fault.js';
import forbiddenForUser from './forbidden-for-user/fault.js';
import frontProxy from './front-proxy/fault.js';
import hostFirewall from './host-firewall/fault.js';
import inotifyLimit from './inotify-limit/fault.js';
import iptablesMixed from './iptables-mixed/fault.js';
import kubeletCertificateNotTrusted from './kubelet-certificate-not-trusted/fault.js';
import kubeletClientCertificateExpired from './kubelet-client-certificate-expired/fault.js';
import kubeletWaiting from './kubelet-waiting/fault.js';
import leafCertificateExpired from './leaf-certificate-expired/fault.js';
import manifestBackupFile from './manifest-backup-file/fault.js';
import manifestMissingMount from './manifest-missing-mount/fault.js';
import masterEndpointsReset from './master-endpoints-reset/fault.js';
import mtu from './mtu/fault.js';
import nameMissingInCertificate from './name-missing-in-certificate/fault.js';
import namespaceTerminatingApiservice from './namespace-terminating-apiservice/fault.js';
import nodeIpWrongNic from './node-ip-wrong-nic/fault.js';
import nodeNameMismatch from './node-name-mismatch/fault.js';
import nodeNotReadyCni from './node-not-ready-cni/fault.js';
import notHighlyAvailable from './not-highly-available/fault.js';
import pemUnreadable from './pem-unreadable/fault.js';
import podTrafficDropped from './pod-traffic-dropped/fault.js';
import podcidrUnassigned from './podcidr-unassigned/fault.js';
import probeMissesItsTarget from './probe-misses-its-target/fault.js';
import proxyEnvironment from './proxy-environment/fault.js';
import quorumLost from './quorum-lost/fault.js';
import removedFlag from './removed-flag/fault.js';
import sandboxImage from './sandbox-image/fault.js';
import serviceAccountKeyMismatch from './service-account-key-mismatch/fault.js';
import staleCni from './stale-cni/fault.js';
import swapOn from './swap-on/fault.js';
import unitChangedOnDisk from './unit-changed-on-disk/fault.js';
import versionSkew from './version-skew/fault.js';
import vrrpClash from './vrrp-clash/fault.js';
import waitingForLeaderLease from './waiting-for-leader-lease/fault.js';
import webhookDeadlock from './webhook-deadlock/fault.js';

export const faults: readonly Fault[] = [
  apiserverToKubeletForbidden,
  bootstrapTokenExpired,
  bootstrapWaitsForItself,
  bridgeNfIpforward,
  cgroupDriverMismatch,
  cgroupV1Refused,
  cidrOverlap,
  clientAndServerDisagreeOnCa,
  clockSkew,
  cloudProviderWrong,
  cloudUninitialized,
  clusterDnsMissing,
  containerdV3Config,
  controlPlaneIpChanged,
  criDisabled,
  diskPressure,
  dnsLoop,
  duplicateIdentity,
  encryptionConfigMismatch,
  etcdClusterId,
  etcdNospace,
  etcdPeerSan,
  etcdSlowDisk,
  etcdStaleMember,
  forbiddenForComponent,
  forbiddenForUser,
  frontProxy,
  hostFirewall,
  inotifyLimit,
  iptablesMixed,
  kubeletCertificateNotTrusted,
  kubeletClientCertificateExpired,
  kubeletWaiting,
  leafCertificateExpired,
  manifestBackupFile,
  manifestMissingMount,
  masterEndpointsReset,
  mtu,
  nameMissingInCertificate,
  namespaceTerminatingApiservice,
  nodeIpWrongNic,
  nodeNameMismatch,
  nodeNotReadyCni,
  notHighlyAvailable,
  pemUnreadable,
  podTrafficDropped,
  podcidrUnassigned,
  probeMissesItsTarget,
  proxyEnvironment,
  quorumLost,
  removedFlag,
  sandboxImage,
  serviceAccountKeyMismatch,
  staleCni,
  swapOn,
  unitChangedOnDisk,
  versionSkew,
  vrrpClash,
  waitingForLeaderLease,
  webhookDeadlock,
];
