/** Every illness that is known, in one flat table. The order is the order of a report among equals. */
import type { Case } from '../clinic/case.js';
import clientAndServerDisagreeOnCa from './client-and-server-disagree-on-ca/case.js';
import nameMissingInCertificate from './name-missing-in-certificate/case.js';
import pemUnreadable from './pem-unreadable/case.js';
import serviceAccountKeyMismatch from './service-account-key-mismatch/case.js';
import encryptionConfigMismatch from './encryption-config-mismatch/case.js';
import frontProxy from './front-proxy/case.js';
import etcdPeerSan from './etcd-peer-san/case.js';
import kubeletClientCertificateExpired from './kubelet-client-certificate-expired/case.js';
import bootstrapTokenExpired from './bootstrap-token-expired/case.js';
import controlPlaneIpChanged from './control-plane-ip-changed/case.js';
import clockSkew from './clock-skew/case.js';
import kubeletCertificateNotTrusted from './kubelet-certificate-not-trusted/case.js';
import leafCertificateExpired from './leaf-certificate-expired/case.js';
import forbiddenForComponent from './forbidden-for-component/case.js';
import forbiddenForUser from './forbidden-for-user/case.js';
import nodeNotReadyCni from './node-not-ready-cni/case.js';
import bootstrapWaitsForItself from './bootstrap-waits-for-itself/case.js';
import notHighlyAvailable from './not-highly-available/case.js';
import probeMissesItsTarget from './probe-misses-its-target/case.js';
import podTrafficDropped from './pod-traffic-dropped/case.js';
import cloudProviderWrong from './cloud-provider-wrong/case.js';
import cgroupDriverMismatch from './cgroup-driver-mismatch/case.js';
import criDisabled from './cri-disabled/case.js';
import quorumLost from './quorum-lost/case.js';
import etcdStaleMember from './etcd-stale-member/case.js';
import etcdNospace from './etcd-nospace/case.js';
import cloudUninitialized from './cloud-uninitialized/case.js';
import bridgeNfIpforward from './bridge-nf-ipforward/case.js';
import staleCni from './stale-cni/case.js';
import removedFlag from './removed-flag/case.js';
import etcdClusterId from './etcd-cluster-id/case.js';
import etcdSlowDisk from './etcd-slow-disk/case.js';
import masterEndpointsReset from './master-endpoints-reset/case.js';
import waitingForLeaderLease from './waiting-for-leader-lease/case.js';
import clusterDnsMissing from './cluster-dns-missing/case.js';
import sandboxImage from './sandbox-image/case.js';
import iptablesMixed from './iptables-mixed/case.js';
import apiserverToKubeletForbidden from './apiserver-to-kubelet-forbidden/case.js';
import webhookDeadlock from './webhook-deadlock/case.js';
import manifestBackupFile from './manifest-backup-file/case.js';
import manifestMissingMount from './manifest-missing-mount/case.js';
import mtu from './mtu/case.js';
import hostFirewall from './host-firewall/case.js';
import vrrpClash from './vrrp-clash/case.js';
import nodeIpWrongNic from './node-ip-wrong-nic/case.js';
import containerdV3Config from './containerd-v3-config/case.js';
import cgroupV1Refused from './cgroup-v1-refused/case.js';
import inotifyLimit from './inotify-limit/case.js';
import swapOn from './swap-on/case.js';
import podcidrUnassigned from './podcidr-unassigned/case.js';
import cidrOverlap from './cidr-overlap/case.js';
import namespaceTerminatingApiservice from './namespace-terminating-apiservice/case.js';
import nodeNameMismatch from './node-name-mismatch/case.js';
import versionSkew from './version-skew/case.js';
import dnsLoop from './dns-loop/case.js';
import diskPressure from './disk-pressure/case.js';
import proxyEnvironment from './proxy-environment/case.js';
import kubeletWaiting from './kubelet-waiting/case.js';
import duplicateIdentity from './duplicate-identity/case.js';
import unitChangedOnDisk from './unit-changed-on-disk/case.js';

export const cases: readonly Case[] = [
  clientAndServerDisagreeOnCa,
  kubeletCertificateNotTrusted,
  nameMissingInCertificate,
  pemUnreadable,
  clockSkew,
  controlPlaneIpChanged,
  bootstrapTokenExpired,
  kubeletClientCertificateExpired,
  etcdPeerSan,
  frontProxy,
  encryptionConfigMismatch,
  serviceAccountKeyMismatch,
  leafCertificateExpired,
  forbiddenForComponent,
  forbiddenForUser,
  nodeNotReadyCni,
  bootstrapWaitsForItself,
  notHighlyAvailable,
  probeMissesItsTarget,
  podTrafficDropped,
  cloudProviderWrong,
  cgroupDriverMismatch,
  criDisabled,
  quorumLost,
  etcdStaleMember,
  etcdNospace,
  cloudUninitialized,
  bridgeNfIpforward,
  staleCni,
  removedFlag,
  etcdClusterId,
  etcdSlowDisk,
  masterEndpointsReset,
  waitingForLeaderLease,
  clusterDnsMissing,
  sandboxImage,
  iptablesMixed,
  apiserverToKubeletForbidden,
  webhookDeadlock,
  manifestBackupFile,
  manifestMissingMount,
  mtu,
  hostFirewall,
  vrrpClash,
  nodeIpWrongNic,
  containerdV3Config,
  cgroupV1Refused,
  inotifyLimit,
  swapOn,
  podcidrUnassigned,
  cidrOverlap,
  namespaceTerminatingApiservice,
  nodeNameMismatch,
  versionSkew,
  dnsLoop,
  diskPressure,
  proxyEnvironment,
  kubeletWaiting,
  duplicateIdentity,
  unitChangedOnDisk,
];
