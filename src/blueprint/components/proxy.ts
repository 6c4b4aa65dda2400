import { nodeGone } from './gone.js';
import { healthUrl } from '../../model/components.js';
import { stringify } from 'yaml';
import type { Resource } from '../../model/resource.js';
import { apiAnswers } from '../access/api-answers.js';
import { identities, kubeconfig } from '../access/kubeconfigs.js';
import type { HostContext } from '../input.js';
import { merge } from '../render/merge.js';
import { bin, proxyConf, proxyConfig, units } from '../render/paths.js';
import { conntrackLeast } from '../sizes/by-machine.js';
import { program } from './program.js';
import { command, supervised, unit } from '../render/unit.js';
import { file, service } from '../wanted.js';
import { sh } from '../../shell/sh.js';

const stage = 'nodes';
const because = 'services reach their pods';
const unitFile = `${units}/kube-proxy.service`;

export function proxy(context: HostContext): readonly Resource[] {
  const parts = [
    kubeconfig(context, identities.proxy),
    program(context, 'kube-proxy', stage),
    file(context, proxyConfig, proxySettings(context), { stage, because, mode: 0o600 }),
    file(context, unitFile, proxyUnit(context), { stage, because }),
  ].filter(part => part !== undefined);
  return [
    ...parts,
    service(
      context,
      'kube-proxy.service',
      {
        reads: [unitFile, `${bin}/kube-proxy`, proxyConfig, proxyConf],
        ready: { script: answers, seconds: 60, says: 'kube-proxy to be healthy' },
      },
      {
        stage,
        because,
        after: [nearestApi(context), `${context.host.name}/packages/node`, ...nodeAnew(context)],
      },
      parts,
    ),
  ];
}

/**
 * It is healthy once it sees its Node. Where no kubelet has been yet, or the Node was taken away, the kubelet makes it
 * first: else a host may come to its kubelet only after it has waited for kube-proxy in vain.
 */
const nodeAnew = (context: HostContext): readonly string[] =>
  context.fact.built?.runs.includes('kubelet') && nodeGone(context, context.host.name).length === 0
    ? []
    : [`${context.host.name}/service/kubelet.service`];

/** On a control plane its own API server: the host need not hear from the control machine that one answers. */
const nearestApi = ({ host }: HostContext): string =>
  host.roles.includes('controlPlane') ? `${host.name}/service/kube-apiserver.service` : apiAnswers;

// A host without curl has to trust systemd's word.
const answers = sh`! command -v curl >/dev/null || curl -sf --max-time 2 -o /dev/null ${healthUrl('kube-proxy')}`;

const proxySettings = ({ spec, host, fact }: HostContext): string =>
  stringify(
    merge(
      {
        apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
        kind: 'KubeProxyConfiguration',
        // Its own address, told: otherwise it asks the API for its node, and pauses ever longer while the kubelet
        // registers it.
        bindAddress: host.address,
        clientConnection: { kubeconfig: proxyConf },
        clusterCIDR: spec.network.pods,
        // In a network namespace nf_conntrack_max is not ours to set, and kube-proxy exits when it cannot (field case
        // conntrack-max-denied).
        conntrack: fact.conntrackWritable
          ? { maxPerCore: 32768, min: conntrackLeast(fact) }
          : { maxPerCore: 0, min: 0 },
        hostnameOverride: host.name,
        mode: 'iptables',
      },
      spec.components.proxy.config,
    ),
  );

const proxyUnit = (context: HostContext): string =>
  unit({
    Unit: { Description: 'Kubernetes network proxy', After: 'network-online.target', Wants: 'network-online.target' },
    Service: {
      ExecStart: command(`${bin}/kube-proxy`, { config: proxyConfig, ...context.spec.components.proxy.extraArgs }),
      ...supervised,
    },
    Install: { WantedBy: 'multi-user.target' },
  });
