/**
 * The symptom router: what the field's texts (pages of troubles, real pastes) can mean, as a table. A text names
 * candidates, never one cause.
 */
import { expect, test } from 'vitest';
import { cases } from '../../src/clinic/cases/index.js';
import { explainText } from '../../src/clinic/explain/explain.js';

const named = (text: string): readonly string[] => explainText(text, cases).map(one => one.case);

const authorities = [
  'client-and-server-disagree-on-ca',
  'kubelet-certificate-not-trusted',
  'front-proxy',
  'etcd-peer-san',
  'webhook-deadlock',
];
const dates = ['leaf-certificate-expired', 'kubelet-client-certificate-expired', 'clock-skew', 'webhook-deadlock'];
const apiGone = [
  'leaf-certificate-expired',
  'cgroup-driver-mismatch',
  'cri-disabled',
  'control-plane-ip-changed',
  'removed-flag',
  'cgroup-v1-refused',
  'etcd-nospace',
  'encryption-config-mismatch',
  'quorum-lost',
  'manifest-backup-file',
  'manifest-missing-mount',
  'kubelet-client-certificate-expired',
  'swap-on',
  'etcd-peer-san',
];
const silence = [
  'bridge-nf-ipforward',
  'cidr-overlap',
  'host-firewall',
  'proxy-environment',
  'iptables-mixed',
  'mtu',
  'pod-traffic-dropped',
  'control-plane-ip-changed',
  'master-endpoints-reset',
];
const logs = [
  'kubelet-certificate-not-trusted',
  'apiserver-to-kubelet-forbidden',
  'node-ip-wrong-nic',
  'host-firewall',
];
const notReady = [
  'node-not-ready-cni',
  'kubelet-client-certificate-expired',
  'swap-on',
  'cgroup-v1-refused',
  'inotify-limit',
  'disk-pressure',
  'node-name-mismatch',
  'version-skew',
];
const refusedName = [
  'leaf-certificate-expired',
  'clock-skew',
  'service-account-key-mismatch',
  'front-proxy',
  'bootstrap-token-expired',
];

/** "Ambiguous symptoms → candidates" of the field's troubles, in the coats in which they come. */
test.each([
  ['x509: certificate signed by unknown authority', authorities],
  ['Unable to connect to the server: x509：certificate signed by unknown authority', authorities],
  [
    'x509: certificate has expired or is not yet valid: current time 2026-01-01T00:00:00Z is after ' +
      '2025-01-01T00:00:00Z',
    dates,
  ],
  ['x509: certificate is not yet valid', dates],
  ['The connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?', apiGone],
  ['dial tcp 10.0.0.1:6443: connect: connection refused', apiGone],
  ['dial tcp 10.0.0.1:6443: getsockopt: connection refused', apiGone],
  [':6443 was refused', apiGone],
  [':6443 connection refused', apiGone],
  ['Get "https://10.96.0.1:443/version": dial tcp 10.96.0.1:443: i/o timeout', silence],
  ['10.96.0.1:443 i/o timeout', silence],
  ['dial tcp 10.96.0.1:443: getsockopt: no route to host', silence],
  ['error: You must be logged in to the server (Unauthorized)', refusedName],
  ['Unauthorized', refusedName],
  ['kw-worker-1   NotReady   <none>   5d   v1.20.2', notReady],
  ['node kw-1 is not ready', notReady],
  [
    'Error from server: Get "https://10.0.0.2:10250/containerLogs/kube-system/x/y": dial tcp 10.0.0.2:10250: i/o ' +
      'timeout',
    logs,
  ],
  ['kubectl logs fails', logs],
  ['dial tcp 10.0.0.2:10250: connect: no route to host', ['host-firewall', 'control-plane-ip-changed']],
  [
    "x509: cannot validate certificate for 10.0.0.2 because it doesn't contain any IP SANs",
    ['name-missing-in-certificate', 'kubelet-certificate-not-trusted'],
  ],
])('%s', (text, all) => {
  expect(named(text)).toEqual(expect.arrayContaining([...all]));
});

