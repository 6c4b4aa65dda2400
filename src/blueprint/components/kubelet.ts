import { healthUrl } from '../../model/components.js';
import { stringify } from 'yaml';
import { hasFlag, release } from '../../catalog/index.js';
import { type Host, type Taint, withRole } from '../../model/cluster.js';
import { idOf, type Resource } from '../../model/resource.js';
import { dnsServiceAddress } from '../network/addresses.js';
import { certificate, kubeletRow } from '../access/certificates.js';
import { identities, kubeconfig } from '../access/kubeconfigs.js';
import { cgroupDriver, pauseImage } from './containerd.js';
import { nodeGone } from './gone.js';
import { kubeletKernel, protectsKernel } from './kernel.js';
import { kubeletCredential } from './kubelet-credential.js';
import { kubeletDefaults } from './kubelet-defaults.js';
import type { HostContext } from '../input.js';
import { merge } from '../render/merge.js';
import {
  bin,
  containerdSocket,
  kubeletCert,
  kubeletConf,
  kubeletConfig,
  kubeletKey,
  pki,
  units,
} from '../render/paths.js';
import { program } from './program.js';
import { rendered } from '../render/rendered.js';
import { command, supervised, unit } from '../render/unit.js';
import { file, service } from '../wanted.js';
import { sh } from '../../shell/sh.js';

const stage = 'nodes';
const because = 'the kubelet runs the pods of this host';
const unitFile = `${units}/kubelet.service`;

export function kubelet(context: HostContext): readonly Resource[] {
  const parts = [
    certificate(context, kubeletRow),
    kubeconfig(context, identities.kubelet),
    program(context, 'kubelet', stage),
    file(context, kubeletConfig, kubeletSettings(context), { stage, because, mode: 0o600 }),
    file(context, unitFile, kubeletUnit(context), { stage, because }),
  ].filter(part => part !== undefined);
  const credential = kubeletCredential(context);
  const { name } = context.host;
  return [
    ...parts,
    ...credential,
    withGate(
      context,
      service(
        context,
        'kubelet.service',
        {
          reads: [unitFile, `${bin}/kubelet`, kubeletConfig, kubeletConf, kubeletCert, `${pki}/ca.crt`],
          ...healthy(context),
        },
        {
          stage,
          because,
          after: [
            ...stacked(context),
            ...nodeGone(context, name),
            `${name}/file/${pki}/ca.crt`,
            ...credential.map(idOf),
            `${name}/service/containerd.service`,
            ...(protectsKernel(context) ? Object.keys(kubeletKernel).map(key => `${name}/sysctl/${key}`) : []),
          ],
        },
        parts,
      ),
    ),
  ];
}

/**
 * systemd calls a kubelet active that dies every few seconds; asked itself, it answers or its last lines say why not.
 */
const healthy = ({
  spec: {
    components: {
      kubelet: { config },
    },
  },
}: HostContext) =>
  'healthzPort' in config || 'healthzBindAddress' in config
    ? {}
    : {
        ready: {
          script: sh`! command -v curl >/dev/null || curl -sf --max-time 2 -o /dev/null ${healthUrl('kubelet')}`,
          seconds: 90,
          says: 'kubelet to be healthy',
        },
      };

/**
 * A kubelet is started when an API server can be, not when one answers: most of its first seconds are waiting (cAdvisor
 * asks five times for Docker, google/cadvisor#3175), and they go by beside those of the API server. Much earlier would
 * be no better: it would sleep in its back-off when the API is there.
 */
const withGate = (context: HostContext, resource: Resource): Resource =>
  stacked(context).length > 0
    ? resource
    : { ...resource, afterAny: withRole(context.spec, 'etcd').map(member => etcdOn(member)) };

const stacked = ({ host }: HostContext): readonly string[] => (host.roles.includes('etcd') ? [etcdOn(host)] : []);
const etcdOn = ({ name }: Host): string => `${name}/service/etcd.service`;

const yaml = rendered(settings => stringify(settings));

function kubeletSettings(context: HostContext): string {
  const { spec, fact } = context;
  const runtimeInConfig = !hasFlag('kubelet', 'container-runtime-endpoint', spec.kubernetes);
  const settings = {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true, cacheTTL: '2m0s' },
      x509: { clientCAFile: `${pki}/ca.crt` },
    },
    authorization: { mode: 'Webhook' },
    cgroupDriver: cgroupDriver(context),
    clusterDNS: [dnsServiceAddress(spec)],
    clusterDomain: spec.network.domain,
    ...(runtimeInConfig ? { containerRuntimeEndpoint: `unix://${containerdSocket}` } : {}),
    ...kubeletDefaults(context),
    resolvConf: fact.resolvConf,
    rotateCertificates: true,
    staticPodPath: '/etc/kubernetes/manifests',
    tlsCertFile: kubeletCert,
    tlsPrivateKeyFile: kubeletKey,
  };
  return yaml(merge(settings, spec.components.kubelet.config));
}

const kubeletUnit = (context: HostContext): string =>
  unit({
    Unit: {
      Description: 'kubelet, the Kubernetes node agent',
      After: 'network-online.target containerd.service',
      Wants: 'network-online.target containerd.service',
    },
    Service: {
      ExecStartPre: '/bin/mkdir -p /etc/kubernetes/manifests',
      ExecStart: command(`${bin}/kubelet`, kubeletFlags(context)),
      ...supervised,
      CPUAccounting: 'true',
      MemoryAccounting: 'true',
      KillMode: 'process',
    },
    Install: { WantedBy: 'multi-user.target' },
  });

function kubeletFlags(context: HostContext): Record<string, string> {
  const { spec, host } = context;
  const has = (flag: string) => hasFlag('kubelet', flag, spec.kubernetes);
  return {
    config: kubeletConfig,
    kubeconfig: kubeletConf,
    'hostname-override': host.name,
    'node-ip': host.address,
    ...(has('container-runtime') ? { 'container-runtime': 'remote' } : {}),
    ...(has('container-runtime-endpoint') ? { 'container-runtime-endpoint': `unix://${containerdSocket}` } : {}),
    ...(has('pod-infra-container-image') ? { 'pod-infra-container-image': pauseImage(context) } : {}),
    ...taints(context),
    ...spec.components.kubelet.extraArgs,
  };
}

/** A node is born with its taints, so that nothing is scheduled there before they are set. */
function taints(context: HostContext): Record<string, string> {
  const all = taintsOf(context);
  return all.length > 0
    ? {
        'register-with-taints': all.map(({ key, value, effect }: Taint) => `${key}=${value ?? ''}:${effect}`).join(','),
      }
    : {};
}

/** The owner's, and the control plane's own unless that host is a worker too. */
export const taintsOf = ({ spec, host }: Pick<HostContext, 'spec' | 'host'>): readonly Taint[] => [
  ...(isDedicated(host) ? (release(spec.kubernetes)?.controlPlaneTaints ?? []) : []),
  ...host.taints,
];

const isDedicated = ({ roles }: Host): boolean => roles.includes('controlPlane') && !roles.includes('worker');
