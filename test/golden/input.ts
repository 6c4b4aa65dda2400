import { createHash } from 'node:crypto';
import { kubeletNames, limitNames } from '../../src/facts/host/kernel-limits.js';
import type { Input } from '../../src/blueprint/input.js';
import type { Artifact, ArtifactSet } from '../../src/model/artifact.js';
import type { ClusterSpec } from '../../src/model/cluster.js';
import type { HostFacts } from '../../src/model/host-facts.js';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const artifact = (name: string, version: string): Artifact => ({
  name,
  version,
  sha256: sha256(name + version),
  size: 1000,
  file: `/cache/${name}`,
});

const named = (names: readonly string[], version: string) =>
  Object.fromEntries(names.map(name => [name, artifact(name, version)]));

const kubernetes = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy', 'kubectl'];

/** As the `release` source brings it: binaries for everything, images pulled by the hosts. */
export const released = (version: string, containerd: string, runc = '1.2.0'): ArtifactSet => ({
  source: 'release',
  dns: 'coredns',
  images: {},
  packages: { node: ['conntrack', 'socat', 'iptables'], loadBalancer: ['haproxy', 'keepalived'] },
  binaries: {
    ...named(kubernetes, version),
    ...named(['etcd', 'etcdctl', 'etcdutl'], '3.5.16'),
    ...named(['containerd', 'containerd-shim-runc-v2', 'ctr'], containerd),
    ...named(['runc'], runc),
    ...named(['crictl'], version),
  },
  cniPlugins: named(['bridge', 'host-local', 'portmap', 'loopback'], '1.6.0'),
});

/** As Debian has it: runtime and plugins are packages, images are made from binaries. */
export const debian: ArtifactSet = {
  source: 'debian',
  dns: 'dnsmasq',
  images: {
    pause: { ...artifact('pause', '3.2'), ref: 'k8s.gcr.io/pause:3.2' },
    dns: { ...artifact('dns', '1'), ref: 'docker.io/kubewizard/dns:1' },
    probe: { ...artifact('probe', '1'), ref: 'docker.io/kubewizard/probe:1' },
  },
  packages: {
    node: ['containerd', 'runc', 'containernetworking-plugins', 'conntrack', 'socat', 'iptables'],
    loadBalancer: ['haproxy', 'keepalived'],
  },
  binaries: { ...named(kubernetes, '1.20.2'), ...named(['etcd', 'etcdctl'], '3.4.23') },
  cniPlugins: {},
};

export const emptyHost = (name: string, facts: Partial<HostFacts> = {}): HostFacts => ({
  hostname: name,
  os: { id: 'debian', version: '12' },
  arch: 'amd64',
  cpus: 4,
  memoryBytes: 8 * 2 ** 30,
  cgroup: 'v2',
  interface: { name: 'eth0', mtu: 1500 },
  cniBin: '',
  containerd: '',
  containerdVersion: '',
  conntrackWritable: true,
  oomScoreAdjustable: true,
  sysctls: Object.fromEntries([...limitNames, ...kubeletNames].map(name => [name, '0'])),
  resolvConf: '/etc/resolv.conf',
  hasResolver: true,
  podCidr: '',
  etcdDataExists: false,
  etcdMembers: '',
  ...facts,
});

export const inputFor = (spec: ClusterSpec, artifacts: ArtifactSet, facts: Partial<HostFacts> = {}): Input => ({
  spec,
  artifacts,
  sha256,
  facts: new Map(spec.hosts.map(host => [host.name, emptyHost(host.name, facts)])),
  authorities: {
    ca: '<CA certificate>\n',
    'etcd/ca': '<etcd CA certificate>\n',
    'front-proxy-ca': '<front proxy CA certificate>\n',
  },
  chainPem: '',
  reveal: name => `value of ${name}`,
});
