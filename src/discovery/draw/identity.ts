/** Name, version, endpoint and CA of the cluster. */
import { parseVersion } from '../../catalog/index.js';
import type { HostChart } from '../../clinic/chart/host-chart.js';
import { flagsOf } from '../../clinic/read/flags.js';
import { bare } from '../../clinic/read/hosts.js';
import { kubeletConf, kubeletOf } from '../../clinic/read/kubelet.js';
import { at, readYaml } from '../../clinic/read/yaml.js';
import { apiserverPort } from '../../model/components.js';
import { isAddressOrName, isDnsLabel } from '../../spec/names.js';
import type { ClusterFile } from '../../spec/schema.js';
import { configMap } from '../owner/living.js';
import { addressesOf, authoritiesOf, membersOf } from '../owner/whole.js';
import { podOf } from '../owner/builder.js';
import { agreed, type Line, only, type Part, type Read, type Seen } from './drawing.js';

export const drawIdentity = (seen: Seen): Part => {
  const [name, version, ca] = [nameOf(seen), versionOf(seen), caOf(seen)];
  const endpoint = endpointOf(seen);
  return {
    file: {
      name: name.value,
      ...only('kubernetes', version?.value),
      ...only('endpoint', endpoint?.value),
      ...(ca && { adopted: { from: seen.built.by, ca: ca.value } }),
    },
    from: {
      name: name.from,
      ...only('kubernetes', version?.from),
      ...only('endpoint', endpoint?.from),
      adopted: `${seen.built.evidence.slice(0, 3).join('; ')}; the CA: ${ca?.from ?? 'not seen'}`,
    },
    lines: [...skew(seen, version?.value), ...loopback(seen), ...leaning(seen, endpoint?.value), ...rotating(seen)],
  };
};

/** `clusterConfiguration` of kubeadm, whatever version of its API wrote it. */
export const ofKubeadm = ({ chart }: Seen, ...path: readonly string[]): Read<string> | undefined => {
  const text = configMap(chart, 'kubeadm-config').ClusterConfiguration;
  const parsed = readYaml(String(text ?? ''));
  const found: unknown = 'value' in parsed ? at(parsed.value, ...path) : undefined;
  return typeof found === 'string' && found !== ''
    ? { value: found, from: `ConfigMap kubeadm-config: ${path.join('.')}` }
    : undefined;
};

export const flagRead = (hosts: readonly HostChart[], program: string, flag: string): Read<string> | undefined =>
  agreed(
    hosts.flatMap(host => {
      const { inForce, source } = flagsOf(host, program);
      const value = inForce?.get(flag);
      return value === undefined ? [] : [{ value, from: `${host.name}: ${source ?? program} --${flag}` }];
    }),
  );

