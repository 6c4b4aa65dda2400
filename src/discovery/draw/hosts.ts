/** Hosts with their roles, labels, taints, and the way in. */
import type { ApiObject } from '../../clinic/chart/chart.js';
import type { HostChart } from '../../clinic/chart/host-chart.js';
import { nodeNameOf } from '../../clinic/read/kubelet.js';
import { listAt } from '../../clinic/read/yaml.js';
import type { Host, Role } from '../../model/cluster.js';
import { parseIPv4 } from '../../net/address.js';
import { isLabelKey, isLabelValue } from '../../spec/names.js';
import type { HostEntry } from '../../spec/schema.js';
import { parseTaint } from '../../spec/taint.js';
import { nodeAddresses, objectsOf } from '../owner/living.js';
import { addressesOf, runs } from '../owner/whole.js';
import { type Line, only, type Part, type Seen } from './drawing.js';

export const drawHosts = (seen: Seen): Part => {
  const drawn = [...seen.chart.hosts.values()].map(host => drawHost(host, seen));
  const ssh = [...seen.ways.values()];
  const common = <K extends 'user' | 'port' | 'key'>(key: K) =>
    new Set(ssh.map(one => one[key])).size === 1 ? ssh[0]?.[key] : undefined;
  const shared = { ...only('user', common('user')), ...portOf(common('port')), ...only('key', common('key')) };
  return {
    file: {
      hosts: drawn.map(({ entry, way }) => {
        const own = Object.entries(way).filter(([key]) => !(key in shared));
        return own.length > 0 ? { ...entry, ssh: Object.fromEntries(own) } : entry;
      }),
      ...(Object.keys(shared).length > 0 && { ssh: shared }),
    },
    from: Object.fromEntries(drawn.map(({ from }, index) => [`hosts.${index}`, from])),
    lines: [...drawn.flatMap(({ lines }) => lines), ...nodesApart(seen)],
  };
};

const portOf = (port: number | undefined) => (port === undefined || port === 22 ? {} : { port });

interface DrawnHost {
  readonly entry: HostEntry;
  readonly way: Host['ssh'];
  readonly from: string;
  readonly lines: readonly Line[];
}

/** Its Node by name, else by address. */
export const nodeOf = (host: HostChart, nodes: readonly ApiObject[]): ApiObject | undefined =>
  nodes.find(({ metadata }) => metadata.name === nodeNameOf(host)) ??
  nodes.find(node => nodeAddresses(node).some(address => address === host.address));

const drawHost = (host: HostChart, { chart, ways }: Seen): DrawnHost => {
  const node = nodeOf(host, objectsOf(chart, 'nodes'));
  const name = node?.metadata.name ?? nodeNameOf(host);
  const address = addressOf(host, node);
  const roles = rolesOf(host, node);
  const { taints, labels, lines } = nodeKeys(name, node);
  const { address: dialled, port, ...way } = ways.get(host.name) ?? {};
  const isNode = roles.includes('controlPlane') || roles.includes('worker');
  return {
    entry: {
      name,
      address,
      roles: [...roles],
      ...(Object.keys(labels).length > 0 && { labels }),
      ...(taints.length > 0 && isNode && { taints }),
    },
    way: { ...(dialled !== undefined && dialled !== address && { address: dialled }), ...way, ...portOf(port) },
    from: `name and address of ${node ? `Node ${name}` : `the host ${host.name} itself`}, roles by what it runs`,
    lines: [
      ...lines,
      ...(node || !isNode
        ? []
        : [{ kind: 'unseen' as const, says: `${name}: its Node was not seen: labels and taints are not in the file` }]),
    ],
  };
};

const addressOf = (host: HostChart, node: ApiObject | undefined): string => {
  const internal = listAt(node?.status, 'addresses')
    .filter(one => one?.type === 'InternalIP')
    .map(one => String(one.address));
  return (
    internal.find(address => parseIPv4(address) !== undefined) ??
    (parseIPv4(host.address) === undefined
      ? [...addressesOf(host)].find(address => parseIPv4(address) !== undefined && !address.startsWith('127.'))
      : undefined) ??
    internal[0] ??
    host.address
  );
};

const planeKeys = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

/** A control plane without its taint takes pods: it is a worker too. */
const rolesOf = (host: HostChart, node: ApiObject | undefined): readonly Role[] => {
  const plane = runs(host, 'kube-apiserver');
  const kept = listAt(node?.spec, 'taints').some(taint => planeKeys.includes(taint?.key));
  return [
    ...(runs(host, 'etcd') ? ['etcd' as const] : []),
    ...(plane ? ['controlPlane' as const] : []),
    ...((plane ? node !== undefined && !kept : runs(host, 'kubelet')) ? ['worker' as const] : []),
  ];
};

/** Of Kubernetes and of clouds: nobody writes them by hand. */
const isGiven = (key: string): boolean => /(^|\.)(kubernetes|k8s)\.io\//.test(key);

function nodeKeys(name: string, node: ApiObject | undefined) {
  const labels = Object.entries(node?.metadata.labels ?? {}).filter(([key]) => !isGiven(key));
  const written = listAt(node?.spec, 'taints').filter(taint => !isGiven(String(taint?.key ?? '')));
  const taints = written.map(({ key, value, effect }) => `${key}${value ? `=${value}` : ''}:${effect}`);
  const lines = [
    ...labels.filter(([key, value]) => !isLabelKey(key) || !isLabelValue(value)).map(([key]) => `label ${key}`),
    ...taints.filter(taint => !parseTaint(taint)).map(taint => `taint ${taint}`),
  ].map((what): Line => ({ kind: 'held', says: `${name}: ${what} cannot be said in a file` }));
  return {
    labels: Object.fromEntries(labels.filter(([key, value]) => isLabelKey(key) && isLabelValue(value))),
    taints: taints.filter(taint => parseTaint(taint)),
    lines,
  };
}

const nodesApart = ({ chart }: Seen): readonly Line[] => {
  const nodes = objectsOf(chart, 'nodes');
  const asked = new Set([...chart.hosts.values()].flatMap(host => nodeOf(host, nodes)?.metadata.name ?? []));
  return nodes
    .filter(({ metadata }) => !asked.has(metadata.name))
    .map(({ metadata }) => ({
      kind: 'unseen' as const,
      says: `node ${metadata.name} is of this cluster and was not asked: it is not in the file`,
    }));
};
