/** What the file leaves out, filled in, each with its reason: one code path for `kw plan` and `--explain-defaults`. */
import { defaultVersion, flagName, release, type Release } from '../catalog/index.js';
import type { ClusterSpec, Components } from '../model/cluster.js';
import type { DefaultNote } from './default-note.js';
import { draftAddons } from './draft-addons.js';
import { draftHosts, type DraftedHosts } from './draft-hosts.js';
import { draftEndpoint } from './draft-endpoint.js';
import { defaultNetworks } from './free-networks.js';
import type { ClusterFile } from './schema.js';

export interface Filled extends Omit<DraftedHosts, 'hosts' | 'notes'> {
  readonly spec: ClusterSpec;
  readonly notes: readonly DefaultNote[];
}

type Or = <T>(path: string, written: T | undefined, value: T, why: string) => T;

export const fill = (file: ClusterFile): Filled => {
  const notes: DefaultNote[] = [];
  const or: Or = (path, written, value, why) => {
    if (written !== undefined) return written;
    notes.push({ path, value, why });
    return value;
  };
  const { hosts, origins, findings, notes: roleNotes } = draftHosts(file);
  const { artifacts = {}, network = {}, pki = {} } = file;
  const source = sourceOf(artifacts, or);
  const kubernetes = file.kubernetes?.replace(/^v/, '') ?? newestOf(source, or);
  notes.push(...roleNotes, ...sshNotes(file));
  const endpoint = draftEndpoint(file, hosts, or);
  const spec: ClusterSpec = {
    name: file.name,
    kubernetes,
    hosts,
    endpoint,
    network: networkOf(network, or, notes),
    runtime: runtimeOf(file.runtime, or),
    artifacts: {
      source,
      ...(artifacts.mirror ? { mirror: artifacts.mirror } : {}),
      ...(artifacts.mirrorDigest ? { mirrorDigest: artifacts.mirrorDigest } : {}),
    },
    pki: pkiOf(pki, or),
    components: componentsOf(file.components ?? {}),
    addons: draftAddons(file, kubernetes, source, or),
    ...(file.adopted ? { adopted: file.adopted } : {}),
  };
  if (!file.kubernetes && !release(spec.kubernetes))
    throw new Error(`the default version ${spec.kubernetes} is not in the catalog`);
  return { spec, origins, findings, notes };
};

/** The catalog's entry for the cluster's version; only for specs that passed `readCluster`. */
export const releaseOf = (spec: ClusterSpec): Release => {
  const found = release(spec.kubernetes);
  if (!found) throw new Error(`not in the catalog: Kubernetes ${spec.kubernetes}`);
  return found;
};

const sourceOf = ({ source, mirror }: NonNullable<ClusterFile['artifacts']>, or: Or) =>
  or(
    'artifacts.source',
    source,
    mirror ? 'mirror' : 'auto',
    mirror ? 'a mirror is named' : 'the first source that answers',
  );

const newestOf = (source: ClusterSpec['artifacts']['source'], or: Or): string =>
  or(
    'kubernetes',
    undefined,
    defaultVersion(source),
    source === 'debian' ? "the version of Debian's source package" : 'the newest version the catalog knows',
  );

const networkOf = (
  network: NonNullable<ClusterFile['network']>,
  or: Or,
  notes: DefaultNote[],
): ClusterSpec['network'] => ({
  pods: or('network.pods', network.pods, defaultNetworks.pods, '65,536 addresses: 256 hosts of 256'),
  services: or(
    'network.services',
    network.services,
    defaultNetworks.services,
    'as kubeadm: the widest that the API server takes',
  ),
  hostPrefix: or('network.hostPrefix', network.hostPrefix, 24, 'room for the 110 pods of a host, twice over'),
  domain: or('network.domain', network.domain, 'cluster.local', 'what charts and manuals expect'),
  provider: or('network.provider', network.provider, 'vxlan', 'works on any network between the hosts'),
  vxlan: {
    id: or('network.vxlan.id', network.vxlan?.id, 4096, 'above the 4,095 numbers of VLANs that people map to VXLANs'),
    port: or('network.vxlan.port', network.vxlan?.port, 8472, "the Linux kernel's own"),
  },
  ...mtuOf(network.mtu, network.provider, notes),
});

const runtimeOf = (runtime: ClusterFile['runtime'], or: Or): ClusterSpec['runtime'] => ({
  name: or('runtime.name', runtime?.name, 'containerd', 'speaks CRI to every kubelet from 1.20 on'),
  ...(runtime?.version ? { version: runtime.version.replace(/^v/, '') } : {}),
  ...(runtime?.runc ? { runc: runtime.runc.replace(/^v/, '') } : {}),
});

const pkiOf = (pki: NonNullable<ClusterFile['pki']>, or: Or): ClusterSpec['pki'] => ({
  algorithm: or('pki.algorithm', pki.algorithm, 'ecdsa-p256', 'small and fast, understood by every version'),
  caDays: or('pki.caDays', pki.caDays, 3650, 'ten years, as kubeadm'),
  leafDays: or('pki.leafDays', pki.leafDays, 365, 'one year, as kubeadm'),
  sans: or('pki.sans', pki.sans, [], 'hosts, endpoint and services are named in any case'),
  ...(pki.ca ? { ca: pki.ca } : {}),
});

/** No number: each host's own, known only when it is asked. */
const mtuOf = (
  written: number | undefined,
  provider: string | undefined,
  notes: DefaultNote[],
): { readonly mtu?: number } => {
  if (written !== undefined) return { mtu: written };
  notes.push({
    path: 'network.mtu',
    value: null,
    why: `that of each host's interface${(provider ?? 'vxlan') === 'vxlan' ? ', less 50 bytes for the overlay' : ''}`,
  });
  return {};
};

const sshNotes = (file: ClusterFile): readonly DefaultNote[] => [
  ...(file.ssh?.user === undefined
    ? [{ path: 'ssh.user', value: 'root', why: 'hosts are set up as root, where ~/.ssh/config names no user' }]
    : []),
  ...(file.ssh?.key === undefined
    ? [{ path: 'ssh.key', value: null, why: "those of ~/.ssh/config, the agent's, the usual ones in ~/.ssh" }]
    : []),
  ...(file.ssh?.port === undefined
    ? [{ path: 'ssh.port', value: 22, why: "ssh's own, where ~/.ssh/config has no other" }]
    : []),
];

type Written = NonNullable<ClusterFile['components']>;

const componentsOf = (written: Written): Components => {
  const args = (name: Exclude<keyof Written, 'containerd'>) => ({
    extraArgs: Object.fromEntries(
      Object.entries(written[name]?.extraArgs ?? {}).map(([flag, value]) => [flagName(flag), String(value)]),
    ),
  });
  return {
    etcd: args('etcd'),
    apiserver: args('apiserver'),
    controllerManager: args('controllerManager'),
    scheduler: args('scheduler'),
    kubelet: { ...args('kubelet'), config: written.kubelet?.config ?? {} },
    proxy: { ...args('proxy'), config: written.proxy?.config ?? {} },
    containerd: { config: written.containerd?.config ?? {} },
  };
};