const nameOf = (seen: Seen): Read<string> => {
  if (seen.name !== undefined) return { value: seen.name, from: 'you named it' };
  const found =
    flagRead(seen.planes, 'kube-controller-manager', 'cluster-name') ??
    ofKubeadm(seen, 'clusterName') ??
    adminsName(seen);
  const label = (found?.value ?? '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  if (found && isDnsLabel(found.value)) return found;
  return found && isDnsLabel(label)
    ? { value: label, from: `${found.from}, made a DNS label` }
    : { value: 'adopted', from: 'nothing says what it is called' };
};

const adminsName = ({ planes }: Seen): Read<string> | undefined =>
  agreed(
    planes.flatMap(host =>
      ('value' in host.kubeconfigs ? host.kubeconfigs.value : []).flatMap(({ path, value }) =>
        path === '/etc/kubernetes/admin.conf' && value?.cluster
          ? [{ value: value.cluster, from: `${host.name}: ${path}` }]
          : [],
      ),
    ),
  );

const versionOf = ({ chart, planes }: Seen): Read<string> | undefined => {
  const images = planes.flatMap(host => {
    const pod = podOf(host, 'kube-apiserver');
    const tag = /:v?(\d+\.\d+\.\d+)[^/]*$/.exec(pod?.containers[0]?.image ?? '')?.[1];
    return tag !== undefined && parseVersion(tag) ? [{ value: tag, from: `${host.name}: image in ${pod?.path}` }] : [];
  });
  const { version } = chart.api;
  const answered = 'value' in version ? bare(version.value.gitVersion) : undefined;
  const installed = planes.flatMap(host => {
    const seen = 'value' in host.versions ? host.versions.value : {};
    const found = bare(seen['kube-apiserver'] ?? seen.kubelet ?? '');
    return found === undefined ? [] : [{ value: found, from: `${host.name}: the program's own word` }];
  });
  return (
    agreed(images) ??
    (answered === undefined ? undefined : { value: answered, from: "the API server's own word" }) ??
    agreed(installed)
  );
};

const skew = ({ chart }: Seen, version: string | undefined): readonly Line[] =>
  [...chart.hosts.values()].flatMap(({ name, versions }) => {
    const kubelet = 'value' in versions ? bare(versions.value.kubelet ?? '') : undefined;
    return kubelet === undefined || version === undefined || kubelet === version
      ? []
      : [{ kind: 'changes' as const, says: `${name}: its kubelet is ${kubelet}, the file says ${version} for all` }];
  });

interface Server {
  readonly address: string;
  readonly port: number;
}

const serverIn = (text: string): Server | undefined => {
  const [, address = '', port] = /^(?:https:\/\/)?([A-Za-z0-9.-]+)(?::(\d{1,5}))?\/?$/.exec(text) ?? [];
  const number = Number(port ?? (text.startsWith('https://') ? 443 : apiserverPort));
  return isAddressOrName(address) && number > 0 && number <= 65535 ? { address, port: number } : undefined;
};
const isLoopback = (address: string): boolean => address.startsWith('127.') || address === 'localhost';

/** By which server kubelets find the API. */
const kubeletServers = ({ chart }: Seen): readonly Read<Server>[] =>
  [...chart.hosts.values()].flatMap(host => {
    const path = kubeletOf(host).flags?.get('kubeconfig') ?? kubeletConf;
    const seen = ('value' in host.kubeconfigs ? host.kubeconfigs.value : []).find(one => one.path === path);
    const value = serverIn(seen?.value?.server ?? '');
    return value ? [{ value, from: `${host.name}: server in ${path}` }] : [];
  });

const endpointOf = (seen: Seen): Read<NonNullable<ClusterFile['endpoint']>> | undefined => {
  const entry = ofKubeadm(seen, 'controlPlaneEndpoint');
  const told = entry && serverIn(entry.value);
  const found =
    (entry && told ? { value: told, from: entry.from } : undefined) ??
    agreed(kubeletServers(seen).filter(({ value }) => !isLoopback(value.address))) ??
    ownAddress(seen);
  if (!found) return undefined;
  const [first, ...others] = seen.planes;
  const own =
    first !== undefined &&
    others.length === 0 &&
    addressesOf(first).has(found.value.address) &&
    found.value.address === first.address &&
    found.value.port === apiserverPort;
  return { value: { ...found.value, balance: own ? 'direct' : 'external' }, from: found.from };
};

/** The control plane, of several, on whose own address all of the cluster leans. A virtual one may be there, too. */
export const leansOn = (planes: readonly HostChart[], address: string): HostChart | undefined =>
  planes.length > 1 ? planes.find(plane => plane.address === address) : undefined;

const leaning = (
  { planes }: Seen,
  endpoint: { readonly address?: string | undefined } | undefined,
): readonly Line[] => {
  const plane = leansOn(planes, endpoint?.address ?? '');
  return plane
    ? [
        {
          kind: 'note',
          says:
            `${endpoint?.address} is an address of ${plane.name} alone: while that control plane is away, kubelets ` +
            'and clients find none of the others',
        },
      ]
    : [];
};

const ownAddress = ({ planes: [first] }: Seen): Read<Server> | undefined => {
  if (!first) return undefined;
  const port = Number(flagsOf(first, 'kube-apiserver').inForce?.get('secure-port') ?? apiserverPort);
  return { value: { address: first.address, port }, from: `${first.name}: the first control plane itself` };
};

const loopback = (seen: Seen): readonly Line[] => {
  const local = kubeletServers(seen).filter(({ value }) => isLoopback(value.address));
  return local.length === 0
    ? []
    : [
        {
          kind: 'keep',
          says:
            `kubelets find the API through a proxy on their own host (${local.map(({ from }) => from).join('; ')}): ` +
            'it is not in the file',
        },
      ];
};

/** The CA that signs who calls the API: the oldest of them while it is changed. */
const caOf = ({ planes }: Seen): Read<string> | undefined =>
  agreed(
    planes.flatMap(host =>
      authoritiesOf(host)
        .filter(one => one.isCa)
        .slice(0, 1)
        .map(one => ({ value: one.fingerprint, from: `${host.name}: ${one.subject}` })),
    ),
  );

const rotating = ({ planes }: Seen): readonly Line[] => {
  const all = new Set(planes.flatMap(host => authoritiesOf(host).map(({ fingerprint }) => fingerprint)));
  return all.size > 1
    ? [{ kind: 'note', says: `control planes trust ${all.size} CAs: one is being changed for another, or was` }]
    : [];
};

export const etcdData = ({ chart }: Seen): readonly string[] =>
  membersOf(chart).map(
    host => `${host.name} ${flagsOf(host, 'etcd').inForce?.get('data-dir') ?? 'a folder that was not seen'}`,
  );
