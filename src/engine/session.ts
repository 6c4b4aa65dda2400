/** What `kw plan`, `up`, `status` and `doctor` share: connected hosts, what they say, the vault, the API. */
import { type ClusterSpec, type Host, withRole } from '../model/cluster.js';
import type { Checked } from '../model/diagnostic.js';
import { type EventBody, type Failure, WorldFailed } from '../model/event.js';
import type { Plan } from '../model/plan.js';
import type { Resource, ResourceId } from '../model/resource.js';

import type { Connection } from '../transport/connection.js';
import { apiWaysOf } from './reach/api-ways.js';
import { adminCredentials, brokenGlass } from './reach/admin.js';
import type { Administrator, AdministratorParts } from './reach/administrator.js';
import { apisOf } from './reach/apis.js';
import { connectionsOf } from './reach/connections.js';
import {
  type Api,
  type ArtifactServer,
  type Context,
  defaultLimits,
  type KindTable,
  type Limits,
  type Outcome,
} from './context.js';
import type { Emitter } from './emitter.js';
import { type Held, holdLock, runPlan } from './run-plan.js';
import { readResources, type Query, type Seen, survey } from './survey.js';
import { filesOnHosts, keysStay, secretFilesOn, secretFilesStay } from './reach/files-on-hosts.js';
import type { HostFiles } from './vault/recover.js';
import { openVault, type Vault } from './vault.js';

export interface SessionOptions {
  /** `.kubewizard/NAME` near the cluster file. */
  readonly dir: string;
  readonly kinds: KindTable;
  /** `turn` lets so many log in at once as `limits` say. */
  readonly connect: (host: Host, turn: <T>(act: () => Promise<T>) => Promise<T>) => Promise<Connection>;
  readonly clock: () => Date;
  readonly emit: (body: EventBody) => void;
  readonly limits?: Partial<Limits>;
  /**
   * An API server whose certificate does not verify is used all the same: over ssh to its own host, by a doctor who
   * must cure it.
   */
  readonly unverifiedApi?: true;
  /** `leave`: what the vault lacks is not copied from hosts. Absent: it is. */
  readonly keys?: 'leave';
  /** Where a host's API server listens, if not where Kubewizard's do. */
  readonly apiPort?: (host: string) => number | undefined;
  readonly apiAddress?: (host: string) => string | undefined;
  /** Who asks the API, if not a certificate that the vault signs: of a cluster that others built. */
  readonly administrator?: (parts: AdministratorParts) => Promise<Administrator>;
}

export interface RunOptions {
  /** `kw up`: what another user is told who is refused. */
  readonly command: string;
  readonly wanted: ReadonlyMap<ResourceId, Resource>;
  readonly events: Emitter;
  readonly signal?: AbortSignal;
  /** Under the lock, before the first step; where it throws, none runs. */
  readonly before?: () => Promise<void>;
  /** A proof follows, under the same lock, whether or not the plan has steps. */
  readonly proves?: boolean;
  readonly server?: ArtifactServer;
  /** Taken before the plan could be made; absent: the run takes its own. */
  readonly held?: Held;
}

export interface Session {
  readonly spec: ClusterSpec;
  readonly dir: string;
  /** Hosts that could not be connected to, with the reason. */
  readonly lost: ReadonlyMap<string, Failure>;
  readonly connections: Context['connections'];
  /** Connects to hosts that the file does not name: they can be asked and acted upon like its own. */
  reach(hosts: readonly Host[]): Promise<void>;
  /** From now on a host counts as not seen, and is neither asked nor acted upon. */
  lose(host: string, failure: Failure): void;
  /** Hosts of another cluster that become this one's: their keys are no keys of this cluster. */
  takeOver(hosts: ReadonlySet<string>): void;
  readonly taken: () => ReadonlySet<string>;
  /** Opened when it is first asked for, and once: it may have to ask the hosts for what is missing. */
  vault(): Promise<Checked<Vault>>;
  /** Files with secrets, of hosts of this cluster. Throws WorldFailed (refused) where keys are not copied. */
  secretFiles(hosts: readonly string[], paths: readonly string[]): Promise<readonly HostFiles[]>;
  /** The CA by which the API server is known, PEM. */
  caPem(): Promise<string>;
  api(): Promise<Api>;
  /**
   * The API server of this very host, whatever a load balancer would choose, by a connection of its own: one
   * from before a restart may be dead, and a POST is not asked twice.
   */
  apiAt(host: string): Promise<Api>;
  /** Any questions: facts, evidence. One script per host. */
  ask(queries: readonly Query[]): Promise<ReadonlyMap<string, Seen>>;
  read(resources: readonly Resource[]): Promise<ReadonlyMap<ResourceId, Seen>>;
  /** Under the lock and into the journal; `emit` stays usable after it, for the proof. Throws WorldFailed (locked). */
  run(
    plan: Plan,
    options: RunOptions,
  ): Promise<{ readonly outcome: Outcome; readonly emit: (body: EventBody) => void; end(): Promise<void> }>;
  /** The lock alone, for what must be looked at before there is a plan. Throws WorldFailed (locked). */
  hold(command: string): Promise<Held>;
  close(): void;
}