/** Symptoms of the field's tiers A and B: the first that is named. */
test.each([
  [
    'x509: certificate has expired or is not yet valid: current time 2025-01-01T00:00:00Z is before ' +
      '2026-01-01T00:00:00Z',
    'clock-skew',
  ],
  [
    'unable to load bootstrap kubeconfig: stat /etc/kubernetes/bootstrap-kubelet.conf: no such file or directory',
    'kubelet-client-certificate-expired',
  ],
  ['Part of the existing bootstrap client certificate is expired: 2025-01-01', 'kubelet-client-certificate-expired'],
  ['kubelet cgroup driver: "systemd" is different from docker cgroup driver: "cgroupfs"', 'cgroup-driver-mismatch'],
  [
    `misconfiguration: kubelet cgroup driver: "'systemd'" is different from docker cgroup driver: "systemd"`,
    'cgroup-driver-mismatch',
  ],
  [
    '[ERROR CRI]: container runtime is not running: output: … unknown service runtime.v1alpha2.RuntimeService',
    'cri-disabled',
  ],
  ['running with swap on is not supported, please disable swap! or set --fail-swap-on flag to false', 'swap-on'],
  ['running with swap on is not su\npported, please disable swap!', 'swap-on'],
  [
    '[ERROR FileContent--proc-sys-net-bridge-bridge-nf-call-iptables]: ' +
      '/proc/sys/net/bridge/bridge-nf-call-iptables does not exist',
    'bridge-nf-ipforward',
  ],
  ['failed to set bridge addr: "cni0" already has an IP address different from 10.244.1.1/24', 'stale-cni'],
  ['failed to acquire lease: node "kw-2" pod cidr not assigned', 'podcidr-unassigned'],
  ['CIDRNotAvailable', 'podcidr-unassigned'],
  ['plugin/loop: Loop (127.0.0.1:53 -> :53) detected for zone "."', 'dns-loop'],
  ['Seen "HINFO IN 123.456." more than twice, loop detected', 'dns-loop'],
  ['plugin/forward: no valid upstream addresses found', 'dns-loop'],
  ['plugin/forward: no nameservers found', 'dns-loop'],
  [
    'NamespaceDeletionDiscoveryFailure … metrics.k8s.io/v1beta1: the server is currently unable to handle the request',
    'namespace-terminating-apiservice',
  ],
  [
    'failed calling webhook "x.example.com": Post "https://x.default.svc:443/": dial tcp 10.96.3.4:443: connect: ' +
      'connection refused',
    'webhook-deadlock',
  ],
  ['Error from server: remote error: tls: internal error', 'kubelet-certificate-not-trusted'],
  [
    'Forbidden (user=kube-apiserver-kubelet-client, verb=get, resource=nodes, subresource=proxy)',
    'apiserver-to-kubelet-forbidden',
  ],
  ['error: unable to upgrade connection: pod does not exist', 'node-ip-wrong-nic'],
  ['could not find a JWS signature in the cluster-info ConfigMap for token ID "abcdef"', 'bootstrap-token-expired'],
  ['token id "abcdef" is invalid for this cluster or it has expired', 'bootstrap-token-expired'],
  ['[check-etcd] etcd cluster is not healthy: dial tcp: connect: connection refused', 'etcd-stale-member'],
  ['listen tcp 10.0.0.1:2380: bind: cannot assign requested address', 'control-plane-ip-changed'],
  ['failed to parse kubelet flag: unknown flag: --network-plugin', 'removed-flag'],
  ['kubelet is configured to not run on a host using cgroup v1', 'cgroup-v1-refused'],
  ['failed to create fsnotify watcher: too many open files', 'inotify-limit'],
  ['proxyconnect tcp: dial tcp 10.0.0.9:3128: i/o timeout', 'proxy-environment'],
  ['1 node(s) had untolerated taint {node.cloudprovider.kubernetes.io/uninitialized: true}', 'cloud-uninitialized'],
  ['The node was low on resource: ephemeral-storage.', 'disk-pressure'],
  [
    'failed to garbage collect required amount of images. Wanted to free 1073741824 bytes, but freed 0 bytes',
    'disk-pressure',
  ],
  ['failed to send out heartbeat on time (exceeded the 100ms timeout)', 'etcd-slow-disk'],
  ['etcdserver: mvcc: database space exceeded', 'etcd-nospace'],
  ['etcdserver: mcc: database space exceeded', 'etcd-nospace'],
  ['failed to load Kubelet config file /var/lib/kubelet/config.yaml', 'kubelet-waiting'],
  ['prober found high clock drift', 'clock-skew'],
  [
    'Unable to authenticate the request due to an error: [invalid bearer token, square/go-jose: error in ' +
      'cryptographic primitive]',
    'service-account-key-mismatch',
  ],
  ['no matching key was found for the provided AES transformer', 'encryption-config-mismatch'],
  ["Cluster doesn't provide requestheader-client-ca-file", 'front-proxy'],
  ['request sent was ignored (cluster ID mismatch: peer[1]=2, local=3)', 'etcd-cluster-id'],
  [
    'rejected connection from "10.0.0.2:1234" (error "remote error: tls: bad certificate", ServerName "")',
    'etcd-peer-san',
  ],
  ['etcdserver: no leader', 'quorum-lost'],
  ['open /etc/kubernetes/enc-conf.yaml: no such file or directory', 'manifest-missing-mount'],
  ['nodes "a" is forbidden: node "a" is not allowed to modify node "b"', 'node-name-mismatch'],
  ['Node password rejected, duplicate hostname', 'duplicate-identity'],
  ['Warning: iptables-legacy tables present, use iptables-legacy-save to see them', 'iptables-mixed'],
  ['Ignoring unknown key in TOML for plugin', 'containerd-v3-config'],
  ['failed to get sandbox image "registry.k8s.io/pause:3.9": failed to pull', 'sandbox-image'],
  ['MissingClusterDNS … Falling back to "Default" policy', 'cluster-dns-missing'],
  ['Unable to connect to the server: tls: failed to find any PEM data in certificate input', 'pem-unreadable'],
  [
    'The connection to the server localhost:8080 was refused - did you specify the right host or port?',
    'pem-unreadable',
  ],
  ['User "kubernetes-admin" cannot list resource "nodes"', 'forbidden-for-user'],
  ['Resetting endpoints for master service "kubernetes" to [10.0.0.1]', 'master-endpoints-reset'],
  ['attempting to acquire leader lease kube-system/kube-scheduler...', 'waiting-for-leader-lease'],
  ['Liveness probe failed: Get "http://127.0.0.1:8080/healthz": dial tcp', 'probe-misses-its-target'],
  ['service-node default/web   LoadBalancer   10.96.1.2   <pending>   80:30080/TCP', 'cloud-provider-wrong'],
])('%s → %s', (text, first) => {
  expect(named(text)[0]).toBe(first);
});

