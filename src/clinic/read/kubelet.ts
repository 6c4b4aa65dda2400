/** What a kubelet is told: its configuration file, and the flags that win over it. */
import { fileOf } from '../../model/components.js';
import type { HostChart } from '../chart/host-chart.js';
import type { KubeconfigSeen } from '../chart/seen.js';
import type { EvidenceReader } from './evidence-reader.js';
import { type Flags, flagsOf } from './flags.js';
import { at, readYaml, type Tree } from './yaml.js';

export interface KubeletSeen {
  readonly path: string;
  readonly flags?: Flags;
  /** Absent: the file is not there, was not seen, or is not YAML (`problem`). */
  readonly config?: Tree;
  readonly problem?: string;
  /** A field of the configuration, or the flag that overrides it. `kubelet.value('clusterDNS', 'cluster-dns')`. */
  value(field: string, flag?: string): Tree;
}

export const kubeletConf = fileOf('kubelet', 'kubeconfig');

export const kubeletOf = (host: HostChart): KubeletSeen => {
  const flags = flagsOf(host, 'kubelet').inForce;
  const path = flags?.get('config') ?? fileOf('kubelet', 'config');
  const text = 'value' in host.files ? host.files.value.find(file => file.path === path)?.text : undefined;
  const parsed = text === undefined ? undefined : readYaml(text);
  const config: Tree = parsed && 'value' in parsed ? parsed.value : undefined;
  return {
    path,
    ...(flags && { flags }),
    ...(config !== undefined && { config }),
    ...(parsed && 'problem' in parsed && { problem: parsed.problem }),
    value: (field, flag) => (flag === undefined ? undefined : flags?.get(flag)) ?? at(config, ...field.split('.')),
  };
};

/** Name under which this kubelet registers: flag, else its client certificate would say; here the host's own name. */
export const nodeNameOf = (host: HostChart): string =>
  flagsOf(host, 'kubelet').inForce?.get('hostname-override') ??
  ('value' in host.identity ? host.identity.value.hostname.toLowerCase() : host.name);

/**
 * What it bootstraps with as long as it has no certificate: undefined where it has one, or was given nothing to get
 * one. A kubelet that rotates its certificate writes its kubeconfig at once, with the path of what it has yet to
 * receive (kubernetes 1.20 pkg/kubelet/certificate/bootstrap).
 */
export const bootstrapsWith = (
  host: HostChart,
  evidence: EvidenceReader,
): { readonly path: string; readonly seen: KubeconfigSeen } | undefined => {
  const { flags } = kubeletOf(host);
  const path = flags?.get('bootstrap-kubeconfig');
  if (path === undefined) return undefined;
  const [own, seen] = [
    evidence.kubeconfig(host, flags?.get('kubeconfig') ?? kubeletConf),
    evidence.kubeconfig(host, path),
  ];
  const waits = own === null || (own?.value?.certPath !== undefined && own.client.length === 0);
  const token = seen?.value?.token;
  return waits && seen && token && token.in !== 'nowhere' ? { path, seen } : undefined;
};
