/** Which container runtime a host's kubelet uses, and what that runtime has in force. */
import { fileOf } from '../../model/components.js';
import type { HostChart } from '../chart/host-chart.js';
import type { EvidenceReader } from './evidence-reader.js';
import { kubeletOf } from './kubelet.js';
import { at, listAt, type Tree } from './yaml.js';

export type RuntimeKind = 'containerd' | 'docker' | 'other';

/**
 * Undefined: no kubelet was seen there. Kubelets before 1.24 use Docker unless told otherwise. Sections: processes,
 * files, containerd.
 */
export const runtimeKind = (host: HostChart): RuntimeKind | undefined => {
  const { flags, value } = kubeletOf(host);
  const socket: unknown = value('containerRuntimeEndpoint', 'container-runtime-endpoint');
  if (typeof socket === 'string' && socket !== '')
    return socket.includes('containerd')
      ? 'containerd'
      : socket.includes('dockershim') || socket.includes('cri-dockerd')
        ? 'docker'
        : 'other';
  if (!flags) return undefined;
  return 'value' in host.processes &&
    host.processes.value.some(one => one.program === 'dockerd') &&
    flags.get('container-runtime') !== 'remote'
    ? 'docker'
    : 'containerd';
};

/** containerd's configuration in force, under the plugin names of 1.x and of 2.x alike. */
export interface ContainerdSeen {
  readonly config: Tree;
  readonly cri: Tree;
  readonly disabled: readonly string[];
  readonly systemdCgroup: boolean;
  readonly sandboxImage: string | undefined;
  readonly cniFolder: string;
  readonly cniBins: readonly string[];
}

export const oldCri = 'io.containerd.grpc.v1.cri';
export const newCri = 'io.containerd.cri.v1.runtime';
export const newImages = 'io.containerd.cri.v1.images';

export const containerdSeen = (evidence: EvidenceReader, host: HostChart): ContainerdSeen | undefined => {
  const config = evidence.read(host.containerd) as Tree;
  return config === undefined ? undefined : containerdIn(config);
};

export const containerdIn = (config: Tree): ContainerdSeen => {
  const cri: Tree = at(config, 'plugins', newCri) ?? at(config, 'plugins', oldCri);
  const runtimes = at(cri, 'containerd', 'runtimes');
  const name = at(cri, 'containerd', 'default_runtime_name') ?? 'runc';
  const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
  const bins = [...listAt(cri, 'cni', 'bin_dirs'), at(cri, 'cni', 'bin_dir')].filter(
    (one): one is string => text(one) !== undefined,
  );
  return {
    config,
    cri,
    disabled: listAt(config, 'disabled_plugins').map(String),
    systemdCgroup: at(runtimes, name, 'options', 'SystemdCgroup') === true || at(cri, 'systemd_cgroup') === true,
    sandboxImage: text(at(config, 'plugins', newImages, 'pinned_images', 'sandbox')) ?? text(at(cri, 'sandbox_image')),
    cniFolder: text(at(cri, 'cni', 'conf_dir')) ?? '/etc/cni/net.d',
    cniBins: bins.length > 0 ? bins : ['/opt/cni/bin'],
  };
};

/** The file that containerd was started with. */
export const containerdFile = (host: HostChart): string => {
  const argv =
    'value' in host.processes ? (host.processes.value.find(one => one.program === 'containerd')?.argv ?? []) : [];
  const index = argv.findIndex(word => word === '--config' || word === '-c');
  return (
    argv.find(word => word.startsWith('--config='))?.slice('--config='.length) ??
    (index >= 0 ? argv[index + 1] : undefined) ??
    fileOf('containerd', 'config')
  );
};
