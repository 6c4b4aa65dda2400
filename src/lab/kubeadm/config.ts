/** The files that a user of kubeadm 1.20 writes, as values. JSON is YAML. */
import type { LabHost, LabState } from '../lab.js';
import { kubeadmVersion } from './files.js';

export interface Join {
  /** `abcdef.0123456789abcdef` */
  readonly token: string;
  /** 32 bytes, hex: decrypts the certificates that init uploads. */
  readonly certificateKey: string;
  /** Of every API server. */
  readonly port: number;
}

const criSocket = '/run/containerd/containerd.sock';
const registration = (host: LabHost) => ({ name: host.name, criSocket, kubeletExtraArgs: { 'node-ip': host.address } });
const documents = (...all: readonly object[]): string =>
  all.map(one => `${JSON.stringify(one, undefined, 1)}\n`).join('---\n');

export const initConfiguration = (first: LabHost, { token, certificateKey, port }: Join): string =>
  documents(
    {
      apiVersion: 'kubeadm.k8s.io/v1beta2',
      kind: 'InitConfiguration',
      certificateKey,
      nodeRegistration: registration(first),
      bootstrapTokens: [
        {
          token,
          ttl: '2h0m0s',
          usages: ['signing', 'authentication'],
          groups: ['system:bootstrappers:kubeadm:default-node-token'],
        },
      ],
      localAPIEndpoint: { advertiseAddress: first.address, bindPort: port },
    },
    {
      apiVersion: 'kubeadm.k8s.io/v1beta2',
      kind: 'ClusterConfiguration',
      kubernetesVersion: `v${kubeadmVersion}`,
      controlPlaneEndpoint: `${first.address}:${port}`,
      networking: { serviceSubnet: '10.96.0.0/12' },
    },
    { apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration', cgroupDriver: 'cgroupfs' },
  );

export const joinConfiguration = (
  first: LabHost,
  host: LabHost,
  controlPlane: boolean,
  { token, certificateKey, port }: Join,
): string =>
  documents({
    apiVersion: 'kubeadm.k8s.io/v1beta2',
    kind: 'JoinConfiguration',
    nodeRegistration: registration(host),
    discovery: {
      bootstrapToken: { apiServerEndpoint: `${first.address}:${port}`, token, unsafeSkipCAVerification: true },
    },
    ...(controlPlane
      ? { controlPlane: { certificateKey, localAPIEndpoint: { advertiseAddress: host.address, bindPort: port } } }
      : {}),
  });

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

/**
 * A unit, so that they are there again when a saved host starts. A host that is alone has no routes, and a unit must
 * have something to do.
 */
export const podRoutesUnit = (lab: LabState, host: LabHost): string => `[Unit]
Description=Routes to the pods of other hosts
Before=kubelet.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
${lab.hosts
  .filter(other => other.name !== host.name)
  .map(other => `ExecStart=/sbin/ip route replace ${podNetwork(other)} via ${other.address}`)
  .join('\n')}
[Install]
WantedBy=multi-user.target
`;

/** restrict_oom_score_adj: where CAP_SYS_RESOURCE is missing, runc cannot lower it and no container starts. */
export const containerdConfiguration = (pause: string): string => `version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pause}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
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
