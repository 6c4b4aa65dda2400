/**
 * A host that carries a plan's actions out on a state instead of a disk: precise in files, units and what units read;
 * of the other kinds it remembers the want that was last made so, which their own `ideal` turns into what would be
 * seen. It runs no script, so it proves the plans and not the shell; test/resources proves that.
 */
import type { Resource } from '../../src/model/resource.js';
import type { CertificateWant, KubeconfigWant } from '../../src/resources/wants.js';

export interface FileHere {
  readonly sha256: string;
  readonly mode: number;
  readonly owner: string;
  readonly text: string;
}
export interface UnitHere {
  readonly active: boolean;
  readonly enabled: boolean;
  /** What it read at its start: path and stamp. */
  readonly started: ReadonlyMap<string, number>;
  /** The text of it, of a kubeconfig where it leads. */
  readonly read: ReadonlyMap<string, string>;
}
/** One founding: whoever starts without data, and joins nobody, is part of it or begins another. */
export interface EtcdCluster {
  /** `--initial-cluster` of its founders. */
  readonly list: string;
  /** Machines that ever had its data. */
  readonly had: Set<string>;
  /** It has answered by way of its quorum. */
  lived: boolean;
  /** Peer URL → the machine that started with it; undefined: none yet. */
  readonly voters: Map<string, string | undefined>;
  /** The peer URL of the one that was added, and does not vote yet. */
  learner: string | undefined;
}
export interface Machine {
  readonly id: string;
  reachable: boolean;
  /** It never comes back. */
  dead?: true;
  /** Whose data of etcd it has; and, for the judge alone, whose it had. */
  etcd?: EtcdCluster | undefined;
  had?: EtcdCluster | undefined;
  /** The start of its kubelet by which it made its Node. */
  registered?: UnitHere | undefined;
  /** The members beside its mark. */
  recorded?: string | undefined;
  /** The certificate that its API server shows: it reads a new one by itself, and holds what it has until then. */
  shows?: CertificateWant;
  readonly files: Map<string, FileHere>;
  readonly units: Map<string, UnitHere>;
  readonly packages: Set<string>;
  /** `kind/key` → the want that was last made so. */
  readonly made: Map<string, Resource['want']>;
  /** Path → the number of its last change. */
  readonly stamps: Map<string, number>;
}

export const machine = (id: string): Machine => ({
  id,
  reachable: true,
  files: new Map(),
  units: new Map(),
  packages: new Set(),
  made: new Map(),
  stamps: new Map(),
});

/** The machine is installed anew: nothing of it is left but its name and address. */
export const wipe = (one: Machine): void => {
  one.etcd = undefined;
  one.recorded = undefined;
  one.registered = undefined;
  for (const each of [one.files, one.units, one.packages, one.made, one.stamps]) each.clear();
};

export const runs = (one: Machine, unit: string): boolean => one.units.get(unit)?.active === true;
/** Of a file its text, of a kubeconfig where it leads: `https://10.0.0.100:8443`. */
export const contentOf = (one: Machine, path: string): string =>
  one.files.get(path)?.text ?? (one.made.get(`kubeconfig/${path}`) as KubeconfigWant | undefined)?.server ?? '';
export const textOf = (one: Machine, path: string): string => one.files.get(path)?.text ?? '';

/** What gives a host the virtual address. */
export const balances = 'kw-keepalived.service';