export const openSession = async (spec: ClusterSpec, options: SessionOptions): Promise<Session> => {
  const { dir, kinds, clock } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const reached = await reachedHosts(spec, options, limits.connections);
  const { lost, connections } = reached;
  const named = new Map(spec.hosts.map(host => [host.address, host.name]));
  const controlPlanes = withRole(spec, 'controlPlane').map(host => host.name);
  let taken: ReadonlySet<string> = new Set();
  const vaultOnce = vaultOpenedOnce(spec, options, connections, () => taken);
  const own = ofVault(dir, vaultOnce.whole, clock);
  const apis = apisOf({ ...options, spec, lost, connections, own });
  const ways = { connections, api: apis.api, limits, kinds };
  return {
    ...{ spec, dir, lost, connections },
    ...{ reach: reached.reach, lose: reached.lose },
    takeOver: names => {
      taken = names;
    },
    taken: () => taken,
    vault: vaultOnce.vault,
    secretFiles: (names, paths) =>
      options.keys === 'leave' ? secretFilesStay() : secretFilesOn(names, paths, connections),
    ...{ caPem: apis.caPem, api: apis.api, apiAt: apis.apiAt },
    ask: queries => survey(queries, ways),
    read: resources => readResources(resources, ways),
    run: async (plan, run) =>
      runPlan(plan, {
        ...ways,
        ...run,
        ...{ apiWays: apiWaysOf({ spec, connections, ...own }), dir, clock, controlPlanes },
        vault: await vaultOnce.whole(),
        hostAt: address => named.get(address),
      }),
    hold: command => holdLock({ controlPlanes, connections, command, clock }),
    close() {
      apis.close();
      reached.close();
    },
  };
};

/** Connects to all hosts, and knows which are lost. */
const reachedHosts = async (spec: ClusterSpec, { connect, emit }: SessionOptions, limit: number) => {
  const hosts = new Map(spec.hosts.map(host => [host.name, host]));
  const pool = connectionsOf({ connect: (name, turn) => connect(known(hosts, name), turn), emit, limit });
  const lost = new Map((await pool.all([...hosts.keys()])).lost);
  return {
    lost,
    connections: reachable(pool.get, lost),
    reach: async (more: readonly Host[]): Promise<void> => {
      for (const host of more) hosts.set(host.name, host);
      for (const [host, failure] of (await pool.all(more.map(({ name }) => name))).lost) lost.set(host, failure);
    },
    lose: (host: string, failure: Failure): void => {
      lost.set(host, failure);
      emit({ type: 'host-lost', host, failure });
    },
    close: () => pool.close(),
  };
};

/** Who asks the API of a cluster of ours. */
const ofVault = (dir: string, vault: () => Promise<Vault>, clock: () => Date) => ({
  caPem: async (): Promise<string> => (await vault()).authorities.ca,
  credentials: async () => adminCredentials(dir, await vault(), clock()),
  glass: async () => brokenGlass((await vault()).issue),
});

/** The vault, opened once, with its problems or whole. What it lacks is looked for on the hosts that should have it. */
const vaultOpenedOnce = (
  spec: ClusterSpec,
  { dir, clock, keys }: SessionOptions,
  connections: Context['connections'],
  taken: () => ReadonlySet<string>,
) => {
  const keepers = (): readonly string[] =>
    spec.hosts
      .filter(host => host.roles.includes('controlPlane') || host.roles.includes('etcd'))
      .map(host => host.name)
      .filter(host => !taken().has(host));
  const find = keys === 'leave' ? keysStay : filesOnHosts;
  let opened: Promise<Checked<Vault>> | undefined;
  const vault = () => (opened ??= openVault(dir, spec, { now: clock, found: () => find(keepers(), connections) }));
  const whole = async (): Promise<Vault> => {
    const checked = await vault();
    if (!checked.ok) throw new Error('the session goes on without a vault: its problems were not looked at');
    return checked.value;
  };
  return { vault, whole };
};

/**
 * A host that did not answer at the start is not waited for again, question by question; a run may try it once more.
 */
const reachable =
  (get: Context['connections'], lost: ReadonlyMap<string, Failure>): Context['connections'] =>
  (host, how) => {
    const failure = lost.get(host);
    return failure && !how?.fresh ? Promise.reject(new WorldFailed(failure)) : get(host, how);
  };

const known = (hosts: ReadonlyMap<string, Host>, name: string): Host => {
  const host = hosts.get(name);
  if (!host) throw new Error(`the cluster file has no host ${name}`);
  return host;
};