/** Twins of pastes: the same words are noise in one cluster and the fault in another; they must say so. */
test.each([
  ['TLS handshake error from 10.0.0.9:4321: EOF', 'not-highly-available'],
  [
    '$ kubectl get cs\nscheduler   Unhealthy   Get "http://127.0.0.1:10251/healthz": dial tcp 127.0.0.1:10251: ' +
      'connect: connection refused',
    'probe-misses-its-target',
  ],
  ['E0101 no cloud provider provided', 'cloud-provider-wrong'],
  ['EXTERNAL-IP <pending>', 'cloud-provider-wrong'],
  ['cni config uninitialized', 'node-not-ready-cni'],
])('%s can be harmless', (text, id) => {
  expect(explainText(text, cases).find(one => one.case === id)?.benign).toBeTruthy();
});

test('what is said of everything names nothing', () => {
  for (const text of ['hello', 'Error', 'the pod runs', 'connection closed']) expect(named(text), text).toEqual([]);
});

test('no text of a case is harmless in the words of another illness', () => {
  expect(
    cases.flatMap(one =>
      one.symptoms
        .filter(({ text, benign }) => benign !== undefined && /expired|unknown authority/.test(text.source))
        .map(({ text }) => `${one.id} ${text.source}`),
    ),
  ).toEqual([]);
});

/** Pastes that hold no word of an error: a listing, or a command that goes silent. */
test.each([
  ['[preflight] Running pre-flight checks\n', 'bootstrap-token-expired'],
  ['Chain FORWARD (policy DROP 0 packets, 0 bytes)', 'pod-traffic-dropped'],
  ['kube-system   coredns-5d78c9869d-abcde   0/1   Pending   0   10m', 'node-not-ready-cni'],
  ['kube-system   coredns-5d78c9869d-abcde   0/1   CrashLoopBackOff   7   10m', 'dns-loop'],
  ['default   web-1   0/1   ContainerCreating   0   10m', 'stale-cni'],
])('%s → %s', (text, id) => {
  expect(named(text)).toContain(id);
});
