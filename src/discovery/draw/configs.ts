/** Configuration files of kubelets and kube-proxies: fields that a cluster file can say, and those that it cannot. */
import { isDeepStrictEqual } from 'node:util';
import { dnsServiceAddress } from '../../blueprint/network/addresses.js';
import { fieldPresence } from '../../catalog/index.js';
import type { Chart } from '../../clinic/chart/chart.js';
import type { HostChart } from '../../clinic/chart/host-chart.js';
import { flagsOf } from '../../clinic/read/flags.js';
import { kubeletOf } from '../../clinic/read/kubelet.js';
import { readYaml, type Tree } from '../../clinic/read/yaml.js';
import type { ClusterSpec } from '../../model/cluster.js';
import { fileOf } from '../../model/components.js';
import { configMap } from '../owner/living.js';
import type { Held } from './drawing.js';

export interface DrawnConfig {
  readonly config: Readonly<Record<string, unknown>>;
  readonly held: readonly Held[];
  /** Where they were read. */
  readonly from: readonly string[];
  /** Hosts whose configuration nobody saw, and why. */
  readonly unseen: readonly string[];
}

interface Told {
  readonly host: string;
  readonly from: string;
  readonly fields: Readonly<Record<string, Tree>>;
}

type Key = 'kubelet' | 'proxy';
const programs = { kubelet: 'kubelet', proxy: 'kube-proxy' } as const;

export const drawConfig = (key: Key, chart: Chart, hosts: readonly HostChart[], spec: ClusterSpec): DrawnConfig => {
  const read = hosts.map(host => (key === 'kubelet' ? kubeletsOwn(host) : proxysOwn(host, chart)));
  const told = read.flatMap(one => ('fields' in one ? [one] : []));
  const config: Record<string, unknown> = {};
  const held: Held[] = [];
  for (const field of [...new Set(told.flatMap(({ fields }) => Object.keys(fields)))].sort()) {
    const left = told.filter(({ host, fields }) => !isToldElsewhere(key, field, fields[field], host, spec));
    if (left.length === 0) continue;
    const values = left.map(({ fields }) => fields[field]);
    const why = whyHeld(key, field, values, left.length < hosts.length, spec);
    if (why === undefined) config[field] = values[0];
    else held.push(...heldOf(key, field, left, why));
  }
  return {
    config,
    held,
    from: [...new Set(told.map(({ from }) => from))],
    unseen: read.flatMap(one => ('why' in one ? [one.why] : [])),
  };
};

type OneRead = Told | { readonly why: string };

const kubeletsOwn = (host: HostChart): OneRead => {
  const { config, path, problem, flags } = kubeletOf(host);
  if (config !== undefined) return { host: host.name, from: `${host.name}: ${path}`, fields: statedFields(config) };
  // RKE1's kubelets have flags alone.
  if (flags && flags.get('config') === undefined) return { host: host.name, from: `${host.name}: no file`, fields: {} };
  return { why: `${path} on ${host.name}: ${problem ?? 'it was not seen'}` };
};

const proxysOwn = (host: HostChart, chart: Chart): OneRead => {
  const flags = flagsOf(host, 'kube-proxy').inForce;
  if (flags && flags.get('config') === undefined) return { host: host.name, from: `${host.name}: no file`, fields: {} };
  const path = flags?.get('config') ?? fileOf('kube-proxy', 'config');
  const files = 'value' in host.files ? host.files.value : [];
  const text = files.find(file => file.path === path)?.text;
  const shared = configMap(chart, 'kube-proxy')['config.conf'];
  const from = text === undefined ? 'ConfigMap kube-proxy' : `${host.name}: ${path}`;
  const parsed = readYaml(text ?? String(shared ?? ''));
  if (text === undefined && shared === undefined)
    return { why: `${path} of kube-proxy on ${host.name}: it was not seen` };
  return 'value' in parsed
    ? { host: host.name, from, fields: statedFields(parsed.value) }
    : { why: `${from}: ${parsed.problem}` };
};

/** What kubeadm writes for "the default" is no wish: empty texts, lists and mappings, durations of nothing, null. */
const statedFields = (tree: Tree): Readonly<Record<string, Tree>> => {
  const pruned = prune(tree);
  return pruned !== null && typeof pruned === 'object' && !Array.isArray(pruned) ? pruned : {};
};

const prune = (tree: Tree): Tree => {
  if (tree === null || tree === '' || tree === '0s') return undefined;
  if (Array.isArray(tree)) return tree.length === 0 ? undefined : tree;
  if (typeof tree !== 'object') return tree;
  const kept = Object.entries(tree).flatMap(([key, value]) => {
    const left = prune(value);
    return left === undefined ? [] : [[key, left] as const];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
};

const socket = 'unix:///run/containerd/containerd.sock';

/** Follows from other keys of the file, or is what Kubewizard has too. */
function isToldElsewhere(key: Key, field: string, value: Tree, host: string, spec: ClusterSpec): boolean {
  if (value === undefined || field === 'apiVersion' || field === 'kind') return true;
  if (key === 'proxy') {
    const address = spec.hosts.find(({ name }) => name === host)?.address;
    return (
      ['clientConnection', 'hostnameOverride'].includes(field) ||
      (field === 'clusterCIDR' && value === spec.network.pods) ||
      (field === 'bindAddress' && value === address)
    );
  }
  return (
    (field === 'clusterDomain' && value === spec.network.domain) ||
    (field === 'clusterDNS' && isDeepStrictEqual(value, [dnsServiceAddress(spec)])) ||
    (field === 'staticPodPath' && value === '/etc/kubernetes/manifests') ||
    (field === 'containerRuntimeEndpoint' && value === socket)
  );
}

/** undefined: the file can say it. */
function whyHeld(key: Key, field: string, values: readonly Tree[], some: boolean, spec: ClusterSpec) {
  if (JSON.stringify(values).includes('REDACTED')) return 'a value in it is a secret, and was not read';
  if (some || values.some(value => !isDeepStrictEqual(value, values[0])))
    return 'hosts differ in it, and a file says it for all of them';
  const presence = fieldPresence(programs[key], field, spec.kubernetes);
  if (presence === 'yes' || presence === 'unsure') return undefined;
  return `kw knows no such field of ${programs[key]} ${spec.kubernetes}`;
}

const heldOf = (key: Key, field: string, told: readonly Told[], why: string): readonly Held[] => {
  const by = new Map<string, string[]>();
  for (const { host, fields } of told) {
    const value = JSON.stringify(fields[field]);
    if (value !== undefined) by.set(value, [...(by.get(value) ?? []), host]);
  }
  return [...by].map(([value, hosts]) => ({
    component: key,
    word: `${field}: ${value}`,
    why,
    ...(hosts.length < told.length && { hosts }),
  }));
};
