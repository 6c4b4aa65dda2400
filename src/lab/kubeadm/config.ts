/** The files that a user of kubeadm writes, as values. JSON is YAML. */
import type { LabHost, LabState } from '../lab.js';
import { minorOf } from '../../catalog/index.js';
import type { KubeadmFiles } from './parts.js';

export interface Join {
  /** `abcdef.0123456789abcdef` */
  readonly token: string;
  /** 32 bytes, hex: decrypts the certificates that init uploads. */
  readonly certificateKey: string;
  /** Of every API server. */
  readonly port: number;
}

type Of = Pick<KubeadmFiles, 'version' | 'addons'>;

/** v1beta4 came with 1.31, and gives arguments as a list: one may be told twice. */
const isList = (version: string): boolean => minorOf(version) >= 31;
const apiVersion = (version: string): string => `kubeadm.k8s.io/${isList(version) ? 'v1beta4' : 'v1beta2'}`;

const registration = (host: LabHost, version: string) => ({
  name: host.name,
  criSocket: `${isList(version) ? 'unix://' : ''}/run/containerd/containerd.sock`,
  kubeletExtraArgs: isList(version) ? [{ name: 'node-ip', value: host.address }] : { 'node-ip': host.address },
});
const documents = (...all: readonly object[]): string =>
  all.map(one => `${JSON.stringify(one, undefined, 1)}\n`).join('---\n');

export const initConfiguration = (first: LabHost, join: Join, of: Of): string =>
  documents(
    {
      apiVersion: apiVersion(of.version),
      kind: 'InitConfiguration',
      certificateKey: join.certificateKey,
      nodeRegistration: registration(first, of.version),
      bootstrapTokens: [
        {
          token: join.token,
          ttl: '2h0m0s',
          usages: ['signing', 'authentication'],
          groups: ['system:bootstrappers:kubeadm:default-node-token'],
        },
      ],
      localAPIEndpoint: { advertiseAddress: first.address, bindPort: join.port },
    },
    ...clusterWide(`${first.address}:${join.port}`, of),
  );

/** What holds for all hosts: kubeadm keeps it in ConfigMaps. */
const clusterWide = (controlPlaneEndpoint: string, { version, addons }: Of): readonly object[] => [
  {
    apiVersion: apiVersion(version),
    kind: 'ClusterConfiguration',
    kubernetesVersion: `v${version}`,
    controlPlaneEndpoint,
    networking: { serviceSubnet: services, ...(addons ? { podSubnet: pods } : {}) },
    ...(addons ? { dns: { imageTag: addons.dnsTag } } : {}),
  },
  {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    cgroupDriver: 'cgroupfs',
    // Hosts of the lab have cgroup v1, which kubelets of today refuse unasked.
    ...(minorOf(version) >= 31 ? { failCgroupV1: false } : {}),
  },
  // In a network namespace nf_conntrack_max cannot be set, and kube-proxy would exit.
  ...(addons
    ? [
        {
          apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
          kind: 'KubeProxyConfiguration',
          clusterCIDR: pods,
          conntrack: { maxPerCore: 0, min: 0 },
        },
      ]
    : []),
];

export const joinConfiguration = (
  first: LabHost,
  host: LabHost,
  controlPlane: boolean,
  { token, certificateKey, port }: Join,
  { version }: Of,
): string =>
  documents({
    apiVersion: apiVersion(version),
    kind: 'JoinConfiguration',
    nodeRegistration: registration(host, version),
    discovery: {
      bootstrapToken: { apiServerEndpoint: `${first.address}:${port}`, token, unsafeSkipCAVerification: true },
    },
    ...(controlPlane
      ? { controlPlane: { certificateKey, localAPIEndpoint: { advertiseAddress: host.address, bindPort: port } } }
      : {}),
  });

const pods = '10.244.0.0/16';

/**
 * A bridge per host and plain routes to the others' pods: the least that makes nodes Ready and lets pods reach each
 * other.
 */
export const podNetwork = (host: LabHost): string => `10.244.${host.address.split('.')[3]}.0/24`;

export const cniConfiguration = (host: LabHost): string =>
  documents({
    cniVersion: '0.4.0',
    name: 'pods',
    plugins: [
      {
        type: 'bridge',
        bridge: 'cni0',
        isGateway: true,
        hairpinMode: true,
        ipam: { type: 'host-local', ranges: [[{ subnet: podNetwork(host) }]], routes: [{ dst: '0.0.0.0/0' }] },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  });

const services = '10.96.0.0/12';

/**
 * A unit, so that they are there again when a saved host starts. The route to Services stands for the default route
 * that a host of the lab has not: without any a host cannot begin to send there, and kube-proxy's rules do the rest.
 */
export const podRoutesUnit = (lab: LabState, host: LabHost): string => `[Unit]
Description=Routes to the pods of other hosts
Before=kubelet.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/sbin/ip route replace ${services} dev eth0
${lab.hosts
  .filter(other => other.name !== host.name)
  .map(other => `ExecStart=/sbin/ip route replace ${podNetwork(other)} via ${other.address}`)
  .join('\n')}
[Install]
WantedBy=multi-user.target
`;

const runcOf = (plugin: string): string => `  [plugins."${plugin}".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."${plugin}".containerd.runtimes.runc.options]
      SystemdCgroup = false
`;

/**
 * restrict_oom_score_adj: where CAP_SYS_RESOURCE is missing, runc cannot lower it and no container starts.
 *
 * @param own containerd 2 of upstream, in place of Debian's 1.
 */
export const containerdConfiguration = (pause: string, own: boolean): string =>
  own
    ? `version = 3
[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "${pause}"
[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["/opt/cni/bin"]
    conf_dir = "/etc/cni/net.d"
${runcOf('io.containerd.cri.v1.runtime')}`
    : `version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pause}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "/etc/cni/net.d"
${runcOf('io.containerd.grpc.v1.cri')}`;

/** Debian's unit starts its own containerd: this stands before it. */
export const containerdDropIn = `[Service]
ExecStart=
ExecStart=/usr/local/bin/containerd
`;

/** As the packages of kubeadm and kubelet install it. */
export const kubeletUnit = `[Unit]
Description=kubelet
After=containerd.service
[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf \
--kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS
Restart=always
RestartSec=10
[Install]
WantedBy=multi-user.target
`;
