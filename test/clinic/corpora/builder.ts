/**
 * Builders of clusters, each with the files and command lines that it lays on its hosts, written in its documented
 * form: `test/corpus/builders/NAME.yaml`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** What is on a host of one kind. `ADDRESS`, `NAME` and `NUMBER` stand for the host's own. */
export interface Kind {
  /** Command lines, parted by blanks; `pod:` before one that runs in a container. */
  readonly programs: readonly string[];
  /** Beside those of the builder that this one is like. */
  readonly more?: readonly string[];
  /** Units of systemd that run. */
  readonly units: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  /** Paths of kubeconfigs, and their texts; one that is not here is the base chart's. */
  readonly kubeconfigs?: Readonly<Record<string, string>>;
  /** What `containerd config dump` makes of its file. */
  readonly containerd?: string;
  readonly resolv?: string;
  /** Rules of others beside those of the network: lines of iptables-save for table filter. */
  readonly nft?: string;
  /** What readers must make of it. */
  readonly reads?: Reads;
}

export interface Reads {
  /** By program: its flags in force, and `source`, the file that starts it. */
  readonly flags?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Fields of the kubelet's configuration in force; `path` is the file. */
  readonly kubelet?: Readonly<Record<string, unknown>>;
  readonly runtime?: 'containerd' | 'docker' | 'other';
  readonly sandbox?: string;
  /** Names of static pods. */
  readonly pods?: readonly string[];
  /** Types of the plugins that win. */
  readonly cni?: readonly string[];
  /** Servers of a haproxy, addresses of a keepalived. */
  readonly servers?: readonly string[];
  readonly virtual?: readonly string[];
  /** By path of a kubeconfig: server and user. */
  readonly kubeconfigs?: Readonly<Record<string, string>>;
}

export type Network = 'calico' | 'cilium' | 'flannel' | 'canal' | 'kube-router' | 'ovn-kubernetes' | 'bridge';

export interface Builder {
  readonly builder: string;
  readonly says: string;
  /** Another builder (its file's name), whose files it lays too where it says nothing else. */
  readonly like?: string;
  readonly kubernetes: string;
  readonly etcd: string;
  readonly network: Network;
  /** Certificates, keys and kubeconfigs: paths as kubeadm has them → as this builder has them; '' where none is. */
  readonly paths: Readonly<Record<string, string>>;
  /** Second copies of certificates: by the path that kubeadm has. */
  readonly copies?: Readonly<Record<string, readonly string[]>>;
  /** The API as kubeconfigs have it. */
  readonly server?: string;
  readonly control: Kind;
  readonly worker: Kind;
  /** `kube-system/kubeadm-config` → its data. */
  readonly configmaps?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Cases that cannot be judged there, since hosts hide what others show. */
  readonly unseen?: readonly string[];
  /** Where one process holds all components: the cases that are judged all the same. */
  readonly judged?: readonly string[];
  /** True of that builder's own words, and no illness. */
  readonly advice?: readonly string[];
}

const folder = new URL('../../corpus/builders/', import.meta.url).pathname;

const written = new Map(
  readdirSync(folder)
    .filter(name => name.endsWith('.yaml'))
    .sort()
    .map(name => [name, parse(readFileSync(`${folder}${name}`, 'utf8')) as Builder]),
);

const kindLike = (base: Kind, own: Kind = { programs: [], units: [], files: {} }): Kind => ({
  ...base,
  ...own,
  programs: [...(own.programs?.length ? own.programs : base.programs), ...(own.more ?? [])],
  units: [...base.units, ...(own.units ?? [])],
  files: { ...base.files, ...own.files },
});

const whole = (one: Builder): Builder => {
  const base = one.like === undefined ? undefined : written.get(`${one.like}.yaml`);
  return base === undefined
    ? one
    : { ...base, ...one, control: kindLike(base.control, one.control), worker: kindLike(base.worker, one.worker) };
};

export const builders: readonly Builder[] = [...written.values()].map(whole);

export const builderOf = (name: string): Builder => {
  const found = builders.find(one => one.builder === name);
  if (!found) throw new Error(`no builder ${name}`);
  return found;
};
